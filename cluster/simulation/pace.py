"""`Pace`: a job does in time what it has to do again and again; looked at with each look at the clock (I12). Pure.

After such a look nothing has waited for longer than it may: no slot is waited for too long, and whoever has not
answered was told again, but not before it had its time. A job whose tasks run undisturbed begins checkpoints as often
as it asked for, whatever the cluster's own interval is. Fed by `cluster.simulation.checked`. Deliberately not here:
restarts (`cluster.simulation.promises`), and that a job ends in the end (`cluster.simulation.scenarios`).
"""

from __future__ import annotations

import math
from typing import Any

from cluster.leader.job_master import TICK_S
from cluster.model import execution_effects as do
from cluster.model import execution_events as ev
from cluster.model.checkpoints import ASK_AGAIN_S
from cluster.model.execution import Execution
from cluster.model.job import JobStatus
from cluster.model.job_record import JobRecord
from cluster.model.vertex import TaskState
from cluster.model.vertices import ASK_AFTER_S
from runtime.sim.campaign import Record

SPARE_TICKS, DRAWING_TICKS = 3, 40
"""A checkpoint may be begun so many looks later than it should; the second while a number is drawn for it."""


class Pace:
    """That of one job under one leader.

    Args:
        execution: The job's.
        job: As it is stored.
        record: Is told, and raises.
    """

    def __init__(self, execution: Execution, job: JobRecord, record: Record) -> None:
        self._execution = execution
        self._job = job
        self._record = record
        self._idle_ticks = 0
        self._told: dict[tuple[Any, ...], float] = {}

    def before(self, event: ev.Event) -> None:
        """An event comes, whatever it is."""

    def after(self, event: ev.Event, effects: list[Any], now: float) -> None:
        """It has been taken."""
        for effect in effects:
            self._tell(effect, now)
        one, keeper = self._execution, self._execution.checkpoints
        is_calm = one.status is JobStatus.RUNNING and one.vertices.all_running
        begins = any(isinstance(effect, do.DrawCheckpointId | do.TriggerCheckpoint) for effect in effects)
        is_busy = keeper is not None and (keeper._pending is not None or keeper._storing is not None)
        if not is_calm or begins or is_busy:
            self._idle_ticks = 0
        if not isinstance(event, ev.Tick) or one.status.is_globally_terminal:
            return
        self._idle_ticks += 1
        self._look(now)
        if self._job.checkpoint_interval_s is not None:
            pause_s = keeper._settings.min_pause_s if keeper is not None else 0.0
            spare = DRAWING_TICKS if keeper is not None and keeper._drawing else SPARE_TICKS
            allowed = math.ceil((2 * self._job.checkpoint_interval_s + pause_s) / TICK_S) + spare
            text = f"no checkpoint is begun in {self._idle_ticks} looks, though all tasks run"
            self._record.require(self._idle_ticks <= allowed, "I12", text)

    def _tell(self, effect: Any, now: float) -> None:
        """The same is not said again before there was time to answer."""
        key: tuple[Any, ...]
        match effect:
            case do.Deploy() | do.CancelAttempt():
                key, wait_s = (type(effect), effect.task_id, effect.attempt), self._execution._settings.resend_s
            case do.TriggerCheckpoint(number):
                key, wait_s = (type(effect), number), ASK_AGAIN_S
            case _:
                return
        waited_s = now - self._told.get(key, -math.inf)
        self._told[key] = now
        self._record.require(waited_s >= wait_s, "I12", f"{key} is told again after {waited_s:.3f} s of {wait_s:g}")

    def _look(self, now: float) -> None:
        vertices, settings = self._execution.vertices, self._execution._settings
        untold = vertices.since(now - settings.resend_s, TaskState.DEPLOYING, TaskState.CANCELING)
        self._record.require(not untold, "I12", f"{[one.task_id for one in untold]} have not answered, and nobody asks")
        late = vertices.since(now - settings.slot_request_timeout_s, TaskState.SCHEDULED)
        self._record.require(not late, "I12", f"{[one.task_id for one in late]} wait for a slot for too long")
        quiet = [
            one for one in vertices.since(now - ASK_AFTER_S, TaskState.RUNNING) if one.asked_at <= now - ASK_AFTER_S
        ]
        self._record.require(not quiet, "I12", f"{[one.task_id for one in quiet]} are not asked after")
