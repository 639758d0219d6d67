"""The timeline in the election backend: one write at a time, the newest state last, and never in anybody's way."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, cast

import msgpack

from cluster.election.memory import MemoryElection
from cluster.leader.messages import JobRunning, TaskManagerJoined, TaskManagerLeft
from cluster.leader.services import LeaderServices
from cluster.leader.timeline_keeper import KEY, TimelineKeeper, read_timeline
from cluster.model.timeline import FailoverRecord, Timeline


class Services:
    """The part of `LeaderServices` that the keeper uses."""

    def __init__(self) -> None:
        self.pointers = MemoryElection().driver()
        self.now = 0.0

    @property
    def office(self) -> Services:
        return self

    def takeover(self, epoch: int) -> None:
        """No leader was before this one."""

    def wall_time(self) -> float:
        self.now += 1.0
        return self.now


async def test_one_write_at_a_time_and_the_newest_at_last() -> None:
    """While a write is under way changes pile up to one more write; the next leader reads the last state."""
    services = Services()
    writes: list[Awaitable[None]] = []
    keeper = TimelineKeeper(0, cast(LeaderServices, services), writes.append)
    keeper.note(TaskManagerLeft("x", "stopped", "", None, ("j",)))
    keeper.note(TaskManagerJoined(2))
    keeper.note(JobRunning("j"))
    assert len(writes) == 1
    await writes[0]
    keeper.written()
    assert len(writes) == 2
    await writes[1]
    keeper.written()
    assert len(writes) == 2
    (record,) = (await read_timeline(services.pointers)).records
    assert (record.convicted_at, record.task_managers_at, record.running_at) == (1.0, 2.0, 3.0)


async def test_what_could_not_be_written_is_written_later() -> None:
    """People see a failover although nothing has happened since; what happens meanwhile is written with it."""
    services = Services()
    writes: list[Any] = []
    keeper = TimelineKeeper(0, cast(LeaderServices, services), writes.append)
    keeper.note(TaskManagerLeft("x", "stopped", "", None, ()))
    writes.pop().close()
    keeper.failed()
    assert not writes
    keeper.write_again()
    await writes.pop()
    keeper.written()
    keeper.write_again()
    assert not writes
    (record,) = (await read_timeline(services.pointers)).records
    assert record.subject == "x"


async def test_what_ended_under_a_former_leader_is_not_told_again() -> None:
    """Each failover is told once when it is over, by the leader under which it ended, for its metrics."""
    told: list[str] = []
    writes: list[Any] = []
    keeper = TimelineKeeper(0, cast(LeaderServices, Services()), writes.append, lambda one: told.append(one.subject))
    former = Timeline([FailoverRecord("task-manager", "old", 0, "stopped", "", running_at=1.0)])
    keeper.took_over(former, [])
    keeper.note(TaskManagerLeft("x", "stopped", "", None, ("j",)))
    assert told == []
    keeper.note(JobRunning("j"))
    keeper.note(TaskManagerLeft("y", "stopped", "", None, ()))
    assert told == ["x", "y"]
    for write in writes:
        write.close()


async def test_news_that_belong_to_no_failover_are_not_written() -> None:
    """A cluster that comes up writes nothing."""
    writes: list[Any] = []
    keeper = TimelineKeeper(0, cast(LeaderServices, Services()), writes.append)
    keeper.note(TaskManagerJoined(1))
    keeper.note(JobRunning("j"))
    keeper.job_ended("j")
    assert writes == []


async def test_an_unreadable_timeline_is_an_empty_one() -> None:
    """It is for people: no leader fails because of it."""
    pointers = MemoryElection().driver()
    for rubbish in (b"\xc1", msgpack.packb(3), msgpack.packb([3]), msgpack.packb([{}])):
        await pointers.put(KEY, rubbish, 0)
        assert (await read_timeline(pointers)).records == []
