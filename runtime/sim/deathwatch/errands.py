"""What the people of the scenario `deathwatch` are told to do, drawn from the seed beside its faults. Pure.

Each node's people watch those of the two nodes that come next, and each other, so that every node is watched by two;
they talk to everybody. An errand names people by a number from 0 to 1: who that is, is found out when its time has
come. Some errands are races: somebody stops, and is unwatched at nearly the same moment.
Deliberately not here: doing them (`town`).
"""

from __future__ import annotations

import random

from actors.values import value
from runtime.sim.deathwatch.faults import NODES
from runtime.sim.swarm import moments

BEGIN_S, END_S = 0.5, 38.0
PACE_S = 0.55
"""Mean time between two errands."""
WEIGHTS = {"watch": 30, "nobody": 2, "unwatch": 8, "say": 26, "stop": 5, "spawn": 8, "fail": 4, "nap": 4, "race": 13}


@value
class Errand:
    """One of them.

    Attributes:
        at_s: When, in seconds of the scenario.
        what: A key of `WEIGHTS`.
        node: Of the person that does it.
        person: Which, from 0 to 1 among those who live there.
        other_node: Of the one whom it is about.
        other: Which, likewise; among the dead, too, if `of_all`.
        of_all: See there.
        amount: How many words, or for how long.
    """

    at_s: float
    what: str
    node: str
    person: float
    other_node: str
    other: float
    of_all: bool
    amount: float


def draw(chance: random.Random) -> list[Errand]:
    """All errands of a seed, in order."""
    errands = [_errand(chance, 0.1, "watch", node, step) for node in range(len(NODES)) for step in (1, 2)]
    kinds, weights = list(WEIGHTS), list(WEIGHTS.values())
    for at_s in moments(chance, BEGIN_S, END_S, PACE_S):
        what = chance.choices(kinds, weights)[0]
        step = chance.randrange(len(NODES)) if what == "say" else chance.choice([0, 1, 1, 1, 2, 2])
        errands.append(_errand(chance, at_s, what, chance.randrange(len(NODES)), step))
    return errands


def _errand(chance: random.Random, at_s: float, what: str, node: int, step: int) -> Errand:
    amount = round(chance.uniform(0.02, 0.6), 3) if what == "nap" else float(chance.choice([1, 1, 2, 5, 20]))
    other = NODES[(node + step) % len(NODES)]
    return Errand(at_s, what, NODES[node], chance.random(), other, chance.random(), chance.random() < 0.15, amount)
