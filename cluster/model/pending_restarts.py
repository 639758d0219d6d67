"""Restarts that wait for their delay, and for the old attempts to end: both go on at the same time. Pure.

Used by `cluster.model.execution`. Deliberately not here: whether and when to restart (`cluster.model.restart_judges`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass

from cluster.model.vertex import Vertex
from cluster.model.vertices import Vertices


@dataclass(slots=True)
class _Restart:
    tasks: set[str]


class PendingRestarts:
    """The restarts of one job that have been decided and not yet made. A task is in one of them at most."""

    __slots__ = ("_due", "_newest", "_of_task", "_restarts")

    def __init__(self) -> None:
        self._restarts: dict[int, _Restart] = {}
        self._of_task: dict[str, int] = {}
        self._due: dict[int, None] = {}
        self._newest = 0

    def __bool__(self) -> bool:
        return bool(self._restarts)

    def __contains__(self, task_id: str) -> bool:
        return task_id in self._of_task

    def add(self, tasks: Iterable[str]) -> int:
        """Decide to restart these tasks; those that wait in an earlier restart wait in this one now.

        Returns:
            The restart's number, for `delay_over`.
        """
        self._newest += 1
        chosen = set(tasks)
        for task_id in chosen:
            former, self._of_task[task_id] = self._of_task.get(task_id), self._newest
            if former is not None:
                self._restarts[former].tasks.discard(task_id)
                if not self._restarts[former].tasks:
                    self._forget(former)
        self._restarts[self._newest] = _Restart(chosen)
        return self._newest

    def delay_over(self, number: int) -> None:
        """Its delay has passed. What is not known any more is ignored."""
        if number in self._restarts:
            self._due[number] = None

    def take_ready(self, vertices: Vertices, finished_for_good: Container[str]) -> list[Vertex]:
        """The tasks to run again now: their delay is over, and no old attempt of their restart is left.

        Args:
            vertices: Of the job.
            finished_for_good: Tasks whose result is in the checkpoint that is restored. It may have been on its way
                into the store when the restart was decided; these do not run again, for there is no state of them.
        """
        ready: list[Vertex] = []
        for number in sorted(self._due):
            tasks = self._restarts[number].tasks
            if vertices.have_ended(tasks):
                self._forget(number)
                ready += [one for one in vertices.select(tasks) if one.task_id not in finished_for_good]
        return ready

    def clear(self) -> None:
        """Nothing restarts any more."""
        self._restarts.clear()
        self._of_task.clear()
        self._due.clear()

    def check(self) -> None:
        """Assert what must always hold.

        Raises:
            AssertionError: If a task waits in two restarts.
        """
        waits = Counter(task_id for restart in self._restarts.values() for task_id in restart.tasks)
        twice = [task_id for task_id, count in waits.items() if count > 1]
        if twice:
            raise AssertionError(f"{twice} wait in two restarts at a time")

    def _forget(self, number: int) -> None:
        """It is made, or has no task any more."""
        for task_id in self._restarts.pop(number).tasks:
            del self._of_task[task_id]
        self._due.pop(number, None)
