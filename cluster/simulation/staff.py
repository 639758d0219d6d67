"""`Staff`: TaskManagers come and go as the configuration says (I18), looked at again and again. SHELL.

None is let go that has tasks, that had some within the time that an idle one is kept, or that people have started. None
is killed by the provider of a former leader when another has taken it; each is that its leader takes for dead, if that
one's provider has made it. In the end there are as many as there are to be, and one more for each that stands in the
place of a dead one. One that no leader takes ends when that has lasted as long as it may, and not before. Methods are
wrapped for the length of a `with`. Deliberately not here: how many are made while jobs wait, for which the ends of jobs
speak.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from actors import DeathCause
from cluster.leader.idle_members import LOOKS_IN_ITS_TIME, IdleMembers
from cluster.leader.resource_manager import ResourceManager
from cluster.leader.worker_need import LEFT
from cluster.simulation import wrapping
from cluster.simulation.cluster import SimCluster
from cluster.taskmanager.registration import Registration
from cluster.taskmanager.task_manager import TaskManager
from runtime.sim.campaign import Record
from runtime.sim.process import PROCESS

LOOK_S, SPARE_S = 0.1, 3.0
LATE_S = 0.5
"""A TaskManager may end so much later than it says, and be said to have had a task so much longer than it had."""
IDLE, UNTAKEN = "there has been nothing to do", "no leader has accepted"
"""Why one leaves."""
HEARS = ("follow", "tasks_stopped", "lapsed", "accepted", "refused")
"""What changes whether a TaskManager is taken."""


@dataclass(slots=True)
class _Life:
    """One life of a TaskManager.

    Attributes:
        untaken_since: When its leader was lost, or it began; `None` while one has taken it.
        busy_at: When it was last seen with a task, or taken in by a leader, which it hears later.
        stood_at: When it was last seen standing still.
    """

    worker: TaskManager
    untaken_since: float | None
    busy_at: float
    stood_at: float = 0.0


class Staff:
    """The TaskManagers of one cluster.

    Args:
        cluster: Whose.
        record: Is told, and raises.
    """

    def __init__(self, cluster: SimCluster, record: Record) -> None:
        self._cluster = cluster
        self._record = record
        self._lives: dict[str, _Life] = {}
        self._bonds: dict[Registration, _Life] = {}
        self._manager: ResourceManager | None = None
        self._former: set[str] = set()
        self._bereft = 0
        self._ended: set[str] = set()
        cluster.leaves, cluster.made.signalled = self._leaves, self._signalled

    def begins(self, original: wrapping.Asks, worker: TaskManager) -> Any:
        """A TaskManager begins to live."""
        process, now = PROCESS.get(), self._record.now()
        life = _Life(worker, now, now)
        self._lives[process.name if process is not None else ""] = self._bonds[worker._bond] = life
        return original(worker)

    def bound(self, original: wrapping.Asks, bond: Registration, *more: Any) -> Any:
        """It hears something of a leader."""
        answer = original(bond, *more)
        life = self._bonds[bond]
        if bond.registered:
            life.untaken_since = None
        elif life.untaken_since is None:
            life.untaken_since = self._record.now()
        return answer

    def awaits(self, original: wrapping.Asks, manager: ResourceManager, former: Any) -> Any:
        """A leader begins, and hears who was there under the one before."""
        self._manager, self._former, self._bereft = manager, set(former.former), 0
        return original(manager, former)

    def takes_in(self, original: wrapping.Asks, manager: ResourceManager, member: Any, offer: Any) -> Any:
        """It takes one in."""
        path = member.ref.path
        if manager is self._manager:
            life = self._lives.get(path.address.host or "")
            if life is not None:
                life.busy_at = self._record.now()
            if str(path) in self._former:
                self._former.remove(str(path))
            elif not manager._services.provider.has_made(offer.resource_id):
                self._bereft = max(0, self._bereft - 1)
        return original(manager, member, offer)

    def loses(self, original: wrapping.Asks, manager: ResourceManager, ref: Any, cause: DeathCause, text: str) -> Any:
        """It hears that one is dead: another may stand in its place if its own provider has not made it."""
        member = manager._members.find(ref)
        is_its_own = member is None or manager._services.provider.has_made(member.resource_id)
        named = manager._members.called(member.resource_id) if member is not None else []
        is_replaced = any(one is not member and not one.condemned for one in named)
        if manager is self._manager and cause not in LEFT and not is_its_own and not is_replaced:
            self._bereft += 1
        answer = original(manager, ref, cause, text)
        if member is not None and cause not in LEFT and not is_replaced:
            self._is_ended(ref.path.address.host or "")
        return answer

    def lets_go(self, original: wrapping.Asks, idle: IdleMembers, *more: Any) -> None:
        """A leader looks whom it may let go: as many stay as shall in any case."""
        before = {one.key for one in idle._members if one.dismissed}
        original(idle, *more)
        gone = {one.key for one in idle._members if one.dismissed} - before
        left = [one.key for one in idle._members if not one.condemned]
        kept = idle._services.settings.task_managers_kept
        self._record.require(not gone or len(left) >= kept, "I18", f"{gone} are let go, and {left} stay, of {kept}")

    def look(self) -> None:
        """Who has tasks now, and who should have ended."""
        now, may_s = self._record.now(), self._cluster.config.registration_timeout_s
        for name, life in self._lives.items():
            if not self._cluster.runs(name):
                life.stood_at = now
            elif life.worker._slots.has_tasks:
                life.busy_at = now
            if life.untaken_since is not None:
                over_s = now - max(life.untaken_since + may_s, life.stood_at)
                self._record.require(over_s <= LATE_S, "I18", f"{name} should have ended {over_s:.3f} s ago")

    @property
    def settles_within_s(self) -> float:
        """So long after the last job nobody is too many, or missing."""
        config = self._cluster.config
        return (
            config.recovery.worker_idle_s * (1 + 1 / LOOKS_IN_ITS_TIME) + config.taskmanager_start_timeout_s + SPARE_S
        )

    async def settled(self) -> None:
        """Wait until as many TaskManagers are there as are to be, now that there is nothing to do."""
        kept = self._cluster.config.taskmanagers
        while True:
            made, all_ = len(self._cluster.made.living), len(self._cluster.taskmanagers)
            if all_ >= kept and made <= max(kept - (all_ - made), self._stand_ins):
                return
            await asyncio.sleep(LOOK_S)

    def __str__(self) -> str:
        """Who is there."""
        there = f"{self._cluster.taskmanagers} are there, {self._cluster.config.taskmanagers} to be kept"
        return f"{there}, and {self._stand_ins} stand in for others"

    @property
    def _stand_ins(self) -> int:
        return len(self._former) + self._bereft

    def _is_ended(self, name: str) -> None:
        """Its leader takes it for dead, and has had it made: it may hang for ever beside its replacement."""
        if self._cluster.made.is_of(PROCESS.get(), name):
            self._record.sometimes("a TaskManager that lived was taken for dead by who had it made")
            self._record.require(name in self._ended, "I18", f"{name} is taken for dead, and is not ended")

    def _signalled(self, owner: str, name: str) -> None:
        """A provider ends one: not that of a former leader, if another has taken it and it lives."""
        self._ended.add(name)
        life = self._lives.get(name) if name in self._cluster.made else None
        self._record.sometimes("a provider ended a TaskManager")
        leader = life.worker._bond.leader if life is not None and life.untaken_since is None else None
        is_taken = leader is not None and f"@{owner}:" not in leader.address
        is_anothers = is_taken and owner not in self._cluster.leaders()
        self._record.require(not is_anothers, "I18", f"{owner} ends {name}, which another leader has taken")

    def _leaves(self, name: str, reason: str) -> None:
        life, now = self._lives.pop(name, None), self._record.now()
        if life is None:  # it has said so: whoever is told to leave may be told again
            return
        if IDLE in reason:
            self._record.sometimes("an idle TaskManager was let go")
            self._record.require(name in self._cluster.made, "I18", f"{name} is let go, which people have started")
            self._record.require(not life.worker._slots.has_tasks, "I18", f"{name} is let go, and has tasks")
            idle_s, may_s = now - life.busy_at, self._cluster.config.recovery.worker_idle_s
            text = f"{name} is let go after {idle_s:.3f} s without a task, of {may_s:g}"
            self._record.require(idle_s >= may_s - LATE_S, "I18", text)
        elif UNTAKEN in reason:
            self._record.sometimes("a TaskManager ended that nobody had taken")
            since, may_s = life.untaken_since, self._cluster.config.registration_timeout_s
            is_due = since is not None and now - since >= may_s - LATE_S
            self._record.require(is_due, "I18", f"{name} ends as nobody takes it, which it says since {since}")


@contextmanager
def staffed(cluster: SimCluster, record: Record) -> Iterator[Staff]:
    """Look at the TaskManagers of a cluster until this ends."""
    staff = Staff(cluster, record)
    around: list[tuple[type, str, wrapping.Asks]] = [
        (TaskManager, "pre_start", staff.begins),
        *((Registration, name, staff.bound) for name in HEARS),
        (ResourceManager, "_await", staff.awaits),
        (ResourceManager, "_taken_in", staff.takes_in),
        (ResourceManager, "_died", staff.loses),
        (IdleMembers, "look", staff.lets_go),
    ]
    with wrapping.around(around):
        yield staff
