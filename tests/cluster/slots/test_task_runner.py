"""One attempt of one task, from its making to its end, whatever the user's code does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cluster.model.job import Job, Task, TaskContext, TaskSpec
from cluster.slots.slot_link import (
    Canceled,
    Failed,
    Finished,
    FromSlot,
    Progress,
    Run,
    Running,
    SnapshotDone,
    SnapshotFailed,
)
from cluster.slots.task_runner import Surroundings, TaskRunner
from cluster.slots.task_values import unpack
from cluster.slots.user_code import UserCodeError
from cluster.store.blobs import BlobStore


class Attempt:
    """A runner of one task class, with all that it reported."""

    def __init__(self, task: type[Task], url: str = "memory://runner", **run: Any) -> None:
        self.said: list[FromSlot] = []
        self._news = asyncio.Event()
        order: dict[str, Any] = {"restore": None, "attempt": 1, "max_result_bytes": 1000, **run}
        self.runner = TaskRunner(
            Run(
                7,
                "j",
                "count[1]",
                order["attempt"],
                None,
                "count",
                1,
                4,
                order["restore"],
                url,
                order["max_result_bytes"],
            ),
            self._take,
            Surroundings(lambda _: self.load(task), BlobStore, lambda _: SilentLog()),
        )
        self.task: asyncio.Task[None] | None = None

    def load(self, task: type[Task]) -> Job:
        return Job("mine", [TaskSpec("count", task, parallelism=4, config={"k": "v"})])

    def start(self) -> None:
        self.task = asyncio.get_running_loop().create_task(self.runner.run())

    async def until(self, kind: type[FromSlot]) -> Any:
        while not any(isinstance(each, kind) for each in self.said):
            self._news.clear()
            await self._news.wait()
        return next(each for each in self.said if isinstance(each, kind))

    async def end(self) -> FromSlot:
        if self.task is None:
            self.start()
        assert self.task is not None
        await self.task
        return self.said[-1]

    def _take(self, message: FromSlot) -> None:
        self.said.append(message)
        self._news.set()


class SilentLog:
    def debug(self, event: str, **values: Any) -> None: ...

    info = warning = error = debug


class Waits(Task):
    """Runs for ever, with what it was restored with as its state."""

    def __init__(self) -> None:
        self.state: Any = {"n": 1}

    async def run(self, context: TaskContext) -> Any:
        await asyncio.Event().wait()

    def snapshot(self) -> Any:
        return self.state

    def restore(self, state: Any) -> None:
        self.state = state


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


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
async def test_what_would_end_the_loop_ends_the_attempt_only(error: BaseException) -> None:
    """`sys.exit` in a task is a failure of that task."""

    class Exits(Task):
        async def run(self, context: TaskContext) -> Any:
            raise error

    failed = await Attempt(Exits).end()
    assert isinstance(failed, Failed)
    assert type(error).__name__ in failed.error


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


async def test_a_snapshot_that_raises_or_cannot_be_written_is_declined() -> None:
    """The checkpoint fails, the task runs on."""

    class Raises(Waits):
        def snapshot(self) -> Any:
            raise RuntimeError("not now")

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


@pytest.mark.parametrize(("progress", "text"), [(bytes(70_000), "progress of 70005 bytes"), ({1}, "type set")])
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
