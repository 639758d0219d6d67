"""Mistakes of judges that seeds of `lapses` have shown, and how to have them back."""

from __future__ import annotations

from cluster.simulation.kept import Kept
from tests.simulation.pin import Pin

PINS = [
    Pin(
        "lapses",
        9825009,
        "whoever reads slowly finds the oldest checkpoint back, and not the newest, and is to go on from that",
        None,
        ((Kept, "hidden", lambda *_: None),),
        "I6",
    ),
]
