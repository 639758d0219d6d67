"""Mistakes of judges that seeds of `handovers` have shown, and how to have them back."""

from __future__ import annotations

from cluster.simulation.election.rules import Rules
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin
from tests.simulation.unmended import elections

PINS = [
    Pin(
        "handovers",
        8971004,
        "who was deposed by somebody that does not stand may not go on in the belief that it leads, as others may",
        ("8.688 usurp leader for=4.825 after=0.13", "12.001 claim f2 for=0.097 back=0.0"),
        (wrapped(Rules, "_is_deposed", elections.deposed_by_heirs_alone),),
        "I1b",
    ),
]
