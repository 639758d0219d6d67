"""Phi accrual: -log10 of the chance that the heartbeat is only late. Akka's formula, and the paper's. Pure.

Sources: Hayashibara, Defago, Yared, Katayama, "The phi accrual failure detector" (SRDS 2004); Akka's and Pekko's
PhiAccrualFailureDetector as described by F1-F15. Both formulas are evaluated in log space, so that no silence
overflows or underflows (F14).
"""

from __future__ import annotations

import math

from runtime.protocol.detectors.detector import require_not_negative, require_positive
from runtime.protocol.detectors.window import Window

_LN10 = math.log(10.0)


def akka_phi(elapsed_s: float, mean_s: float, deviation_s: float) -> float:
    """Phi by Akka's logistic approximation of the normal distribution (F2).

    The published form has two branches, `e / (1 + e)` and `1 - 1 / (1 + e)` with `e = exp(-y(1.5976 + 0.070566 y^2))`;
    both are `1 / (1 + exp(x))` for the negated exponent `x`, whose logarithm needs no branch but the safe one.
    """
    y = (elapsed_s - mean_s) / deviation_s
    x = y * (1.5976 + 0.070566 * y * y)
    return (max(x, 0.0) + math.log1p(math.exp(-abs(x)))) / _LN10


def paper_phi(elapsed_s: float, mean_s: float, deviation_s: float) -> float:
    """Phi by the exact tail of the normal distribution, as in the paper."""
    z = (elapsed_s - mean_s) / deviation_s / math.sqrt(2.0)
    if z < 20.0:
        return max(0.0, -math.log10(0.5 * math.erfc(z)))
    # erfc underflows near z = 26.5; its asymptotic series is exact to 1e-10 long before that.
    inverse = 1.0 / (2.0 * z * z)
    series = 1.0 - inverse + 3.0 * inverse**2 - 15.0 * inverse**3
    return (z * z + math.log(2.0 * z * math.sqrt(math.pi)) - math.log(series)) / _LN10


class AkkaPhiAccrual:
    """Akka's phi accrual failure detector, exactly.

    Akka reads its clock in whole milliseconds; this takes the times as they come. For whole milliseconds both give the
    same phi, to 1e-9; between them Akka's is that of up to 1 ms less or more silence.

    Args:
        threshold: Phi from which the peer counts as unavailable, greater than 0; Akka: 10 for remote watch, 8 in a
            cluster.
        max_samples: Most intervals kept, at least 1; Akka: 200 and 1000.
        min_std_deviation_s: Floor of the deviation, greater than 0; Akka: 0.1.
        acceptable_pause_s: Silence that is forgiven on top of the mean, 0 or more; Akka: 10 and 3.
        first_heartbeat_estimate_s: What the interval probably is, greater than 0; seeds the history (F4).

    Raises:
        ValueError: If a setting is out of range (F12).
    """

    def __init__(
        self,
        threshold: float = 10.0,
        max_samples: int = 200,
        min_std_deviation_s: float = 0.1,
        acceptable_pause_s: float = 10.0,
        first_heartbeat_estimate_s: float = 1.0,
    ) -> None:
        require_positive(
            threshold=threshold,
            max_samples=max_samples,
            min_std_deviation_s=min_std_deviation_s,
            first_heartbeat_estimate_s=first_heartbeat_estimate_s,
        )
        require_not_negative(acceptable_pause_s=acceptable_pause_s)
        self._threshold = threshold
        self._window = Window(max_samples)
        self._floor_s = min_std_deviation_s
        self._pause_s = acceptable_pause_s
        self._estimate_s = first_heartbeat_estimate_s
        self._last: float | None = None

    @property
    def threshold(self) -> float:
        """Phi from which the peer counts as unavailable."""
        return self._threshold

    def heartbeat(self, now: float, number: int | None = None) -> None:
        """A heartbeat arrived. One that ends an unavailability is not put in the history (F6)."""
        if self._last is None:
            self._window.add(self._estimate_s - self._estimate_s / 4)
            self._window.add(self._estimate_s + self._estimate_s / 4)
        elif self.is_available(now):
            self._window.add(now - self._last)
        self._last = now

    def suspicion(self, now: float) -> float:
        """Phi; 0 before the first heartbeat (F3)."""
        if self._last is None:
            return 0.0
        deviation_s = max(self._window.deviation_s, self._floor_s)
        return akka_phi(now - self._last, self._window.mean_s + self._pause_s, deviation_s)

    def is_available(self, now: float) -> bool:
        """Whether phi is below the threshold (F3)."""
        return self.suspicion(now) < self._threshold


class PhiAccrual:
    """The phi accrual failure detector of the paper: exact normal tail, no pause.

    Every interval enters the history, also one that ends a suspicion. Until two were seen, the estimate stands in for
    them (the paper starts with a full window).

    Args:
        threshold: Phi from which the peer counts as unavailable, greater than 0.
        max_samples: Most intervals kept, at least 1; the paper: 1000.
        min_std_deviation_s: Floor of the deviation, greater than 0: a perfectly regular peer would have none.
        first_heartbeat_estimate_s: What the interval probably is, greater than 0.

    Raises:
        ValueError: If a setting is out of range.
    """

    def __init__(
        self,
        threshold: float = 8.0,
        max_samples: int = 1000,
        min_std_deviation_s: float = 0.01,
        first_heartbeat_estimate_s: float = 1.0,
    ) -> None:
        require_positive(
            threshold=threshold,
            max_samples=max_samples,
            min_std_deviation_s=min_std_deviation_s,
            first_heartbeat_estimate_s=first_heartbeat_estimate_s,
        )
        self._threshold = threshold
        self._window = Window(max_samples)
        self._floor_s = min_std_deviation_s
        self._estimate_s = first_heartbeat_estimate_s
        self._last: float | None = None

    @property
    def threshold(self) -> float:
        """Phi from which the peer counts as unavailable."""
        return self._threshold

    def heartbeat(self, now: float, number: int | None = None) -> None:
        """A heartbeat arrived."""
        if self._last is not None:
            self._window.add(now - self._last)
        self._last = now

    def suspicion(self, now: float) -> float:
        """Phi; 0 before the first heartbeat."""
        if self._last is None:
            return 0.0
        if len(self._window) < 2:
            return paper_phi(now - self._last, self._estimate_s, max(self._estimate_s / 4, self._floor_s))
        return paper_phi(now - self._last, self._window.mean_s, max(self._window.deviation_s, self._floor_s))

    def is_available(self, now: float) -> bool:
        """Whether phi is below the threshold."""
        return self.suspicion(now) < self._threshold
