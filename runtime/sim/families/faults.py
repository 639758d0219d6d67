"""What can go wrong between three nodes, and how a seed of the scenario `families` draws it. Pure.

Less than in `deathwatch`, and shorter: most seeds play most of what happens within nodes that live. Deliberately not
here: doing any of it.
"""

from __future__ import annotations

import random

from runtime.sim import mishaps
from runtime.sim.families.errands import NODES
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn, swarm

FIRST_S, LAST_S = 2.0, 19.0
DURATIONS_S = ((0.02, 0.3), (0.3, 1.1), (1.1, 4.0))


def _node(chance: random.Random) -> Drawn:
    return (chance.choice(NODES),), ()


def _link(chance: random.Random) -> tuple[str, str]:
    one, other = chance.sample(NODES, 2)
    return one, other


KINDS: dict[str, Draw] = {
    "kill": _node,
    "leave": _node,
    "freeze": _node,
    "stall": _node,
    "cut": lambda chance: (_link(chance), (("one_way", float(chance.random() < 0.4)),)),
    "reset": lambda chance: (_link(chance), (("cut", float(chance.random() < 0.6)),)),
    "loss": lambda chance: (_link(chance), mishaps.lossy(chance)),
    "delay": lambda chance: (_link(chance), mishaps.slow(chance)),
}


def draw(chance: random.Random, most: int = 6) -> list[Fault]:
    """A schedule.

    Args:
        chance: A stream of its own.
        most: Faults.
    """
    return swarm(chance, KINDS, most=most, between_s=(FIRST_S, LAST_S), lasts_s=lambda _: chance.choice(DURATIONS_S))
