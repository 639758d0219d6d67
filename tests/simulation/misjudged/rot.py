"""Mistakes of judges that seeds of `rot` have shown, and how to have them back."""

from __future__ import annotations

from cluster.simulation.work_nemesis import WorkNemesis
from tests.simulation.pin import Pin

PINS = [
    Pin(
        "rot",
        8910081,
        "the nemesis takes bytes whose pointer is gone for a checkpoint that is left",
        (
            "2.546 rot leader for=0.057 state=1.0 how=0.0",
            "6.757 rot leader for=0.089 state=1.0 how=0.0",
            "7.02 rot leader for=0.072 state=1.0 how=1.0",
            "7.293 decay tm2 for=0.08 how=1.0",
        ),
        ((WorkNemesis, "_whole", lambda nemesis: nemesis._cluster.kept.whole(1)),),
        "I6",
    ),
]
