"""Hands what TaskManagers bring back to the jobs that it belongs to, and says when nobody is waited for any more.

Used by the ResourceManager, of the core `cluster.model.reunion`. Deliberately not here: which attempt goes on, which
each job decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actors import ActorRef
from cluster.leader.messages import AllReturned, TaskReturned
from cluster.model.reunion import Reunion


class TaskReturns:
    """The returns under one leader.

    Args:
        sender: On whose behalf jobs are told.
    """

    def __init__(self, sender: ActorRef[Any]) -> None:
        self._sender = sender
        self._reunion = Reunion({}, 0.0)
        self._kept: dict[str, list[TaskReturned]] = {}
        self._masters: dict[str, ActorRef[Any]] = {}
        self._over = False

    @property
    def ends_at(self) -> float | None:
        """When the wait ends at the latest; `None` if nobody is waited for."""
        return self._reunion.ends_at

    @property
    def awaited(self) -> tuple[str, ...]:
        """Paths of those who are waited for."""
        return self._reunion.missing

    def wait_for(self, former: Mapping[str, float], job_ids: frozenset[str], now: float) -> None:
        """There was a leader, with these TaskManagers and jobs. Whoever has looked before has seen nobody missing."""
        self._reunion, self._over = Reunion(former, now), False
        self._kept = {job_id: [] for job_id in job_ids}

    def brought(self, job_id: str, returned: TaskReturned) -> bool:
        """A TaskManager holds an attempt; whether that job may want it."""
        if job_id in self._masters:
            self._masters[job_id].tell(returned, self._sender)
        elif job_id in self._kept:
            self._kept[job_id].append(returned)
        else:
            return False
        return True

    def reclaimed(self, job_id: str, master: ActorRef[Any]) -> None:
        """A job asks for what is its own, and hears of the rest as it comes."""
        self._masters[job_id] = master
        for returned in self._kept.pop(job_id, ()):
            master.tell(returned, self._sender)
        if self._over:
            master.tell(AllReturned(), self._sender)

    def forget(self, job_id: str) -> None:
        """A job takes nothing any more."""
        self._masters.pop(job_id, None)
        self._kept.pop(job_id, None)

    def lost(self, task_manager: str) -> None:
        """A TaskManager is dead: what it brought, and no job has taken yet, is not there any more."""
        for job_id, kept in self._kept.items():
            self._kept[job_id] = [one for one in kept if one.found.task_manager != task_manager]

    def accounted(self, path: str) -> None:
        """A TaskManager is back, or dead for certain."""
        self._reunion.accounted(path)

    def look(self, now: float) -> list[str]:
        """Tell the jobs if nobody is waited for any more. Paths of those who are."""
        if not self._over and self._reunion.is_over(now):
            self._over = True
            for master in self._masters.values():
                master.tell(AllReturned(), self._sender)
        return list(self._reunion.missing)
