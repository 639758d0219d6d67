"""How long ended jobs are remembered: so many, and for so long (`jobstore.*`). Pure.

Time counts from when this leader learned of the end, by its monotonic clock: a wall clock that jumps forgets nothing,
and a change of leaders lets a job be remembered longer, never shorter. Its shell is `cluster.leader.job_archive`.
Deliberately not here: what was remembered (`cluster.model.job_book`, `cluster.store.results`).
"""

from __future__ import annotations


class EndedJobs:
    """The ended jobs whose data is cleaned, so that they may be forgotten; oldest first.

    Args:
        most: How many are kept at most.
        keep_s: Seconds for which each is kept; `None` forgets none of them.
    """

    __slots__ = ("_keep_s", "_known_since", "_most")

    def __init__(self, most: int, keep_s: float | None) -> None:
        self._most = most
        self._keep_s = keep_s
        self._known_since: dict[str, float] = {}

    def add(self, job_id: str, now: float) -> None:
        """A job has ended, and nothing but its result is left of it."""
        self._known_since.setdefault(job_id, now)

    def due(self, now: float) -> list[str]:
        """Those to be forgotten now; they are due until they are `forgotten`."""
        if self._keep_s is None:
            return []
        beyond = len(self._known_since) - self._most
        return [
            job_id
            for place, (job_id, since) in enumerate(self._known_since.items())
            if place < beyond or now - since >= self._keep_s
        ]

    def forgotten(self, job_id: str) -> None:
        """Its result is deleted."""
        self._known_since.pop(job_id, None)
