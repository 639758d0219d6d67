"""Mistakes of judges that seeds of `junctures` have shown, and how to have them back."""

from __future__ import annotations

from cluster.simulation.election.candidate import Candidate
from cluster.simulation.election.layers import Layers
from cluster.simulation.election.leaving import Leaving
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin
from tests.simulation.unmended import elections

PINS = [
    Pin(
        "junctures",
        8976014,
        "who was killed before it had left should have handed its office over all the same",
        ("10.496 leave leader for=0.052",),
        (wrapped(Leaving, "__init__", elections.with_time_enough),),
        "I9",
    ),
    Pin(
        "junctures",
        9210044,
        "what somebody had not seen before it lost its connection was due as soon as it had one again",
        (
            "16.099 freeze-member@watch.answered zk2 for=0.818 nth=1.0 after=0.001 first=7.0",
            "16.099 freeze-member@watch.answered peer for=0.14 nth=1.0 after=0.0002 behind=7.0",
            "16.099 isolate leader for=2.995",
            "22.779 freeze-member@watch.answered zk3 for=2.693 nth=3.0 after=0.0002",
            "22.779 freeze-member@watch.answered zk1 for=3.136 nth=6.0 after=0.002",
            "22.779 break leader for=0.065",
        ),
        ((Layers, "_looks_anew", lambda *_: None),),
        "I14",
    ),
    Pin(
        "junctures",
        9231107,
        "who had a connection, and saw who leads, between two looks only was said to have had none for too long",
        (
            "15.801 orphan@place.heard who peer for=0.051 frozen=0.0 stalled=0.0 nth=6.0 after=0.001",
            "15.801 orphan@place.heard who peer for=3.384 frozen=1.0 stalled=0.0 nth=1.0 after=0.0",
            "15.801 orphan@place.heard who peer for=0.092 frozen=0.0 stalled=1.0 nth=1.0 after=0.005",
            "15.801 kill leader for=2.335",
            "21.063 orphan@place.heard who peer for=1.349 frozen=0.0 stalled=0.0 nth=1.0 after=0.0",
        ),
        (wrapped(Layers, "reconnected", elections.blind_between_looks),),
        "I14",
    ),
    Pin(
        "junctures",
        9300049,
        "a candidate that had left, and stood still before it was gone, stood again with a closed driver",
        (
            "2.765 exodus for=0.073 mind=109.0",
            "9.024 delay@give-back.applied who peer for=0.091 mean=0.02 nth=1.0 after=0.001 behind=4.0",
            "9.024 new-session leader for=0.093 quietly=0.0",
            "16.709 delay@give-back.applied who peer for=0.079 mean=0.2 nth=1.0 after=0.0 first=7.0",
            "16.709 freeze@watch.heard c1 for=1.079 nth=3.0 after=0.0 behind=7.0",
            "22.108 leave leader for=1.603",
            "27.454 freeze@watch.heard c1 for=0.051 nth=3.0 after=0.0",
            "27.454 freeze@watch.heard f2 for=3.248 nth=1.0 after=0.0",
            "27.454 delay@give-back.applied who peer for=2.188 mean=0.02 nth=6.0 after=0.0002",
            "27.454 exodus for=0.029 mind=155.0",
            "32.882 freeze@watch.heard c1 for=1.122 nth=1.0 after=0.0",
        ),
        ((Candidate, "_rest", elections.stands_whether_or_not_it_left),),
        "UnhandledErrors",
    ),
]
