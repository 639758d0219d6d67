"""How long a detector takes to notice, for tests."""

from __future__ import annotations

from runtime.protocol.detectors import (
    FailureDetector,
)


def silence_until_unavailable(detector: FailureDetector, start: float) -> float:
    low, high = 0.0, 1000.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if detector.is_available(start + middle) else (low, middle)
    return high
