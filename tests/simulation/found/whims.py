"""Defects of the product that seeds of `whims` have shown, and how to have them back."""

from __future__ import annotations

from cluster.election.zookeeper import sight
from cluster.election.zookeeper.steps import OfficeSteps
from tests.simulation.pin import Pin
from tests.simulation.unmended.elections import freed_though_shown_meanwhile

NEVER_AGAIN = ((sight, "AGAIN_S", 1e9),)
PINS = [
    Pin(
        "whims",
        9510000,
        "who could not read who is shown, though it had a connection, did not look again until it had another",
        (
            "8.0 deny@get-info.arrived for=0.5 count=4.0 rights=0.0 nth=1.0 after=-1.0",
            "8.0 kill leader for=0.5",
        ),
        NEVER_AGAIN,
        "I14",
    ),
    Pin(
        "whims",
        9900056,
        "who is deposed for certain, and shown just then, stayed shown: it was not a moment before",
        ("1.83 claim f1 for=0.052 back=0.0",),
        ((OfficeSteps, "_free", freed_though_shown_meanwhile),),
        "I3",
    ),
]
