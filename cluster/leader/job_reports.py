"""What TaskManagers say of attempts, as events of the job. Pure; used by `cluster.leader.job_master`.

Deliberately not here: whether the report is of this leader's attempt, which the JobMaster and the execution know.
"""

from __future__ import annotations

from cluster.model import execution_events as ev
from cluster.model.vertex import TaskState
from cluster.protocol import CheckpointAcknowledged, CheckpointDeclined, TaskStateChanged

_STATES = {state.value: state for state in TaskState}


def event_of(report: TaskStateChanged | CheckpointAcknowledged | CheckpointDeclined) -> ev.Event | None:
    """The event, or `None` if the report makes no sense to this release."""
    match report:
        case TaskStateChanged(task_id=task_id, attempt=attempt, state=state):
            if state not in _STATES:
                return None
            return ev.TaskReported(task_id, attempt, _STATES[state], report.result, report.error, report.recoverable)
        case CheckpointAcknowledged(task_id=task_id, attempt=attempt, checkpoint_id=number, handle=handle):
            name, size_bytes, sha256 = handle
            return ev.CheckpointAcked(task_id, attempt, number, (name, size_bytes, sha256))
        case CheckpointDeclined(task_id=task_id, attempt=attempt, checkpoint_id=number, reason=reason):
            return ev.CheckpointDeclined(task_id, attempt, number, reason)
