"""Mistakes of judges that seeds of `ticks` have shown, and how to have them back."""

from __future__ import annotations

from cluster.simulation import slot
from tests.simulation.pin import Pin

PINS = [
    Pin(
        "ticks",
        8900016,
        "a simulated slot whose look at its lease came early looks no more",
        None,
        ((slot, "EARLY_S", 0.0),),
        "I7",
    ),
]
