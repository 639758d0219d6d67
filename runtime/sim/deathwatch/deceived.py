"""`DeceivedTown`: the nodes to which impostors speak, and what is right there beside the rules of `deathwatch`. SHELL.

Nobody has to do with itself, keeps anything of an impostor that is gone, or welcomes who has not said who it is.
Deliberately not here: what impostors do (`impostors`), and say (`slander`).
"""

from __future__ import annotations

from functools import partial
from typing import Any

from runtime.remote.events import NodeSuspected, NodeTerminated, QuarantinedBy
from runtime.settings import RemoteSettings
from runtime.sim.campaign import Record
from runtime.sim.deathwatch import faults
from runtime.sim.deathwatch.audit import Audit
from runtime.sim.deathwatch.excuses import renewed_s
from runtime.sim.deathwatch.judge import Judge
from runtime.sim.deathwatch.town import Town
from runtime.sim.deathwatch.truth import Being, Key, Life
from runtime.sim.world import World


class DeceivedJudge(Judge):
    """A `Judge` who knows that an impostor may have taken the place of who was convicted."""

    def _quickly_s(self, being: Being, key: Key) -> float:
        subject = self._truth.by_key.get(key)
        if subject is not None and subject.life.uid in being.life.convicted:
            return self._excuses.patience_s  # who claims its address is known, and has to be silent first
        return super()._quickly_s(being, key)


class DeceivedAudit(Audit):
    """An `Audit` who knows that an impostor need not mean what it says."""

    def refused(self, life: Life, system: Any, event: QuarantinedBy) -> None:
        """See `Audit`."""
        if event.address.system in faults.NODES:
            super().refused(life, system, event)


class DeceivedTown(Town):
    """Nodes to which impostors speak."""

    def __init__(self, world: World, seed: int, record: Record) -> None:
        super().__init__(world, seed, record)
        remote: RemoteSettings = self.settings(faults.NODES[0]).remote
        self.judge = DeceivedJudge(self.truth, record, world.network.now, partial(renewed_s, remote))
        self.audit = DeceivedAudit(self.truth, record, self.judge.is_calm)

    def misled(self, node: str, text: str) -> None:
        """Somebody is welcome who must not be."""
        self._record.require(False, "D6", f"{node} welcomes who has not said who it is: {text}")

    def _convicted(self, life: Life, event: NodeTerminated) -> None:
        if event.address.system in faults.NODES:
            super()._convicted(life, event)

    def suspected(self, life: Life, event: NodeSuspected) -> None:
        """See `Town`."""
        if event.address.system in faults.NODES:
            super().suspected(life, event)

    def look(self, *, is_over: bool = False) -> None:
        """See `Town`; and nobody has to do with itself, or in the end with who is gone."""
        super().look(is_over=is_over)
        for node, system in self._systems.items():
            remote = system.remote
            for address in remote._associations:
                is_another = address.is_remote and address != remote.own
                self._record.require(is_another, "D8", f"{node} has to do with itself: {address}")
            if is_over:
                strangers = [link.host for link in remote._inbound if link.host not in faults.NODES]
                strangers += [one.system for one in remote.watch_counts() if one.system not in faults.NODES]
                self._record.require(not strangers, "D8", f"{node} keeps something of who is gone: {strangers}")
