"""How long the steps of failovers took: durations of one, and histograms over all that this leader has seen end. Pure.

Shell: the TimelineKeeper tells of each failover that is over; `/metrics` shows the histograms. Deliberately not here:
the timeline itself (`cluster.model.timeline`).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from cluster.model.timeline import FailoverRecord

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds of the buckets; there is one more without a bound."""

_STEPS = {
    "detection": ("suspected_at", "convicted_at"),
    "election": ("convicted_at", "elected_at"),
    "confirmation": ("elected_at", "confirmed_at"),
    "recovery": ("elected_at", "recovered_at"),
    "registration": ("confirmed_at", "task_managers_at"),
}


def first_sign(record: FailoverRecord) -> float | None:
    """When the first sign of the death was seen, or the first thing that is known."""
    for at in (record.suspected_at, record.convicted_at, record.elected_at):
        if at is not None:
            return at
    return None


def is_over(record: FailoverRecord) -> bool:
    """Whether nothing more will happen to a record: all runs again, or nothing ran that would."""
    if record.waiting:
        return False
    return record.running_at is not None or record.kind != "leader" or record.confirmed_at is not None


def step_times(record: FailoverRecord) -> dict[str, float]:
    """Seconds of each step whose beginning and end are known, and `total`; clocks that were set back count as 0.

    `confirmation` and `recovery` go on side by side. `restart` begins when the last TaskManager has come and the jobs
    are read back, or with the verdict.
    """
    times = {}
    for step, (begin, end) in _STEPS.items():
        since, until = getattr(record, begin), getattr(record, end)
        if since is not None and until is not None:
            times[step] = max(0.0, until - since)
    before = (record.convicted_at, record.confirmed_at, record.recovered_at, record.task_managers_at)
    began = [at for at in before if at is not None]
    if record.running_at is not None and began:
        times["restart"] = max(0.0, record.running_at - max(began))
    since, until = first_sign(record), record.running_at or record.confirmed_at
    if since is not None and until is not None:
        times["total"] = max(0.0, until - since)
    return times


@dataclass(slots=True)
class Histogram:
    """Counts of durations, by bucket.

    Attributes:
        bounds_s: Upper bounds, rising.
        counts: One for each bound and one for what is longer; not cumulative.
        total_s: Sum of all durations.
    """

    bounds_s: tuple[float, ...] = BOUNDS_S
    counts: list[int] = field(default_factory=list)
    total_s: float = 0.0

    def __post_init__(self) -> None:
        self.counts = self.counts or [0] * (len(self.bounds_s) + 1)

    def add(self, seconds: float) -> None:
        """Count one; what is exactly a bound is in its bucket."""
        self.counts[bisect_left(self.bounds_s, seconds)] += 1
        self.total_s += seconds

    def cumulative(self) -> list[tuple[str, int]]:
        """Text of each bound, `+Inf` the last, and how many were not longer: as Prometheus wants it."""
        found, count = [], 0
        for bound, number in zip((*map(str, self.bounds_s), "+Inf"), self.counts, strict=True):
            count += number
            found.append((bound, count))
        return found


@dataclass(slots=True)
class FailoverTimes:
    """Histograms by kind of failover and step."""

    by_step: dict[tuple[str, str], Histogram] = field(default_factory=dict)

    def add(self, record: FailoverRecord) -> None:
        """Count a failover that is over."""
        for step, seconds in step_times(record).items():
            self.by_step.setdefault((record.kind, step), Histogram()).add(seconds)
