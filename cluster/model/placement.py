"""Which TaskManager gets the next task: spread evenly, and never where a death is suspected. Pure.

Its caller is the ResourceManager. Deliberately not here: who waits for a slot (`cluster.model.slots`).
"""

from __future__ import annotations

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


def choose(candidates: Iterable[Candidate]) -> str | None:
    """The id of the TaskManager for one more task of the job, or `None` if none can take it.

    The one with the fewest tasks of this job wins, so that one death costs a job as little as possible; then the one
    with the fewest tasks at all; then the first by id, so that the choice can be replayed.
    """
    able = [one for one in candidates if one.free > 0 and not one.suspect]
    if not able:
        return None
    return min(able, key=lambda one: (one.used_by_job, one.used, one.task_manager)).task_manager
