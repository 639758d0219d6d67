"""Cassandra's accrual detector: phi of an exponential distribution, which is the silence in mean intervals. Pure.

As its documentation describes it. Deliberately not here: that Cassandra convicts nobody right after a pause of its own,
which is the guard of `runtime.protocol.verdict` for every detector.
"""

from __future__ import annotations

import math

from runtime.protocol.detectors.detector import require_positive
from runtime.protocol.detectors.window import Window

_PHI_FACTOR = 1.0 / math.log(10.0)


class ExponentialAccrual:
    """Suspicion is `silence / mean interval / ln 10`: threshold 8 is 18.4 mean intervals.

    Args:
        threshold: From which the peer counts as unavailable, greater than 0; Cassandra: 8.
        max_samples: Most intervals kept, at least 1; Cassandra: 1000.
        first_heartbeat_estimate_s: What the interval probably is, greater than 0; stands in until one was seen.

    Raises:
        ValueError: If a setting is out of range.
    """

    def __init__(
        self, threshold: float = 8.0, max_samples: int = 1000, first_heartbeat_estimate_s: float = 1.0
    ) -> None:
        require_positive(
            threshold=threshold, max_samples=max_samples, first_heartbeat_estimate_s=first_heartbeat_estimate_s
        )
        self._threshold = threshold
        self._window = Window(max_samples)
        self._mean_s = first_heartbeat_estimate_s
        self._last: float | None = None

    @property
    def threshold(self) -> float:
        """The suspicion from which the peer counts as unavailable."""
        return self._threshold

    def heartbeat(self, now: float, number: int | None = None) -> None:
        """A heartbeat arrived; two at the same time count as one."""
        if self._last is not None and now > self._last:
            self._window.add(now - self._last)
            self._mean_s = self._window.mean_s
        self._last = now if self._last is None else max(self._last, now)

    def suspicion(self, now: float) -> float:
        """The silence in mean intervals, as phi; 0 before the first heartbeat."""
        return 0.0 if self._last is None else max(0.0, now - self._last) / self._mean_s * _PHI_FACTOR

    def is_available(self, now: float) -> bool:
        """Whether the suspicion is below the threshold."""
        return self.suspicion(now) < self._threshold
