"""One attempt of one task, from its making to its end, whatever the user's code does."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest

from cluster.model.job import Job, Task, TaskContext, TaskSpec
from cluster.slots.slot_link import (
    Canceled,
    Failed,
    Finished,
    LinkDecoder,
    Progress,
    Running,
    SnapshotFailed,
    encode,
)
from cluster.slots.task_values import unpack
from cluster.slots.user_code import UserCodeError
from cluster.store.places import MemoryPlace
from runtime import RemoteSettings
from tests.cluster.slots.attempt import Attempt, Waits


async def test_a_task_knows_who_it_is_and_returns_its_result() -> None:
    """The context has index, parallelism, attempt, config and job id; the result comes back as MessagePack."""

    class Says(Task):
        async def run(self, context: TaskContext) -> Any:
            return [context.index, context.parallelism, context.attempt, dict(context.config), context.job_id]

    attempt = Attempt(Says, attempt=3)
    finished = await attempt.end()
    assert isinstance(finished, Finished)
    assert unpack(finished.result, "it") == [1, 4, 3, {"k": "v"}, "j"]
    assert attempt.said == [Running(), finished]


async def test_an_exception_comes_with_the_users_traceback() -> None:
    """The error shows the user's own frames only, and may be tried again."""

    class Raises(Task):
        async def run(self, context: TaskContext) -> Any:
            raise ValueError("no such thing")

    failed = await Attempt(Raises).end()
    assert isinstance(failed, Failed)
    assert failed.error.startswith("Traceback (most recent call last):")
    assert failed.error.endswith("ValueError: no such thing")
    assert "task_runner.py" not in failed.error.replace("test_task_runner.py", "")
    assert failed.recoverable


class Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


class Unnotable(Exception):
    @property
    def __notes__(self) -> list[str]:  # type: ignore[override]
        raise RuntimeError("no notes")


@pytest.mark.parametrize("error", [ValueError(os.fsdecode(b"\xff.txt")), SystemExit("\ud800"), Unnotable()])
async def test_whatever_an_exception_says_it_can_be_told(error: BaseException) -> None:
    """A name of a file in another encoding is no Unicode: nobody would hear that the task has failed."""

    class Raises(Task):
        async def run(self, context: TaskContext) -> Any:
            raise error

    failed = await Attempt(Raises).end()
    assert isinstance(failed, Failed)
    assert type(error).__name__ in failed.error
    assert LinkDecoder().feed(encode(failed)) == [failed]


@pytest.mark.parametrize("error", [SystemExit(3), SystemExit(Unspeakable()), KeyboardInterrupt(), GeneratorExit()])
async def test_what_would_end_the_loop_ends_the_attempt_only(error: BaseException) -> None:
    """`sys.exit` in a task is a failure of that task."""

    class Exits(Task):
        async def run(self, context: TaskContext) -> Any:
            raise error

    failed = await Attempt(Exits).end()
    assert isinstance(failed, Failed)
    assert type(error).__name__ in failed.error


async def test_a_task_that_cancels_all_others_comes_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """As some clean up: among the others are whoever waits for its end, and whoever writes its state."""

    class CleansUp(Task):
        async def run(self, context: TaskContext) -> Any:
            await asyncio.sleep(1.0)
            for each in asyncio.all_tasks() - {asyncio.current_task()}:
                if each.get_name() != test:
                    each.cancel()
            await asyncio.sleep(1.0)
            return 5

        def snapshot(self) -> Any:
            return 1

    monkeypatch.setattr(MemoryPlace, "delay_s", 0.5)
    running = asyncio.current_task()
    test = running.get_name() if running is not None else ""
    attempt = Attempt(CleansUp)
    attempt.start()
    await attempt.until(Running)
    await asyncio.sleep(0.9)
    attempt.runner.snapshot(3)
    await asyncio.sleep(1.0)
    attempt.runner.snapshot(4)  # is given up when the task ends, of which nothing is said any more
    assert isinstance(await attempt.end(), Finished)
    await asyncio.sleep(1.0)
    assert [type(said) for said in attempt.said] == [Running, SnapshotFailed, Finished]


async def test_cancelled_from_within_is_a_failure() -> None:
    """A `CancelledError` that nobody asked for is no cancellation."""

    class Cancels(Task):
        async def run(self, context: TaskContext) -> Any:
            raise asyncio.CancelledError

    assert await Attempt(Cancels).end() == Failed("count[1] of job j was cancelled from within", recoverable=True)


async def test_cancel() -> None:
    """`cancel` ends `run` as asyncio does it, also before it began; a task that returns all the same has finished."""
    attempt = Attempt(Waits)
    attempt.start()
    await attempt.until(Running)
    attempt.runner.cancel()
    assert await attempt.end() == Canceled()

    early = Attempt(Waits)
    early.runner.cancel()
    assert await early.end() == Canceled()

    class Returns(Task):
        async def run(self, context: TaskContext) -> Any:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return "so far"

    polite = Attempt(Returns)
    polite.start()
    await polite.until(Running)
    polite.runner.cancel()
    assert isinstance(await polite.end(), Finished)


async def test_a_result_that_cannot_be_carried() -> None:
    """The error names type and place, and no restart is tried: the next attempt would return the same."""

    class Sets(Task):
        async def run(self, context: TaskContext) -> Any:
            return {"words": {1, 2}}

    failed = await Attempt(Sets).end()
    assert isinstance(failed, Failed)
    assert "the result of count[1] of job j cannot be carried by MessagePack" in failed.error
    assert "a value of type set at ['words']" in failed.error
    assert not failed.recoverable


async def test_a_result_that_is_too_large() -> None:
    """A result that no message could carry says so in bytes."""

    class Large(Task):
        async def run(self, context: TaskContext) -> Any:
            return bytes(1000)

    failed = await Attempt(Large).end()
    assert isinstance(failed, Failed)
    assert "has 1003 bytes, more than the 1000" in failed.error
    assert not failed.recoverable


async def test_a_result_that_no_message_carries_is_a_failure() -> None:
    """Nobody would hear that the task has ended: what it returns would be left out on the way to the leader."""

    class Many(Task):
        async def run(self, context: TaskContext) -> Any:
            return [0] * (RemoteSettings().max_message_values + 1)

    failed = await Attempt(Many, max_result_bytes=1_000_000).end()
    assert isinstance(failed, Failed)
    assert "holds more than 490000 values" in failed.error
    assert not failed.recoverable


async def test_progress_is_thinned_out() -> None:
    """`report` may be called as often as one likes: ten values a second go out, and the last one always does."""

    class Busy(Task):
        async def run(self, context: TaskContext) -> Any:
            for step in range(1000):
                context.report(step)
                await asyncio.sleep(0.001)

    attempt = Attempt(Busy)
    await attempt.end()
    steps = [each.value for each in attempt.said if isinstance(each, Progress)]
    assert len(steps) == 11
    assert steps[-1] == 999


async def test_progress_is_what_it_was_when_it_was_reported() -> None:
    """A task may go on with what it has reported, and put into it what nobody can carry: it comes to its end."""

    class Changes(Task):
        async def run(self, context: TaskContext) -> Any:
            progress: dict[str, Any] = {"words": 1}
            context.report(progress)
            context.report(progress)
            progress["words"] = {"a set"}

    attempt = Attempt(Changes)
    assert isinstance(await attempt.end(), Finished)
    for said in attempt.said:
        encode(said)
    assert [each.value for each in attempt.said if isinstance(each, Progress)] == [{"words": 1}, {"words": 1}]


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (bytes(70_000), "progress of 70005 bytes"),
        ({1}, "type set"),
        ({(1, 2): 3}, "a key of type tuple"),
    ],
)
async def test_progress_that_is_no_progress(progress: Any, text: str) -> None:
    """What cannot be shown to people is the task's own error, where it called `report`."""

    class Shouts(Task):
        async def run(self, context: TaskContext) -> Any:
            context.report(progress)

    failed = await Attempt(Shouts).end()
    assert isinstance(failed, Failed)
    assert text in failed.error


async def test_a_job_that_does_not_load() -> None:
    """What is wrong with the job's code is the attempt's failure, recoverable or not."""

    class Broken(Attempt):
        def load(self, task: type[Task]) -> Job:
            raise UserCodeError("mine.py has no job")

    assert await Broken(Waits).end() == Failed("mine.py has no job", recoverable=False)

    class Renamed(Attempt):
        def load(self, task: type[Task]) -> Job:
            return Job("mine", [TaskSpec("other", task)])

    assert await Renamed(Waits).end() == Failed("job 'mine' has no task 'count'", recoverable=False)
