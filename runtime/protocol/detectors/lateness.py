"""`Lateness`: what the detectors have in common that expect each heartbeat at a time, and allow it a margin. Pure.

Deliberately not here: when a heartbeat is expected (`arrivals`), and how long the margin is.
"""

from __future__ import annotations

from runtime.protocol.detectors.arrivals import Arrivals


class Lateness:
    """Suspect when the next heartbeat is later than its expected arrival plus a margin.

    Args:
        arrivals: What has arrived, and when the next is expected.
        margin_s: The margin, greater than 0.

    Attributes:
        margin_s: The present margin in seconds.
    """

    def __init__(self, arrivals: Arrivals, margin_s: float) -> None:
        self.margin_s = margin_s
        self._arrivals = arrivals
        self._expected: float | None = None

    @property
    def threshold(self) -> float:
        """1: the margin is used up."""
        return 1.0

    @property
    def expected_arrival(self) -> float | None:
        """When the next heartbeat is expected (in Chen's paper: EA), `None` before the first."""
        return self._expected

    def heartbeat(self, now: float, number: int | None = None) -> None:
        """A heartbeat arrived. One that was sent before another that has arrived says nothing new."""
        if self._arrivals.add(now, number):
            self._expected = self._arrivals.expected()

    def suspicion(self, now: float) -> float:
        """Lateness in margins: 0 until the expected arrival, 1 when the margin is used up (Chen's freshness point)."""
        return 0.0 if self._expected is None else max(0.0, (now - self._expected) / self.margin_s)

    def is_available(self, now: float) -> bool:
        """Whether the margin is not used up."""
        return self.suspicion(now) < 1.0
