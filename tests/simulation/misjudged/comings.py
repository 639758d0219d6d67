"""Mistakes of judges that seeds of `comings` have shown, and how to have them back."""

from __future__ import annotations

from typing import Any

from runtime.sim.deathwatch.comings import Comings
from runtime.sim.deathwatch.truth import Truth
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin


def _ever_said(original: Any, nemesis: Comings, me: Any, other: Any, *_: int) -> None:
    """The judge counts all words that were said and heard since the two have lived."""
    original(nemesis, me, other, 0, 0)


PINS = [
    Pin(
        "comings",
        8811091,
        "the judge takes a word that was lost long ago for one that was said by who has left",
        (
            "5.553 haste n1 n4 for=1.86 mean=0.1 lives=3.0 mind=295.0",
            "22.836 part n4 for=0.093 mind=862.0",
        ),
        (wrapped(Comings, "_heard", _ever_said),),
        "",
    ),
    Pin(
        "comings",
        8811443,
        "the judge expects a refused dial to be believed where a connection of a host that vanished seems to stand",
        ("5.436 vanish n4 for=0.097", "10.086 throng n1 n4 for=5.097 mean=0.03 pace=0.52"),
        ((Truth, "has_vanished", lambda *_: False),),
        "D4",
    ),
]
