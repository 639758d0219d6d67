"""Mistakes of judges that seeds of `whims` have shown, and how to have them back."""

from __future__ import annotations

from cluster.simulation.election.house import House
from runtime.sim.loop import SimLoop
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
    Pin(
        "whims",
        10121012,
        "who was killed in the instant in which its questions failed was said not to have looked at that",
        (
            "10.289 exodus for=0.38 mind=459.0",
            "24.241 claim@part.applied c2 for=0.011 back=0.0 nth=1.0 after=0.005",
            "24.241 exodus for=0.104 mind=979.0",
        ),
        (wrapped(SimLoop, "default_exception_handler", elections.hears_the_dead),),
        "UnhandledErrors",
    ),
]
