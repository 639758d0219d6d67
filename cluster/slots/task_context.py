"""What a running task is given: who it is, its configuration, its log, and a way to say how far it is.

Made by `cluster.slots.task_runner` as the user's `cluster.model.job.TaskContext`. Deliberately not here: the running
itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from cluster.model.job import TaskLog
from cluster.slots.slot_link import FromSlot, Progress, Run
from cluster.slots.task_values import pack_sent

PROGRESS_INTERVAL_S = 0.1
"""`context.report` sends at most one value in this time: the newest."""
MAX_PROGRESS_BYTES = 64 * 1024


class RunningTaskContext:
    """The `TaskContext` of one attempt."""

    def __init__(self, run: Run, config: Mapping[str, Any], log: TaskLog, report: Callable[[Any], None]) -> None:
        self.index = run.index
        self.parallelism = run.parallelism
        self.attempt = run.attempt
        self.job_id = run.job_id
        self.config = config
        self.log = log
        self._report = report

    def report(self, progress: Any) -> None:
        """Tell people how far this task is, a MessagePack value. The newest counts, and any may be lost."""
        self._report(progress)


class ProgressReports:
    """Lets the newest value through, at most one in `PROGRESS_INTERVAL_S`."""

    def __init__(self, report: Callable[[FromSlot], None]) -> None:
        self._report = report
        self._waiting: Progress | None = None
        self._timer: asyncio.TimerHandle | None = None

    def report(self, value: Any) -> None:
        """Send `value`, now or when the time has come, unless a newer one replaces it."""
        packed, copy = pack_sent(value, "progress")  # what cannot be carried fails here, where its author sees it
        if len(packed) > MAX_PROGRESS_BYTES:
            raise ValueError(f"progress of {len(packed)} bytes; at most {MAX_PROGRESS_BYTES} are for people to read")
        self._waiting = Progress(copy)  # the task may go on with its own, and put anything into it
        if self._timer is None:
            self._send()

    def flush(self) -> None:
        """Send what still waits, and stop."""
        if self._timer is not None:
            self._timer.cancel()
        if self._waiting is not None:
            self._report(self._waiting)
        self._waiting = self._timer = None

    def _send(self) -> None:
        self._timer = None
        if self._waiting is not None:
            self._report(self._waiting)
            self._waiting = None
            self._timer = asyncio.get_running_loop().call_later(PROGRESS_INTERVAL_S, self._send)
