"""`Limits`: what a job's checkpoints may do before they are a failure, and which failure is the last (I12). Pure.

Counted here anew, from what has become of each checkpoint: so many may fail in a row, and one more is a failure of the
job; one that counts ends the row, and one that a failed task took along is not in it. The next is not begun before the
pause after the last is over. After a failure that no restart can mend nothing is begun any more, and a job that is
about to end does so. Fed by `cluster.simulation.checked`. Deliberately not here: how often checkpoints begin
(`cluster.simulation.pace`).
"""

from __future__ import annotations

import math
from typing import Any

from cluster.model import execution_effects as do
from cluster.model import execution_events as ev
from cluster.model.execution import Execution
from cluster.model.failures import Failure
from cluster.model.job import JobStatus
from cluster.model.vertex import TaskState
from runtime.sim.campaign import Record

_COUNTS = ev.CheckpointDeclined | ev.CheckpointTick | ev.CheckpointStoreFailed | ev.CheckpointIdFailed
"""What makes a checkpoint fail by itself; else something else has ended it."""
_OVER = (JobStatus.FAILING, JobStatus.FAILED, JobStatus.CANCELLING, JobStatus.CANCELED)
LOST_REMEMBERED = 17
"""Numbers of lost checkpoints, of whose states some may still come: so many are known."""
TOO_MANY = "too many checkpoints failed"
_ENDS = {
    JobStatus.CANCELLING: (JobStatus.CANCELLING, JobStatus.CANCELED),
    JobStatus.FAILING: (JobStatus.FAILING, JobStatus.FAILED, JobStatus.CANCELLING, JobStatus.CANCELED),
}
"""What may come of a job that is about to end."""


class Limits:
    """Those of one job under one leader.

    Args:
        execution: The job's.
        record: Is told, and raises.
    """

    def __init__(self, execution: Execution, record: Record) -> None:
        self._execution = execution
        self._record = record
        self._in_a_row = self._counted = 0
        self._last_end = -math.inf
        self._is_last = False
        self._before = execution.status

    def before(self, event: ev.Event) -> None:
        """An event comes: is it a failure that no restart can mend?"""
        self._is_last, self._before = False, self._execution.status
        if isinstance(event, ev.TaskReported) and event.state is TaskState.FAILED and not event.recoverable:
            one = self._execution.vertices.find(event.task_id)
            runs = one is not None and one.attempt == event.attempt
            self._is_last = one is not None and runs and one.state in (TaskState.DEPLOYING, TaskState.RUNNING)

    def after(self, event: ev.Event, effects: list[Any], now: float) -> None:
        """It has been taken."""
        keeper, status = self._execution.checkpoints, self._execution.status
        ends = status in _ENDS.get(self._before, (status,))
        self._record.require(ends, "I12", f"a job that was {self._before.value} is {status.value} after {event}")
        if self._is_last:
            self._record.sometimes("a task failed in a way that no restart mends")
            text = f"a job is {status.value} after a failure that no restart mends: {event}"
            self._record.require(status in _OVER, "I12", text)
        if keeper is None:
            return
        lost = len(keeper._lost_ids)
        self._record.require(lost <= LOST_REMEMBERED, "I12", f"{lost} checkpoints that were lost are remembered")
        if keeper.completed_count > self._counted:
            self._counted, self._in_a_row, self._last_end = keeper.completed_count, 0, now
        said = any(isinstance(effect, Failure) and effect.reason.startswith(TOO_MANY) for effect in effects)
        ended = [effect for effect in effects if isinstance(effect, do.CheckpointFailed)]
        if ended:
            self._last_end = now
        if ended and isinstance(event, _COUNTS):
            self._in_a_row += 1
        allowed = keeper._settings.tolerable_failures
        text = f"{self._in_a_row} checkpoints have failed in a row, and {allowed} may: {event}"
        self._record.require(said == (self._in_a_row > allowed), "I12", text)
        if said:
            self._record.sometimes("too many checkpoints failed")
            self._in_a_row = 0
        if any(isinstance(effect, do.DrawCheckpointId) for effect in effects):
            rest_s = now - self._last_end
            text = f"a checkpoint begins {rest_s:.3f} s after the last, of {keeper._settings.min_pause_s:g}"
            self._record.require(rest_s >= keeper._settings.min_pause_s, "I12", text)
