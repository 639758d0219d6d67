"""The last heartbeat intervals with their mean and deviation. Pure.

For `phi`. Deliberately not here: what is suspicious about them.
"""

from __future__ import annotations

import math
from collections import deque

_NS = 1_000_000_000


class IntervalWindow:
    """A sliding window of intervals with running sums (F5).

    The sums are integers of nanoseconds: float sums drift, and their variance can turn negative (F14).

    Args:
        size: Most intervals kept, at least 1; the oldest is dropped.
    """

    __slots__ = ("_intervals", "_size", "_squares", "_sum")

    def __init__(self, size: int) -> None:
        self._size = size
        self._intervals: deque[int] = deque()
        self._sum = 0
        self._squares = 0

    def __len__(self) -> int:
        return len(self._intervals)

    def add(self, interval_s: float) -> None:
        """Add an interval in seconds."""
        interval = round(interval_s * _NS)
        if len(self._intervals) >= self._size:
            oldest = self._intervals.popleft()
            self._sum -= oldest
            self._squares -= oldest * oldest
        self._intervals.append(interval)
        self._sum += interval
        self._squares += interval * interval

    @property
    def mean_s(self) -> float:
        """Mean in seconds; the window must not be empty."""
        return self._sum / len(self._intervals) / _NS

    @property
    def deviation_s(self) -> float:
        """Population standard deviation in seconds; the window must not be empty."""
        count = len(self._intervals)
        return math.sqrt(self._squares * count - self._sum * self._sum) / count / _NS
