"""`Reports`: a report is about one attempt under one leader, and one of an earlier attempt changes nothing (I12). Pure.

Nor does a task go on from what was deleted, and no checkpoint grows older than it may. Fed by
`cluster.simulation.checked`. Deliberately not here: which attempt goes on when the leader has changed (`returns`).
"""

from __future__ import annotations

from typing import Any

from cluster.model import execution_events as ev
from cluster.model.execution import Execution
from cluster.model.vertex import Vertex
from runtime.sim.campaign import Record


class Reports:
    """Those about one job under one leader.

    Args:
        execution: The job's.
        record: Is told, and raises.
        spoils: Whether bytes may be gone for other reasons.
    """

    def __init__(self, execution: Execution, record: Record, *, spoils: bool) -> None:
        self._execution = execution
        self._record = record
        self._spoils = spoils
        self._late: Vertex | None = None
        self._before: tuple[Any, ...] = ()

    def before(self, event: ev.Event) -> None:
        """An event comes: is it late?"""
        self._late = None
        if not isinstance(event, ev.TaskReported):
            return
        if not self._spoils:
            gone = "is missing in sim://" in event.error
            text = f"{event.task_id} is to go on from what was deleted: {event.error}"
            self._record.require(not gone, "I12", text)
        task = self._execution.vertices.find(event.task_id)
        if task is not None and event.attempt != task.attempt:
            self._late, self._before = task, _standing(task)

    def after(self, event: ev.Event, effects: list[Any], now: float) -> None:
        """It has been taken."""
        if self._late is not None:
            after = _standing(self._late)
            self._record.sometimes("a report of an earlier attempt came late")
            text = f"{event} has changed its task from {self._before} to {after}"
            self._record.require(self._before == after, "I12", text)
        keeper = self._execution.checkpoints
        if isinstance(event, ev.CheckpointTick) and keeper is not None:
            pending, limit_s = keeper._pending, keeper._settings.timeout_s
            age_s = 0.0 if pending is None else now - pending.triggered_at
            self._record.require(age_s < limit_s, "I12", f"a checkpoint is {age_s:.3f} s old, and may be {limit_s:g} s")


def _standing(task: Vertex) -> tuple[Any, ...]:
    return task.attempt, task.state, task.task_manager
