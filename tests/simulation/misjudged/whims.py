"""Mistakes of judges that seeds of `whims` have shown, and how to have them back."""

from __future__ import annotations

from cluster.simulation.election.house import House
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin
from tests.simulation.unmended import elections

PINS = [
    Pin(
        "whims",
        9813004,
        "who died before it was shown as the leader was to be succeeded at once, though nobody knew that it led",
        ("1.665 kill leader for=2.557",),
        (wrapped(House, "is_gone", elections.known_to_lead),),
        "I9",
    ),
]
