"""The last values of something measured in seconds, with their mean and deviation, exactly. Pure.

`Window` is for `phi` and `exponential`, `MeanWindow` for `arrivals`, which needs no deviation. Deliberately not here:
what is suspicious about them.
"""

from __future__ import annotations

import math
from collections import deque

_SCALE_BITS = 64
_UNIT = 1 << _SCALE_BITS


class MeanWindow:
    """A sliding window of seconds with a running sum (F5).

    The sum is an integer of 2**-64 s. Sums of floats drift with each value that comes and goes. A float of 2 ms or more
    is a whole number of these units; a smaller one is cut to them, by less than 1e-19 s.

    Args:
        size: Most values kept, at least 1; the oldest is dropped.
    """

    __slots__ = ("_size", "_sum", "_values")

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: deque[int] = deque()
        self._sum: int = 0

    def __len__(self) -> int:
        return len(self._values)

    def add(self, seconds: float) -> None:
        """Add a value."""
        value, values = int(seconds * _UNIT), self._values
        if len(values) >= self._size:
            self._sum -= values.popleft()
        values.append(value)
        self._sum += value

    @property
    def mean_s(self) -> float:
        """Mean in seconds, correctly rounded; the window must not be empty."""
        return self._sum / (len(self._values) << _SCALE_BITS)


class Window(MeanWindow):
    """The same with the sum of squares; the variance of floats could cancel to less than nothing (F14)."""

    __slots__ = ("_squares",)

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._squares: int = 0

    def add(self, seconds: float) -> None:
        """Add a value."""
        value = int(seconds * _UNIT)
        if len(self._values) >= self._size:
            oldest = self._values.popleft()
            self._sum -= oldest
            self._squares -= oldest * oldest
        self._values.append(value)
        self._sum += value
        self._squares += value * value

    @property
    def deviation_s(self) -> float:
        """Population standard deviation in seconds; the window must not be empty."""
        count = len(self._values)
        # The difference is taken between integers; only its result is rounded.
        variance = (self._squares * count - self._sum * self._sum) / (count * count << 2 * _SCALE_BITS)
        return math.sqrt(variance)
