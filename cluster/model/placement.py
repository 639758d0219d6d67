"""Which TaskManager gets the next task: spread evenly, and never where a death is suspected. Pure.

Its caller is the ResourceManager. Deliberately not here: who waits for a slot (`cluster.model.slots`).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A TaskManager that might take a task.

    Attributes:
        task_manager: Its id.
        free: Slots without a task.
        used: Slots with a task of any job.
        used_by_job: Slots with a task of the job in question.
        suspect: Its death is suspected, though not decided.
    """

    task_manager: str
    free: int
    used: int
    used_by_job: int
    suspect: bool = False


class Places:
    """Where the next tasks of one job go, as they are given.

    The TaskManager with the fewest tasks of this job wins, so that one death costs a job as little as possible; then
    the one with the fewest tasks at all; then the first by id, so that the choice can be replayed.

    Args:
        candidates: All that there are.
    """

    __slots__ = ("_best_first",)

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        able = (one for one in candidates if one.free > 0 and not one.suspect)
        self._best_first = [(one.used_by_job, one.used, one.task_manager, one.free) for one in able]
        heapq.heapify(self._best_first)

    def __bool__(self) -> bool:
        """Whether any can take a task."""
        return bool(self._best_first)

    def take(self) -> str:
        """The id of the TaskManager for one more task of the job, which counts from now on."""
        used_by_job, used, task_manager, free = self._best_first[0]
        if free > 1:
            heapq.heapreplace(self._best_first, (used_by_job + 1, used + 1, task_manager, free - 1))
        else:
            heapq.heappop(self._best_first)
        return task_manager
