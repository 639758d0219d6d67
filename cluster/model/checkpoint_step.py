"""How a job's events move its checkpoints: from an event of the execution to a call of the coordinator. Pure.

Deliberately not here: the coordinator's rules (`cluster.model.checkpoints`); what a lost checkpoint means for the job.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from cluster.model import execution_effects as do
from cluster.model import execution_events as ev
from cluster.model.checkpoints import CheckpointCoordinator, CheckpointLost
from cluster.model.vertex import TaskState, Vertex
from cluster.model.vertices import Vertices

Step: TypeAlias = do.Effect | CheckpointLost


def checkpoint_step(
    keeper: CheckpointCoordinator, vertices: Vertices, event: ev.Event, now: float, *, ready: bool
) -> list[Step]:
    """Let an event act on the checkpoints.

    Args:
        keeper: The coordinator.
        vertices: The job's tasks.
        event: One of the events about checkpoints.
        now: Monotonic seconds.
        ready: Whether the job is in a state for a checkpoint: each task is running or finished.
    """
    match event:
        case ev.CheckpointTick():
            steps: list[Step] = [*keeper.expire(now)]
            number, waiting = keeper.unanswered(now)
            if waiting:
                steps.append(_trigger(number, vertices.select(waiting)))
            if ready and keeper.begin(now):
                steps.append(do.DrawCheckpointId())
            return steps
        case ev.CheckpointIdDrawn() if not ready:
            keeper.skip()
            return []
        case ev.CheckpointIdDrawn(number):
            running = vertices.in_state(TaskState.RUNNING)
            attempts = {one.task_id: one.attempt for one in running}
            return [_trigger(number, running), *keeper.trigger(number, now, attempts, vertices.results)]
        case ev.CheckpointIdFailed(reason):
            return [*keeper.draw_failed(reason, now)]
        case ev.CheckpointAcked(task_id, attempt, number, handle):
            return [*keeper.acknowledged(task_id, attempt, number, handle, now)]
        case ev.CheckpointDeclined(task_id, attempt, number, reason):
            return [*keeper.declined(task_id, attempt, number, reason, now)]
        case ev.CheckpointStored(number, completed_at):
            return [*keeper.stored(number, now, completed_at)]
        case ev.CheckpointStoreFailed(number, reason):
            return [*keeper.store_failed(number, reason, now)]
        case _:
            raise TypeError(f"{event!r} is no event of a checkpoint")


def _trigger(number: int, tasks: Iterable[Vertex]) -> do.TriggerCheckpoint:
    return do.TriggerCheckpoint(number, tuple((one.task_id, one.attempt, one.task_manager) for one in tasks))
