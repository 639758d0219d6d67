"""Mistakes of judges that seeds of `comings` have shown, and how to have them back."""

from __future__ import annotations

from runtime.sim.deathwatch.truth import Truth
from tests.simulation.pin import Pin

PINS = [
    Pin(
        "comings",
        8811443,
        "the judge expects a refused dial to be believed where a connection of a host that vanished seems to stand",
        ("5.436 vanish n4 for=0.097", "10.086 throng n1 n4 for=5.097 mean=0.03 pace=0.52"),
        ((Truth, "has_vanished", lambda *_: False),),
        "D4",
    ),
]
