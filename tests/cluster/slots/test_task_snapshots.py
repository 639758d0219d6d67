"""What an attempt keeps of its task's state, and what it makes of a state that it cannot keep or find."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cluster.model.job import TaskContext
from cluster.slots.slot_link import (
    Canceled,
    Failed,
    Finished,
    Running,
    SnapshotDone,
    SnapshotFailed,
)
from cluster.slots.task_values import unpack
from tests.cluster.slots.attempt import Attempt, Waits


async def test_a_snapshot_is_written_and_restored() -> None:
    """What `snapshot` returns is a blob, and the next attempt gets it in `restore`, before `run`."""
    first = Attempt(Waits)
    first.start()
    await first.until(Running)
    first.runner.snapshot(5)
    done = await first.until(SnapshotDone)
    assert done.checkpoint_id == 5
    first.runner.cancel()
    await first.end()

    class Tells(Waits):
        async def run(self, context: TaskContext) -> Any:
            return self.state

    finished = await Attempt(Tells, restore=[5, done.handle], attempt=2).end()
    assert isinstance(finished, Finished)
    assert unpack(finished.result, "it") == {"n": 1}


async def test_two_attempts_never_write_the_same_blob() -> None:
    """A process that should be dead cannot overwrite the state that its successor wrote for the same checkpoint."""
    handles = []
    for number in (1, 2):
        attempt = Attempt(Waits, attempt=number)
        attempt.start()
        await attempt.until(Running)
        attempt.runner.snapshot(5)
        handles.append((await attempt.until(SnapshotDone)).handle)
        attempt.runner.cancel()
        await attempt.end()
    assert handles[0][0] != handles[1][0]


async def test_a_missing_or_changed_state_fails_the_attempt() -> None:
    """A task never starts from nothing when it should continue."""
    failed = await Attempt(Waits, restore=[5, ["checkpoints/none", 3, "aa"]]).end()
    assert isinstance(failed, Failed)
    assert "checkpoints/none is missing" in failed.error
    assert failed.recoverable


async def test_a_snapshot_that_cannot_be_carried_fails_the_task() -> None:
    """It would never be restored: better no job than one that only seems safe."""

    class Bad(Waits):
        def snapshot(self) -> Any:
            return {("a", 1): 2}

    attempt = Attempt(Bad)
    attempt.start()
    await attempt.until(Running)
    attempt.runner.snapshot(1)
    failed = await attempt.end()
    assert isinstance(failed, Failed)
    assert "the snapshot of count[1] of job j" in failed.error
    assert "a key of type tuple" in failed.error
    assert not failed.recoverable
    assert [each for each in attempt.said if isinstance(each, Failed | Canceled)] == [failed]


@pytest.mark.parametrize("error", [RuntimeError("not now"), asyncio.CancelledError("not now"), SystemExit("not now")])
async def test_a_snapshot_that_raises_or_cannot_be_written_is_declined(error: BaseException) -> None:
    """The checkpoint fails, the task runs on."""

    class Raises(Waits):
        def snapshot(self) -> Any:
            raise error

    attempt = Attempt(Raises)
    attempt.start()
    await attempt.until(Running)
    attempt.runner.snapshot(1)
    assert "not now" in (await attempt.until(SnapshotFailed)).reason

    class Unwritable:
        async def write(self, name: str, data: bytes) -> Any:
            raise OSError("disk full")

    other = Attempt(Waits)
    other.start()
    await other.until(Running)
    other.runner._blobs = Unwritable()  # type: ignore[assignment]
    other.runner.snapshot(2)
    assert "cannot be written: disk full" in (await other.until(SnapshotFailed)).reason
    for each in (attempt, other):
        each.runner.cancel()
        assert await each.end() == Canceled()


async def test_a_snapshot_before_or_after_is_declined() -> None:
    """Only a running task has a state."""
    attempt = Attempt(Waits)
    attempt.runner.snapshot(1)
    assert attempt.said == [SnapshotFailed(1, "count[1] of job j is not running")]
