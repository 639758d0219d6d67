"""What always holds of a `Latch`, for tests and simulations. Pure.

Deliberately not here: what holds of several of them, which is for whoever sees them all.
"""

from __future__ import annotations

from typing import Any

from cluster.model.latch import Latch
from cluster.model.latch_effects import Place


def check(latch: Latch) -> None:
    """Raises `AssertionError` if it contradicts itself."""
    given_up: Any = latch._given_up
    if (latch.place is Place.HOLDING) != (latch.tenure is not None):
        raise AssertionError(f"{latch.place} with tenure {latch.tenure}")
    if latch.place in (Place.HOLDING, Place.TAKING, Place.QUEUED) and not latch.name:
        raise AssertionError(f"{latch.place} without a node")
    if latch.name in given_up:
        raise AssertionError("a node that was given up is used")
    if latch.connected and latch.tenure is not None and not latch.session:
        raise AssertionError("an office without a session")
    if (latch.place is Place.OUT) == latch.is_candidate:
        raise AssertionError(f"{latch.place}, wanted: {latch.is_candidate}")
