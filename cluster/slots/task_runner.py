"""Runs one attempt of one task on the loop it is given: make, restore, run, snapshot, cancel. Knows no TaskManager.

Shell of the user's code. It is the same in a slot process, in an inline slot and in local mode; what it has to say goes
to `report` as messages of `cluster.slots.slot_link`. Deliberately not here: where the job comes from
(`cluster.slots.user_code`), and what is done about an attempt that does not listen (its process is killed:
`cluster.taskmanager.slot`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from cluster.model.job import Job, Task, TaskLog
from cluster.slots.slot_link import (
    Canceled,
    Failed,
    Finished,
    FromSlot,
    Run,
    Running,
    SnapshotDone,
    SnapshotFailed,
)
from cluster.slots.task_context import ProgressReports, RunningTaskContext
from cluster.slots.task_values import UnpackableValue, pack, pack_checked, pack_sent, unpack
from cluster.slots.user_code import UserCodeError
from cluster.slots.user_traceback import user_traceback
from cluster.store.blobs import BlobHandle, Blobs


class Surroundings(NamedTuple):
    """What a runner uses of the world outside.

    Attributes:
        load: Gets the job from its source, raising `UserCodeError`.
        open_blobs: Opens the store of snapshots at a URL.
        log: What the task logs to.
    """

    load: Callable[[Any], Job]
    open_blobs: Callable[[str], Blobs]
    log: Callable[[Run], TaskLog]


class TaskRunner:
    """One attempt, from the making of the task to its result.

    Args:
        run: What to run.
        report: Gets `Running`, then `Finished`, `Canceled` or `Failed` exactly once; snapshots and progress in between.
        surroundings: The world outside.
    """

    def __init__(self, run: Run, report: Callable[[FromSlot], None], surroundings: Surroundings) -> None:
        self._run = run
        self._report = report
        self._surroundings = surroundings
        self._what = f"{run.task_id} of job {run.job_id}"
        self._task: Task | None = None
        self._blobs: Blobs | None = None
        self._body: asyncio.Task[FromSlot] | None = None
        self._cancelled = False
        self._ended = False
        self._snapshots: set[asyncio.Task[None]] = set()
        self._checked = False
        self._progress = ProgressReports(report)

    async def run(self) -> None:
        """Run the attempt to its end and report it. Raises nothing because of the user's code."""
        self._body = asyncio.create_task(self._attempt(), name=f"task {self._what}")
        if self._cancelled:  # before it began
            self._body.cancel()
        while not self._body.done():
            with contextlib.suppress(asyncio.CancelledError):  # by user code, which cancels all tasks but its own
                await asyncio.wait({self._body})
        self._end(self._body.result() if not self._body.cancelled() else self._outcome_of_cancel())

    def cancel(self) -> None:
        """Cancel `run` once, as asyncio does it. A task may take its time over it, or not listen."""
        self._cancelled = True
        if self._body is not None:
            self._body.cancel()

    def snapshot(self, checkpoint_id: int) -> None:
        """Take the state now and begin to write it. To be called from the loop, so between two steps of `run`."""
        if self._task is None or self._blobs is None or self._ended:
            self._report(SnapshotFailed(checkpoint_id, f"{self._what} is not running"))
            return
        try:
            state = self._task.snapshot()
        except BaseException as error:  # as in `run`: it is this attempt's, and is answered
            self._report(SnapshotFailed(checkpoint_id, f"snapshot() of {self._what} raised:\n{user_traceback(error)}"))
            return
        try:
            # The first is also read back: a state that cannot be restored must not be found out at the recovery.
            packed = (pack if self._checked else pack_checked)(state, f"the snapshot of {self._what}")
        except UnpackableValue as error:
            self._fail(str(error))
            return
        self._checked = True
        writing = asyncio.create_task(self._write(self._blobs, checkpoint_id, packed), name=f"snapshot {self._what}")
        self._snapshots.add(writing)
        writing.add_done_callback(partial(self._written, checkpoint_id))

    def _written(self, checkpoint_id: int, writing: asyncio.Task[None]) -> None:
        self._snapshots.discard(writing)
        if writing.cancelled() and not self._ended:  # as in `run`
            self._report(SnapshotFailed(checkpoint_id, f"the writing of the state of {self._what} was cancelled"))

    def _fail(self, error: str) -> None:
        self._end(Failed(error, recoverable=False))
        self.cancel()

    def _end(self, outcome: FromSlot) -> None:
        if not self._ended:
            self._ended = True
            self._progress.flush()
            for writing in self._snapshots:
                writing.cancel()
            self._report(outcome)

    def _outcome_of_cancel(self) -> FromSlot:
        return Canceled() if self._cancelled else Failed(f"{self._what} was cancelled from within", recoverable=True)

    async def _attempt(self) -> FromSlot:
        run = self._run
        try:
            job = self._surroundings.load(run.source)
            try:
                spec = job.task(run.task)
            except KeyError:
                return Failed(f"job {job.name!r} has no task {run.task!r}", recoverable=False)
            task = spec.task()
            self._blobs = self._surroundings.open_blobs(run.storage)
            if run.restore is not None:
                task.restore(await self._read(self._blobs, run.restore))
            log = self._surroundings.log(run)
            context = RunningTaskContext(run, spec.config, log, self._progress.report)
            self._task = task
            self._report(Running())
            result = await task.run(context)
            return self._finished(result)
        except UserCodeError as error:
            return Failed(str(error), error.recoverable)
        except UnpackableValue as error:
            return Failed(str(error), recoverable=False)
        except asyncio.CancelledError:
            return self._outcome_of_cancel()
        except (SystemExit, KeyboardInterrupt) as error:
            how = f"{self._what} ended itself by {type(error).__name__}"  # what it says may raise: it is the user's
            return Failed(f"{how}:\n{user_traceback(error)}", recoverable=True)
        except BaseException as error:  # also what derives from BaseException: it is this attempt's, not the loop's
            return Failed(user_traceback(error), recoverable=True)

    def _finished(self, result: Any) -> FromSlot:
        packed, _ = pack_sent(result, f"the result of {self._what}")
        if len(packed) > self._run.max_result_bytes:
            limit = self._run.max_result_bytes
            text = f"the result of {self._what} has {len(packed)} bytes, more than the {limit} that a message may have"
            return Failed(f"{text}; return less, or write it to a file and return its name", recoverable=False)
        return Finished(packed)

    async def _read(self, blobs: Blobs, restore: Any) -> Any:
        checkpoint_id, (name, size_bytes, sha256) = restore
        packed = await blobs.read(BlobHandle(name, size_bytes, sha256))
        return unpack(packed, f"the state of {self._what} in checkpoint {checkpoint_id}")

    async def _write(self, blobs: Blobs, checkpoint_id: int, packed: bytes) -> None:
        run = self._run
        # Epoch and attempt are in the name: a process that should be dead cannot overwrite what its successor wrote.
        leaf = f"{quote(run.task, safe='')}-{run.index}-{run.epoch}-{run.attempt}"
        try:
            handle = await blobs.write(f"checkpoints/{run.job_id}/{checkpoint_id}/{leaf}", packed)
        except Exception as error:
            self._report(SnapshotFailed(checkpoint_id, f"the state of {self._what} cannot be written: {error}"))
        else:
            self._report(SnapshotDone(checkpoint_id, [handle.name, handle.size_bytes, handle.sha256]))
