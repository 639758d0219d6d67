"""A fixed timeout: the baseline, and Akka's deadline detector. Pure.

Deliberately not here: statistics; `phi` and `chen` learn from the arrivals.
"""

from __future__ import annotations

from runtime.protocol.detectors.detector import require_positive


class FixedTimeout:
    """Suspect after a silence of fixed length; no statistics; available before the first heartbeat (F13).

    Akka counterpart: DeadlineFailureDetector, with `timeout_s` = heartbeat interval + acceptable pause.

    Args:
        timeout_s: The silence, greater than 0.

    Raises:
        ValueError: If it is not greater than 0.
    """

    def __init__(self, timeout_s: float) -> None:
        require_positive(timeout_s=timeout_s)
        self._timeout_s = timeout_s
        self._last: float | None = None

    @property
    def threshold(self) -> float:
        """1: the whole timeout is used up."""
        return 1.0

    def heartbeat(self, now: float, number: int | None = None) -> None:
        """A heartbeat arrived."""
        self._last = now

    def suspicion(self, now: float) -> float:
        """The used part of the timeout: 1 when it is over."""
        return 0.0 if self._last is None else max(0.0, (now - self._last) / self._timeout_s)

    def is_available(self, now: float) -> bool:
        """Whether the timeout is not over."""
        return self.suspicion(now) < 1.0
