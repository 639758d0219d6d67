"""Defects of the product that seeds of `strangers` have shown, and how to have them back."""

from __future__ import annotations

from runtime.remote.answers import Answers
from runtime.remote.upkeep import Upkeep
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin
from tests.simulation.unmended import watches

PINS = [
    Pin(
        "strangers",
        4700121,
        "a refused dial is death for who answers datagrams, since a watch on its way there has no answer",
        (
            "5.131 firewall n1 n3 for=0.051",
            "6.217 firewall n3 n1 for=0.051",
            "9.996 firewall n2 n4 for=8.853",
            "13.951 firewall n1 n2 for=0.059",
        ),
        (wrapped(Answers, "look", watches.known_only_now),),
        "D7",
    ),
    Pin(
        "strangers",
        774,
        "a sweep in the moment of a look begins anew, and a connection that was forgotten is never given up",
        ("6.0 amnesia n1 n5 for=0.01", "6.0 amnesia n3 n4 for=0.01"),
        ((Upkeep, "renew", Upkeep._look),),
        "D5",
    ),
    Pin(
        "strangers",
        14,
        "a death waits for words on a connection that was forgotten, until the kernel gives it up",
        ("6.0 amnesia n1 n4 for=0.01",),
        ((Upkeep, "renew", lambda _: None),),
        "D5",
    ),
]
