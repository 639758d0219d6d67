"""Defects of the product that seeds of `election` have shown, and how to have them back."""

from __future__ import annotations

from cluster.election.zookeeper.sight import LeaderWatch
from cluster.simulation.election.faults import CANDIDATES
from cluster.simulation.election.nemesis import Nemesis
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin
from tests.simulation.unmended import elections, watches

PINS = [
    Pin(
        "election",
        20045,
        "the nemesis kills one that has been succeeded, and has its heir accused, which lives",
        ("28.825 stall leader for=4.853", "31.35 turmoil leader for=1.0 quietly=0.0"),
        (
            wrapped(Nemesis, "ended", elections.accused_in_its_place),
            watches.unnoted("new-session", len(CANDIDATES)),  # which excuses it, too
        ),
        "I9",
    ),
    Pin(
        "election",
        20304,
        "followers come to a member of the ensemble that is behind, and trust the leader that it knows",
        ("12.764 blind for=12.727", "21.215 stale zk2 for=11.421"),
        ((LeaderWatch, "connected", elections.trusts_who_is_behind),),
        "I10 I14",
    ),
    Pin(
        "election",
        20949,
        "in a turmoil one that has been succeeded is spared, and who leads loses its session without a word of it",
        (
            "16.304 turmoil leader for=0.245 quietly=0.0",
            "16.371 stale zk3 for=0.081",
            "16.544 turmoil leader for=0.093 quietly=0.0",
        ),
        (watches.unnoted("new-session", len(CANDIDATES)),),
        "I9",
    ),
]
