"""Mistakes of judges that seeds of `junctures` have shown, and how to have them back."""

from __future__ import annotations

from cluster.simulation.election.leaving import Leaving
from tests.simulation import unmended
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin

PINS = [
    Pin(
        "junctures",
        8976014,
        "who was killed before it had left should have handed its office over all the same",
        ("10.496 leave leader for=0.052",),
        (wrapped(Leaving, "__init__", unmended.with_time_enough),),
        "I9",
    ),
]
