"""What every failure detector offers, and the check of its settings. Pure.

Deliberately not here: any detector.
"""

from __future__ import annotations

import math
from typing import Protocol


class FailureDetector(Protocol):
    """Judges one peer by the arrival times of its heartbeats. All times are monotonic seconds, used for differences."""

    @property
    def threshold(self) -> float:
        """The suspicion from which the peer counts as unavailable; its unit is the detector's own."""
        ...

    def heartbeat(self, now: float, number: int | None = None) -> None:
        """A heartbeat arrived at `now`.

        Args:
            now: When; with the kernel's time stamp if there is one.
            number: Which one it was in the order of sending, if they are numbered. Only detectors that expect arrivals
                make use of it.
        """

    def suspicion(self, now: float) -> float:
        """How suspicious the silence at `now` is, 0 or more, never falling while it lasts; 0 before any heartbeat."""
        ...

    def is_available(self, now: float) -> bool:
        """Whether the suspicion at `now` is below the threshold."""
        ...


def require_positive(**settings: float) -> None:
    """Refuse settings that are not greater than zero (F12).

    Raises:
        ValueError: Naming the first that is not.
    """
    for name, value in settings.items():
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{name} is {value}; it must be greater than 0")


def require_not_negative(**settings: float) -> None:
    """Refuse settings below zero (F12).

    Raises:
        ValueError: Naming the first that is.
    """
    for name, value in settings.items():
        if not (value >= 0 and math.isfinite(value)):
            raise ValueError(f"{name} is {value}; it must not be negative")
