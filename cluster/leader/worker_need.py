"""`WorkerNeed`: what one leader tells the provider of TaskManagers, and says about it. Shell.

Used by the ResourceManager. TaskManagers of the former leader that are neither back nor dead count as there, so that
none is started in their place too early, and one is when they turn out to be dead. Deliberately not here: how many are
started, and when, which the provider decides (`cluster.providers.fleet`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from actors import DeathCause
from cluster.leader.member_record import UNKNOWN
from cluster.leader.members import Member
from cluster.leader.task_returns import TaskReturns
from cluster.providers.base import TaskManagerProvider

LEFT = frozenset({DeathCause.STOPPED, DeathCause.NODE_SHUTDOWN})
"""Causes of the end of one that has left in good order: nobody is wanted in its place."""


class WorkerNeed:
    """The need of one leadership.

    Args:
        epoch: Of the leader.
        provider: Who is told.
        returns: Knows who of the former leader's TaskManagers is waited for.
    """

    def __init__(self, epoch: int, provider: TaskManagerProvider, returns: TaskReturns) -> None:
        self._epoch = epoch
        self._provider = provider
        self._returns = returns
        self._missing = 0
        self._not_made: set[str] = set()
        self._bereft = 0
        self._dead_paths: set[str] = set()

    @property
    def owed(self) -> int:
        """How many have died that the provider has not made, and have not come back: others stand in their places.

        Those of the former leader that are dead before they have registered with this one are among them, whoever made
        them, since only their paths are known.
        """
        return self._bereft + len(self._dead_paths)

    def tell(self, missing_slots: int, members: Iterable[Member], log: Any) -> None:
        """What is missing, and who is there. One that is judged dead is not, whatever its lease."""
        if missing_slots and missing_slots != self._missing and not self._provider.can_start:
            log.warning("jobs wait for slots, and nobody but you can start a TaskManager", slots_missing=missing_slots)
        self._missing = missing_slots
        there = [member for member in members if not member.condemned]
        present = [member.resource_id for member in there]
        not_made = {name for name in present if not self._provider.has_made(name)}
        self._bereft = max(0, self._bereft - len(not_made - self._not_made))
        self._not_made = not_made
        self._dead_paths -= {str(member.ref.path) for member in there}
        former = [path for path in self._returns.awaited if path != UNKNOWN]
        self._provider.require(self._epoch, missing_slots, frozenset((*present, *former)))

    def died(self, name: str, cause: DeathCause) -> None:
        """One that is there, by its resource id or by its path as one of the former leader's, is so no more."""
        if cause not in LEFT:
            if name in self._not_made:
                self._bereft += 1
            elif name.startswith("actor://"):
                self._dead_paths.add(name)
            self._provider.lost(self._epoch, name)

    def look(self, now: float) -> tuple[list[str], list[str]]:
        """See `TaskReturns.look`. Who is waited for, and who no more, though not back, which counts as dead."""
        before = self._returns.awaited
        awaited = self._returns.look(now)
        dead = [path for path in before if path not in awaited]
        for path in dead:
            self._dead_paths.add(path)
            self._provider.lost(self._epoch, path)
        return awaited, dead

    def over(self) -> None:
        """The leader leads no more."""
        self._provider.stand_down(self._epoch)

    def describe(self) -> dict[str, Any]:
        """For `DescribeTaskManagers`."""
        return {"provider_starts": self._provider.can_start, "provider_trouble": self._provider.trouble}
