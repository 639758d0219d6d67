"""Keeps the timeline of failovers, in memory and in the election backend, so that it outlives its leader. Shell.

Written in the background, one write at a time and always the newest: the timeline is for people, nothing waits for it.
Deliberately not here: what a failover is (`cluster.model.timeline`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgpack

from cluster.election.driver import PointerStore
from cluster.leader.messages import JobRunning, LeadershipConfirmed, TaskManagerJoined, TaskManagerLeft
from cluster.leader.services import LeaderServices
from cluster.model.failover_times import is_over
from cluster.model.timeline import FailoverRecord, Timeline

KEY = "timeline"

News: TypeAlias = JobRunning | TaskManagerJoined | TaskManagerLeft | LeadershipConfirmed


async def read_timeline(pointers: PointerStore) -> Timeline:
    """What was kept; an empty timeline if nothing was, or if it cannot be read."""
    kept = await pointers.get(KEY)
    try:
        return Timeline.from_plain(msgpack.unpackb(kept)) if kept is not None else Timeline()
    except (ValueError, TypeError, AttributeError, msgpack.UnpackException):
        return Timeline()


class TimelineKeeper:
    """The timeline under one leader.

    Args:
        epoch: Of the leader.
        services: What it works with.
        background: Runs a write beside the mailbox, and lets `written` or `failed` be called afterwards.
        over: Called once with each failover to which nothing more will happen, if it ended under this leader.

    Attributes:
        timeline: As it is now.
    """

    def __init__(
        self,
        epoch: int,
        services: LeaderServices,
        background: Callable[[Awaitable[None]], None],
        over: Callable[[FailoverRecord], None] = lambda _: None,
    ) -> None:
        self.timeline = Timeline()
        self._epoch = epoch
        self._services = services
        self._background = background
        self._over = over
        self._confirmed_at: float | None = None
        self._told: list[FailoverRecord] = []
        self._writing = self._failed = False
        self._newest: bytes | None = None

    def took_over(self, timeline: Timeline, jobs: list[str]) -> None:
        """This leader has recovered `jobs`, and goes on with the timeline that it found."""
        self.timeline = timeline
        self._told = list(timeline.records)
        takeover = self._services.office.takeover(self._epoch)
        if takeover is not None:
            timeline.leader_failed(takeover, self._epoch)
            timeline.leader_recovered(self._epoch, jobs, self._services.wall_time())
            if self._confirmed_at is not None:
                timeline.leader_confirmed(self._epoch, self._confirmed_at)
            self._changed()

    def note(self, news: News) -> None:
        """Something happened that belongs to a failover."""
        now = self._services.wall_time()
        match news:
            case JobRunning(job_id):
                if not self.timeline.job_running(job_id, now):
                    return
            case TaskManagerJoined(count):
                if not self.timeline.task_manager_registered(count, now):
                    return
            case TaskManagerLeft(name, cause, detail, suspected_at, jobs):
                self.timeline.task_manager_lost(name, self._epoch, cause, detail, now, jobs, suspected_at)
            case LeadershipConfirmed(epoch):
                self._confirmed_at = now  # mostly before the jobs are read, and with them the timeline
                if not self.timeline.leader_confirmed(epoch, now):
                    return
        self._changed()

    def job_ended(self, job_id: str) -> None:
        """A job will not run again: no failover waits for it."""
        if self.timeline.job_ended(job_id, self._services.wall_time()):
            self._changed()

    def written(self) -> None:
        """The write under way has come to its end."""
        self._writing = self._failed = False
        self._write()

    def failed(self) -> None:
        """The write under way has failed. It is tried again, but not at once: nothing waits for it."""
        self._writing, self._failed = False, True

    def write_again(self) -> None:
        """Write what could not be written."""
        if self._failed:
            self._changed()

    def _changed(self) -> None:
        ended = [one for one in self.timeline.records if is_over(one)]
        told, self._told = self._told, ended
        for record in ended:
            if not any(record is one for one in told):
                self._over(record)
        packed: bytes = msgpack.packb(self.timeline.to_plain())
        self._newest = packed
        self._write()

    def _write(self) -> None:
        if self._writing or self._newest is None:
            return
        value, self._newest = self._newest, None
        self._writing = True
        self._background(self._services.pointers.put(KEY, value, self._epoch))
