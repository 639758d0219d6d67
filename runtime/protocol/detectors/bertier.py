"""Bertier's detector: Chen's expected arrival, and a margin that follows the errors of the expectation. Pure.

Source: Bertier, Marin, Sens, "Implementation and performance evaluation of an adaptable failure detector" (DSN
2002); the margin is Jacobson's estimate for TCP's retransmission timer.
"""

from __future__ import annotations

from runtime.protocol.detectors.arrivals import Arrivals
from runtime.protocol.detectors.detector import require_positive
from runtime.protocol.detectors.lateness import Lateness


class Bertier(Lateness):
    """Suspect when the next heartbeat is later than expected by more than the errors of earlier expectations explain.

    It has no knob between speed and mistakes: fast, and often wrong.

    Args:
        interval_s: Heartbeat interval, greater than 0.
        max_samples: Arrivals over which the expectation is averaged, at least 1; the paper: 1000.
        gamma: Weight of the newest error, above 0 and at most 1; the paper: 0.1.
        beta: Weight of the mean error in the margin, greater than 0; the paper: 1.
        phi: Weight of the mean deviation in the margin, greater than 0; the paper: 4 (2 in some runs).
        min_margin_s: Floor of the margin, greater than 0: a perfectly regular peer would have none.

    Raises:
        ValueError: If a setting is out of range.
    """

    def __init__(
        self,
        interval_s: float = 1.0,
        max_samples: int = 1000,
        gamma: float = 0.1,
        beta: float = 1.0,
        phi: float = 4.0,
        min_margin_s: float = 0.001,
    ) -> None:
        require_positive(
            interval_s=interval_s, max_samples=max_samples, gamma=gamma, beta=beta, phi=phi, min_margin_s=min_margin_s
        )
        if gamma > 1:
            raise ValueError(f"gamma is {gamma}; it must not be greater than 1")
        super().__init__(Arrivals(interval_s, max_samples), min_margin_s)
        self._gamma = gamma
        self._beta = beta
        self._phi = phi
        self._floor_s = min_margin_s
        self._mean_error_s = 0.0
        self._deviation_s = interval_s / 8
        self._set_margin()

    def heartbeat(self, now: float, number: int | None = None) -> None:
        """A heartbeat arrived. One that was sent before another that has arrived says nothing new."""
        expected = self._expected
        if not self._arrivals.add(now, number):
            return
        if expected is not None:
            error_s = now - expected - self._mean_error_s
            self._mean_error_s += self._gamma * error_s
            self._deviation_s += self._gamma * (abs(error_s) - self._deviation_s)
        self._expected = self._arrivals.expected()
        self._set_margin()

    def _set_margin(self) -> None:
        self.margin_s = max(self._beta * self._mean_error_s + self._phi * self._deviation_s, self._floor_s)
