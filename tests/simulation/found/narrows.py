"""Defects of the product that seeds of `narrows` have shown, and how to have them back."""

from __future__ import annotations

from runtime.remote.upkeep import Upkeep
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin
from tests.simulation.unmended import watches

PINS = [
    Pin(
        "narrows",
        9942037,
        "a peer whose connection is full is forgotten before that is put to rest, and nobody looks after it any more",
        ("6.48 block n1 n2 for=2.24 mind=315.0", "8.879 clog n1 n2 for=0.099 lane=1.0 lost=1.0 mind=206.0"),
        (wrapped(Upkeep, "rest", watches.forgotten_though_full),),
        "D8",
    ),
]
