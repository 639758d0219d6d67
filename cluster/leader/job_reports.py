"""What TaskManagers say of attempts, as events of the job. Pure; used by `cluster.leader.job_master`.

Deliberately not here: whether the report is of this leader's attempt, which the JobMaster and the execution know.
"""

from __future__ import annotations

from cluster.model import execution_events as ev
from cluster.model.vertex import TaskState
from cluster.protocol import CheckpointAcknowledged, CheckpointDeclined, TaskStateChanged
from cluster.slots.task_values import UnpackableValue, pack

_STATES = {state.value: state for state in TaskState}


def event_of(report: TaskStateChanged | CheckpointAcknowledged | CheckpointDeclined) -> ev.Event | None:
    """The event, or `None` if the report makes no sense to this release."""
    match report:
        case TaskStateChanged(task_id=task_id, attempt=attempt, state=state):
            if state not in _STATES:
                return None
            if flaw := _flaw_of_result(report):
                return ev.TaskReported(task_id, attempt, TaskState.FAILED, error=flaw, recoverable=False)
            return ev.TaskReported(task_id, attempt, _STATES[state], report.result, report.error, report.recoverable)
        case CheckpointAcknowledged(task_id=task_id, attempt=attempt, checkpoint_id=number, handle=handle):
            if not isinstance(handle, list) or [type(part) for part in handle] != [str, int, str]:
                return None
            return ev.CheckpointAcked(task_id, attempt, number, (handle[0], handle[1], handle[2]))
        case CheckpointDeclined(task_id=task_id, attempt=attempt, checkpoint_id=number, reason=reason):
            return ev.CheckpointDeclined(task_id, attempt, number, reason)


def _flaw_of_result(report: TaskStateChanged) -> str:
    """Why its result cannot be stored with the end of its job, which would end its leader, and each next one."""
    try:
        pack(report.result, f"the result of {report.task_id}")
    except UnpackableValue as error:
        return str(error)
    return ""
