"""What TaskManagers bring back of one job when the leader has changed: for each task the attempt that goes on. Pure.

With `jobmanager.failover.tasks: keep` tasks run on through the death of their leader, and the next one adopts them. Of
two attempts of a task the younger goes on: by the epoch that it was started under, then by its number. Used by
`cluster.model.execution`. Deliberately not here: how long one waits for them (`cluster.model.reunion`).
"""

from __future__ import annotations

from cluster.model import execution_effects as do
from cluster.model.execution_events import TaskFound
from cluster.model.vertex import TaskState, Vertex
from cluster.model.vertices import Vertices


class TaskReunion:
    """The attempts of one job that were found."""

    __slots__ = ("_best",)

    def __init__(self) -> None:
        self._best: dict[str, TaskFound] = {}

    def add(self, found: TaskFound) -> list[do.Effect]:
        """Another one is found; an older attempt of the same task is disowned."""
        best = self._best.get(found.task_id)
        if best is None or found.rank > best.rank:
            self._best[found.task_id] = found
            return disown(best)
        return disown(found)

    def lost(self, task_manager: str) -> None:
        """A TaskManager is dead: what it held is not there any more."""
        self._best = {task_id: one for task_id, one in self._best.items() if one.task_manager != task_manager}

    def adopt(self, vertices: Vertices, now: float) -> list[Vertex]:
        """The tasks whose attempt goes on where it is.

        None that has finished for the checkpoint, and no attempt that is older than the one of which the checkpoint
        was made: it was over then, and has been accounted for.
        """
        adopted: list[Vertex] = []
        for one in vertices.in_state(TaskState.CREATED):
            found = self._best.get(one.task_id)
            if found is not None and found.attempt >= one.attempt:
                del self._best[one.task_id]
                one.adopt(found.attempt, found.task_manager, found.slot, now)
                adopted.append(one)
        return adopted

    def rest(self) -> list[do.Effect]:
        """What nobody wants is disowned."""
        return [effect for one in self._best.values() for effect in disown(one)]


def disown(found: TaskFound | None) -> list[do.Effect]:
    """End an attempt that is not adopted. One that has ended needs nothing."""
    if found is None or found.slot < 0:
        return []
    return [do.Disown(found.task_id, found.task_manager)]
