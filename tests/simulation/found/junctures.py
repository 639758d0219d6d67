"""Defects of the product that seeds of `junctures` have shown, and how to have them back."""

from __future__ import annotations

from cluster.model.tenure import Tenure
from cluster.simulation.polls import Polls
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin
from tests.simulation.unmended import elections

PINS = [
    Pin(
        "junctures",
        9116021,
        "who has stood still wins just before its session is over, and takes it that it has pinged all the time",
        (
            "1.733 leave leader for=0.008",
            "13.081 stall@take.applied c5 for=3.326 nth=1.0 after=0.0",
            "13.081 kill leader for=0.004",
            "18.812 break leader for=0.073",
        ),
        (wrapped(Tenure, "prove", elections.pinged_all_the_time),),
        "I14",
    ),
    Pin(
        "junctures",
        9220007,
        "a member that stood still was not asked whom it had heard, and told of a later decision before it was again",
        (
            "2.473 orphan@probe.heard who peer for=0.77 frozen=0.0 stalled=1.0 nth=3.0 after=0.005",
            "2.473 orphan@probe.applied who peer for=2.356 frozen=0.0 stalled=0.0 nth=1.0 after=0.0",
            "2.473 lose-answers@show.arrived for=1.066 count=1.0 nth=2.0 after=-1.0",
            "10.176 orphan@probe.heard who peer for=1.075 frozen=1.0 stalled=0.0 nth=6.0 after=0.0",
            "16.748 kill leader for=1.362",
            "23.042 orphan@probe.answered who peer for=2.157 frozen=1.0 stalled=1.0 nth=3.0 after=0.002",
        ),
        ((Polls, "_arrive", elections.not_asked_while_still),),
        "I14",
    ),
]
