"""Chen's NFD-S with synchronised clocks, in two ways: as a detector for `replay`, and vectorised for long traces.

Its quality is known in closed form (`runtime.protocol.detectors.quality`), so the harness proves itself on it. Both
ways are written from the definition: at `tau_i = i * eta + delta` suspect, unless some beat `j >= i` has arrived.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from benchmarks.detection.simulation.trace import Times


class SynchronisedChen:
    """NFD-S as a detector, for a sender whose beat `i` leaves at `i * interval_s` on our own clock.

    Args:
        interval_s: The paper's eta.
        shift_s: The paper's delta.
    """

    def __init__(self, interval_s: float, shift_s: float) -> None:
        self._interval_s = interval_s
        self._shift_s = shift_s
        self._newest = -1

    @property
    def threshold(self) -> float:
        """1: the freshness point is reached."""
        return 1.0

    def heartbeat(self, now: float, number: int | None = None) -> None:
        """A heartbeat arrived; without a number it is the last that can have been sent."""
        sent = math.floor(now / self._interval_s) if number is None else number
        self._newest = max(self._newest, sent)

    def suspicion(self, now: float) -> float:
        """1 from the first freshness point on whose beats have not arrived, 0 before."""
        return 0.0 if now < (self._newest + 1) * self._interval_s + self._shift_s else 1.0

    def is_available(self, now: float) -> bool:
        """Whether that freshness point is not reached."""
        return self.suspicion(now) < 1.0


@dataclass(frozen=True, slots=True)
class Totals:
    """What a long run of NFD-S came to.

    Attributes:
        time_s: How long it was.
        mistakes: How often a live sender began to be suspected.
        wrong_s: For how long it was.
    """

    time_s: float
    mistakes: int
    wrong_s: float

    def __add__(self, other: Totals) -> Totals:
        return Totals(self.time_s + other.time_s, self.mistakes + other.mistakes, self.wrong_s + other.wrong_s)

    @property
    def recurrence_s(self) -> float:
        """E(T_MR)."""
        return self.time_s / self.mistakes if self.mistakes else math.inf

    @property
    def accuracy(self) -> float:
        """P_A."""
        return 1.0 - self.wrong_s / self.time_s


def totals(arrived: Times, interval_s: float, shift_s: float) -> Totals:
    """Judge the arrivals of beats 0, 1, 2 ...; infinite ones were lost. The first and the last few do not count."""
    count = len(arrived)
    edge = math.ceil(shift_s / interval_s) + 2
    # When the first of the beats i, i + 1, ... is there: from then on the sender is trusted as of freshness point i.
    fresh = np.minimum.accumulate(arrived[::-1])[::-1]
    points = np.arange(count) * interval_s + shift_s
    judged = slice(edge, count - edge)
    begin, trusted_at = points[judged], fresh[judged]
    wrong_s = np.clip(np.minimum(trusted_at - begin, interval_s), 0.0, None)
    was_trusted = fresh[edge - 1 : count - edge - 1] <= begin
    return Totals(len(begin) * interval_s, int(np.sum((trusted_at > begin) & was_trusted)), float(wrong_s.sum()))


def run(interval_s: float, shift_s: float, loss: float, mean_delay_s: float, beats: int, seed: int) -> Totals:
    """Simulate that many beats with exponential delays.

    Exactly `loss * beats` of them are lost, at random places: drawing their number as well would only add noise.
    """
    rng = np.random.default_rng(seed)
    total = Totals(0.0, 0, 0.0)
    left = beats
    while left > 0:
        count = min(left, 2_000_000)
        left -= count
        arrived = np.arange(count) * interval_s + rng.exponential(mean_delay_s, count)
        arrived[rng.choice(count, round(loss * count), replace=False, shuffle=False)] = np.inf
        total += totals(arrived, interval_s, shift_s)
    return total
