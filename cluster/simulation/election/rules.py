"""The rules of the scenario `election`, by what the ensemble decides and what leaders and followers do. Pure.

I1, I1b, I2, I3 and I5 are those of `cluster.simulation.invariants`; I4, I6, I7, I8 and I10 those of `tenure`. Here is
I9: what concerns neither the leader nor two members of the ensemble changes no leader, and evidence of its death does.
Deliberately not here: watching (`house`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kazoo.exceptions import KazooException

from cluster.election.zookeeper.layout import Layout, from_node, record_from_node
from cluster.election.zookeeper.transaction import Op
from cluster.model.latch_effects import Vacancy
from cluster.simulation.election.candidate import REGISTER
from cluster.simulation.election.tenure import Tenure
from cluster.simulation.invariants import Invariants
from cluster.simulation.tree import Tree
from runtime.sim.campaign import Record
from runtime.sim.weather import Spell, Weather

LAYOUT = Layout("/flink", "/default")
VALUES = f"{LAYOUT.path_of('jobs')}/"
STOPS = ("freeze", "stall", "orphan")
"""Faults that let a process stand still, or may."""
SETTLES_S = 5.0
"""After a disturbance everything may go on for so long and twice the time of a session."""


class Rules(Tenure):
    """The rules, and what has been seen.

    Args:
        tree: What the ensemble has decided.
        record: Is told, and raises.
        weather: What was disturbed.
        session_s: Timeout of sessions.
        members: Of the ensemble.

    Attributes:
        base: The rules about leaders and writes.
        accused: Epochs whose leader somebody has said to be dead, for certain.
        shown: The epoch that was shown last.
    """

    def __init__(self, tree: Tree, record: Record, weather: Weather, session_s: float, members: Iterable[str]) -> None:
        super().__init__(record, weather, 2 * session_s + SETTLES_S)
        self.base = Invariants(LAYOUT, tree, record, gives_up_s=session_s, thawed_at=self.thawed_at)
        self._session_s = session_s
        self._members = set(members)
        self.accused: set[int] = set()
        self.shown = 0
        self._deposed: dict[int, float] = {}
        self._register = LAYOUT.path_of(REGISTER)

    # --- the ensemble -------------------------------------------------------------------------------------------------

    def decided(self, session: int, owner: str, ops: list[Op], results: list[Any]) -> None:
        """The ensemble has decided on a transaction of a client, or refused it."""
        grants = len(self.base.grants)
        self.base.decided(session, owner, ops, results)
        if len(self.base.grants) > grants:
            if any(op.name == "delete" and op.args[0].startswith(LAYOUT.queue) for op in ops):
                self._record.sometimes("a leader was deposed by evidence")
                self._is_deposed(owner)
            self._granted(owner, self.base.grants[-1])
        if any(isinstance(result, KazooException) for result in results):
            return
        for op in ops:
            if op.name in ("set_data", "create"):
                if op.args[0].startswith(VALUES):
                    self._keeps(owner, op.args[0], from_node(op.args[1]))
                elif op.args[0] == LAYOUT.info:
                    self._shown_at, self.shown = self._record.now(), self.epoch
                elif op.args[0] == LAYOUT.record and record_from_node(op.args[1], 0).freed is Vacancy.CHALLENGED:
                    self._is_deposed(owner)

    def _keeps(self, owner: str, path: str, value: bytes | None) -> None:
        """I3: each value names the epoch in which it was decided on, and is written in no other."""
        if value is None:
            return
        epoch = int(value.partition(b":")[0])
        text = f"{owner} writes {path}: {value!r} in epoch {self.epoch}"
        self._record.require(epoch == self.epoch, "I3", text)
        if path == self._register:
            self._counted(owner, value)

    def _is_deposed(self, owner: str) -> None:
        """I9: who was deposed was said to be dead, and not another; by an heir, or by who does not stand."""
        self._deposed[self.epoch] = self._record.now()
        text = f"{owner} deposes the leader of epoch {self.epoch}, of whom nobody has said that it is dead"
        self._record.require(self.epoch in self.accused, "I9", text)

    def is_succeeded(self, leader: str, epoch: int, died_at: float) -> None:
        """I9: whose death is known for certain is not waited for, where all else is calm."""
        weather = (*self._weather.spells, *self._weather.ripples)
        others = [one for one in weather if one.end > died_at - SETTLES_S and one.begin != died_at]
        if not others:
            self._record.sometimes("a leader died where all was calm, and all knew it")
            text = f"{leader} died {self._record.now() - died_at:.1f} s ago, as all know, and nobody has its office"
            self._record.require(self.epoch > epoch, "I9", text)

    def _granted(self, owner: str, epoch: int) -> None:
        now, former = self._record.now(), self.leader
        if former:
            self._record.sometimes("the leader changed")
            spells = [each for each in self._weather.spells if each.end > now - self._patience_s]
            self._record.require(
                self._explains(former, spells),
                "I9",
                f"epoch {epoch} to {owner}, though nothing has happened to {former}",
            )
        self._begins(owner, epoch)

    def _explains(self, leader: str, spells: list[Spell]) -> bool:
        """Whether that can cost somebody the office: what happens to itself, or to two members at about one time.

        Or a member that stands still: whoever is connected to it has to notice, and the others have to elect, which
        together may take as long as a session.
        """
        if any(spell.kind == "freeze-member" for spell in spells):
            return True
        hurt = {host for spell in spells for host in spell.hosts if host in self._members}
        return len(hurt) > 1 or any(spell.concerns(leader) for spell in spells)

    # --- processes ----------------------------------------------------------------------------------------------------

    def believed(self, leaders: Iterable[tuple[str, int, int]]) -> None:
        """These running processes would act as the leader now: name, life, epoch.

        Whoever was deposed while it lives, by somebody who took it for dead, may believe so for the time of a session:
        nothing that it writes counts any more.
        """
        now = self._record.now()
        self.base.believed(
            each for each in leaders if now - self._deposed.get(each[2], -self._session_s) >= self._session_s
        )

    def trusts(self, follower: str, life: int, epoch: int) -> None:
        """A running follower takes the leader of that epoch for the present one."""
        self.resources.follows((follower, life), epoch)
        if 0 < epoch < self.epoch and not self._has_stood_still(follower):
            self._trusts(follower, epoch)

    def _has_stood_still(self, name: str) -> bool:
        """Whether a process has of late, and may not know yet what has happened meanwhile."""
        return self.thawed_at(name) > self._record.now() - self._patience_s

    def thawed_at(self, name: str) -> float:
        """When a process last stood still, in world seconds; 0 if it never has."""
        spells = self._weather.spells
        return max((each.end for each in spells if each.kind in STOPS and each.concerns(name)), default=0.0)
