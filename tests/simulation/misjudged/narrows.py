"""Mistakes of judges that seeds of `narrows` have shown, and how to have them back."""

from __future__ import annotations

from runtime.sim.deathwatch.excuses import Excuses
from tests.simulation.pin import Pin

PINS = [
    Pin(
        "narrows",
        9532326,
        "the judge expects a last dial to save whoever stands still just then, though its connection was forgotten",
        (
            "3.992 leave n2 for=0.083",
            "10.553 clog n2 n4 for=0.082 lane=0.0 lost=0.0 mind=310.0",
            "16.366 block n3 n4 for=0.955 mind=666.0",
        ),
        ((Excuses, "_was_dialled_in_vain", lambda *_: False),),
        "D7",
    ),
]
