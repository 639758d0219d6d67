"""A job as people and programs are shown it: plain data for `GetJob`, for REST, and for the stored result. Pure.

Deliberately not here: how it is printed (`cluster.commands.output`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.model.execution import Execution
from cluster.model.failures import Failure
from cluster.model.job_record import JobRecord
from cluster.model.restart import RestartStrategy


def describe_job(
    record: JobRecord,
    execution: Execution,
    strategy: RestartStrategy,
    interval_s: float | None,
    progress: Mapping[str, Any],
    wall_offset_s: float,
) -> dict[str, Any]:
    """Everything about a job under this leader.

    Args:
        record: As it was submitted.
        execution: As it stands.
        strategy: The restart strategy that applies.
        interval_s: The checkpoint interval that applies, or `None`.
        progress: The newest word of each running task, by task id.
        wall_offset_s: What to add to a monotonic time to have wall time.
    """
    history = execution.history
    return {
        "id": record.job_id,
        "name": record.name,
        "status": execution.status.value,
        "reason": execution.reason,
        "start_time": record.submitted_at,
        "restarts": execution.restarts,
        "waiting_for": list(execution.vertices.waiting),
        "tasks": [
            {
                "id": one.task_id,
                "name": one.task,
                "index": one.index,
                "parallelism": one.parallelism,
                "state": one.state.value,
                "attempt": one.attempt,
                "task_manager": one.task_manager,
                "since": one.since + wall_offset_s,
                "progress": progress.get(one.task_id),
            }
            for one in execution.vertices
        ],
        "exceptions": {
            "entries": [_failure(one, wall_offset_s) for one in history.newest_first()],
            "truncated": history.truncated,
            "count": history.count,
        },
        "checkpoints": _checkpoints(execution, interval_s, wall_offset_s),
        "restart_strategy": strategy.to_plain(),
        "source": str(record.source),
    }


def _failure(failure: Failure, wall_offset_s: float) -> dict[str, Any]:
    return {
        "timestamp": failure.at + wall_offset_s,
        "reason": failure.reason,
        "tasks": list(failure.task_ids),
        "task_manager": failure.task_manager,
    }


def _checkpoints(execution: Execution, interval_s: float | None, wall_offset_s: float) -> dict[str, Any]:
    keeper = execution.checkpoints
    lost = keeper.last_failure if keeper is not None else None
    return {
        "interval_s": interval_s,
        "completed": keeper.completed_count if keeper is not None else 0,
        "failed": keeper.failed_count if keeper is not None else 0,
        "last_failure": None if lost is None else {"id": lost[0], "at": lost[1] + wall_offset_s, "reason": lost[2]},
        "in_progress": keeper.in_progress if keeper is not None else None,
        "latest": _checkpoint(keeper.latest if keeper is not None else None),
        "restored": _checkpoint(execution.restored),
    }


def _checkpoint(checkpoint: CompletedCheckpoint | None) -> dict[str, Any] | None:
    if checkpoint is None:
        return None
    return {
        "id": checkpoint.checkpoint_id,
        "state_bytes": checkpoint.state_bytes,
        "duration_s": checkpoint.duration_s,
        "completed_at": checkpoint.completed_at,
        "tasks": len(checkpoint.states),
        "finished_tasks": len(checkpoint.results),
    }
