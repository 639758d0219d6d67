"""What the people of the scenario `families` are told to do, drawn from the seed beside its faults. Pure.

An errand names people by numbers from 0 to 1: who that is, is found out when its time has come. Deliberately not here:
doing them (`kin`), and whom they reach (`house`).
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from actors.values import value
from runtime.sim.swarm import moments

NODES = ("n1", "n2", "n3")
BEGIN_S, END_S = 0.5, 22.0
PACE_S = 0.07
"""Mean time between two errands."""
WEIGHTS = {
    "work": 14,
    "burst": 8,
    "fail": 16,
    "nap": 5,
    "spawn": 8,
    "stop": 4,
    "stop-child": 5,
    "stop-stranger": 1,
    "pill": 3,
    "kill": 4,
    "graceful": 4,
    "watch": 14,
    "unwatch": 5,
    "conflict": 4,
    "shelve": 6,
    "unstash": 3,
    "become": 4,
    "unbecome": 2,
    "ask": 12,
    "ask-aside": 8,
    "say": 10,
    "timer": 8,
    "periodic": 3,
    "cancel": 3,
    "again": 5,
    "quiet": 4,
    "pipe": 6,
    "race": 8,
}
SERVICES_PACE_S = 0.12
SERVICES = {
    "forward": 8,
    "enlist": 14,
    "dismiss": 2,
    "route": 9,
    "subscribe": 8,
    "unsubscribe": 3,
    "publish": 8,
    "room": 14,
    "block": 5,
    "mark": 6,
    "identify": 7,
}
"""What others do for them, at a pace of its own."""


@value
class Errand:
    """One of them.

    Attributes:
        at_s: When, in seconds of the scenario.
        what: A key of `WEIGHTS` or `SERVICES`.
        node: Of the person that does it.
        person: Which, from 0 to 1 among those who live there.
        other_node: Of the one whom it is about.
        other: Which, likewise.
        amount: From 0 to 1, for how long or how much.
        place: From 0 to 1, for another choice.
    """

    at_s: float
    what: str
    node: str
    person: float
    other_node: str
    other: float
    amount: float
    place: float


def draw(chance: random.Random, often: Mapping[str, int] = WEIGHTS, mean_pace_s: float = PACE_S) -> list[Errand]:
    """All errands of a seed, in order; each seed does some things more often than others.

    Args:
        chance: A stream of its own.
        often: What there is to do, and how often.
        mean_pace_s: Mean time between two errands, in most seeds.
    """
    kinds = list(often)
    weights = [weight * chance.choice([0.3, 1.0, 1.0, 3.0]) for weight in often.values()]
    pace_s = mean_pace_s * chance.choice([1.0, 1.0, 2.0])
    errands = []
    for at_s in moments(chance, BEGIN_S, END_S, pace_s):
        node = chance.randrange(len(NODES))
        other = NODES[node] if chance.random() < 0.7 else chance.choice(NODES)
        what = chance.choices(kinds, weights)[0]
        numbers = [chance.random() for _ in range(4)]
        errands.append(Errand(at_s, what, NODES[node], numbers[0], other, numbers[1], numbers[2], numbers[3]))
    return errands
