"""Mistakes of judges, and of the simulated world, that seeds of `election` have shown, and how to have them back."""

from __future__ import annotations

from runtime.sim.connection import SimConnection
from tests.simulation.pin import Pin
from tests.simulation.unmended import watches

PINS = [
    Pin(
        "election",
        8970025,
        "who has ended its own connection hears of it in nobody's name, and its alarm goes by another clock",
        (
            "0.0 clock c1 for=0.069 offset=896024.5 rate=1.00318",
            "6.94 stale zk1 for=2.881",
            "10.569 kill-member zk2 for=1.357",
            "15.354 isolate leader for=3.866",
        ),
        ((SimConnection, "end", watches.told_in_nobodys_name),),
        "I14",
    ),
]
