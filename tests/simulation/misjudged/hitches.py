"""Mistakes of judges that seeds of `hitches` have shown, and how to have them back."""

from __future__ import annotations

from tests.simulation.pin import Pin

PINS = [
    Pin(
        "hitches",
        9119111,
        "a notary is killed when its filing has failed, and nobody asks that task why any more (an error of the run)",
        ("9.987 challenge@take.done leader c3 for=0.089 nth=1.0 after=0.0", "9.987 leave leader for=0.063"),
    ),
]
