"""Chen's NFD-E: the expected arrival of the next heartbeat, and a constant margin. Pure.

Source: Chen, Toueg, Aguilera, "On the quality of service of failure detectors" (IEEE ToC 51(5), 2002), section 6.3.
"""

from __future__ import annotations

from collections import deque

from runtime.protocol.detectors.detector import require_positive


class Chen:
    """NFD-E: suspect when the next heartbeat is later than its expected arrival plus alpha.

    The paper numbers heartbeats by their sender. Here slots are counted by time: a gap of about k intervals is k slots,
    so a sender that paused, or a heartbeat that was lost, does not shift every later expectation.

    Args:
        interval_s: Heartbeat interval (the paper's eta), greater than 0.
        margin_s: The paper's alpha, greater than 0. Detection takes at most interval + margin + mean delay.
        max_samples: Arrivals over which the expectation is averaged, at least 1; the paper: 32.

    Raises:
        ValueError: If a setting is out of range.
    """

    def __init__(self, interval_s: float = 1.0, margin_s: float = 1.0, max_samples: int = 32) -> None:
        require_positive(interval_s=interval_s, margin_s=margin_s, max_samples=max_samples)
        self._interval_s = interval_s
        self._margin_s = margin_s
        self._offsets: deque[float] = deque(maxlen=max_samples)
        self._slot = 0
        self._last: float | None = None

    @property
    def threshold(self) -> float:
        """1: the margin is used up."""
        return 1.0

    @property
    def expected_arrival(self) -> float | None:
        """When the next heartbeat is expected (the paper's EA), `None` before the first."""
        if self._last is None:
            return None
        # Never earlier than the last arrival: a burst after a pause must not make the next one overdue already.
        average = sum(self._offsets) / len(self._offsets) + (self._slot + 1) * self._interval_s
        return max(average, self._last)

    def heartbeat(self, now: float) -> None:
        """A heartbeat arrived."""
        if self._last is not None:
            self._slot += max(1, round((now - self._last) / self._interval_s))
        self._last = now
        self._offsets.append(now - self._slot * self._interval_s)

    def suspicion(self, now: float) -> float:
        """Lateness in margins: 0 until the expected arrival, 1 at the freshness point."""
        expected = self.expected_arrival
        return 0.0 if expected is None else max(0.0, (now - expected) / self._margin_s)

    def is_available(self, now: float) -> bool:
        """Whether the freshness point is not reached."""
        return self.suspicion(now) < 1.0
