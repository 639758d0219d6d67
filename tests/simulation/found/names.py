"""Defects of the product that seeds of `names` have shown, and how to have them back."""

from __future__ import annotations

from runtime.remote.watcher import RemoteWatcher
from tests.simulation.pin import Pin
from tests.simulation.unmended import watches

PINS = [
    Pin(
        "names",
        10160017,
        "who watches an actor of another node by its name is told of the end of the node, and of no other death",
        ("9.811 loss n3 n5 for=3.224 loss=0.2 burst=0.0",),
        ((RemoteWatcher, "death_received", watches.told_of_the_uid),),
        "D5",
    ),
]
