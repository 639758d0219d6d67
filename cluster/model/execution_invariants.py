"""What holds of a job at any time, whatever has happened to it. Pure; for tests.

Deliberately not here: the job (`cluster.model.execution`).
"""

from __future__ import annotations

from cluster.model.completed_checkpoint import finished_in
from cluster.model.execution import Execution
from cluster.model.job import JobStatus
from cluster.model.vertex import TaskState


def check_execution(execution: Execution) -> None:
    """Raise `AssertionError` if something does not hold."""
    status = execution.status
    found = {one.task_id: state for state in TaskState for one in execution.vertices.in_state(state)}
    if found != {one.task_id: one.state for one in execution.vertices}:
        raise AssertionError(f"the tasks are found as {found}")
    for one in execution.vertices:
        if one.state.is_placed != bool(one.task_manager):
            raise AssertionError(f"{one.task_id} is {one.state} with TaskManager {one.task_manager!r}")
        stopped = one.state in (TaskState.FAILED, TaskState.CANCELED, TaskState.CANCELING)
        if stopped and status in (JobStatus.RUNNING, JobStatus.RESTARTING) and one.task_id not in execution.pending:
            raise AssertionError(f"{one.task_id} is {one.state} and forgotten")
        if one.task_id in finished_in(execution.latest) and one.state is not TaskState.FINISHED:
            raise AssertionError(f"{one.task_id} is {one.state}, and what is restored has its result only")
    if status.is_globally_terminal and not execution.vertices.all_ended:
        raise AssertionError(f"tasks are left although the job is {status}")
    if (status is JobStatus.RESTARTING) != bool(execution.pending):
        raise AssertionError(f"{status}, and pending restarts: {bool(execution.pending)}")
    execution.pending.check()
    if execution.checkpoints is not None:
        execution.checkpoints.check()
