"""Defects of the product that seeds of `fleets` have shown, and how to have them back."""

from __future__ import annotations

from cluster.providers.fleet import Fleet
from tests.simulation.pin import Pin


def _minds_them_still(fleet: Fleet, epoch: int) -> None:
    """Those that a former leader has started stay its own."""
    fleet._stands_down = fleet._stands_down or epoch == fleet._epoch


PINS = [
    Pin(
        "fleets",
        9001068,
        "the provider of a former leader ends a TaskManager that has not registered with it, but with the next leader",
        None,
        ((Fleet, "stand_down", _minds_them_still),),
        "I18",
    ),
]
