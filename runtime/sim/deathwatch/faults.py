"""What can go wrong between five nodes, and how a seed draws it. Pure; performed by `runtime.sim.deathwatch.nemesis`.

Swarm testing: each seed enables some kinds only. Durations are drawn around the margins: what nobody may feel, what is
about as long as a detector's patience, and what is longer than everything. Deliberately not here: doing any of it.
"""

from __future__ import annotations

import random

from runtime.sim import mishaps
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn, swarm

NODES = ("n1", "n2", "n3", "n4", "n5")
FIRST_S, LAST_S = 2.0, 34.0
DURATIONS_S = ((0.02, 0.3), (0.3, 1.1), (1.1, 4.0), (4.0, 10.0))
DOZES_S = (2.2, 3.6)


def node(chance: random.Random) -> Drawn:
    """Any node."""
    return (chance.choice(NODES),), ()


def two_and_a_mind(chance: random.Random) -> Drawn:
    """Any two nodes, and a number from which what their people do is drawn."""
    return tuple(chance.sample(NODES, 2)), (("mind", float(chance.randrange(1000))),)


def _kill(chance: random.Random) -> Drawn:
    return (chance.choice(NODES),), (("linger", chance.choice([0.0, 0.0, 0.02])),)


def _link(chance: random.Random) -> tuple[str, str]:
    """Mostly of those who watch each other: each watches the two that come next."""
    one = chance.randrange(len(NODES))
    other = (one + chance.choice([1, 1, 2, 2, 3, 4])) % len(NODES)
    return NODES[one], NODES[other]


def _reset(chance: random.Random) -> Drawn:
    return _link(chance), (("cut", float(chance.random() < 0.6)),)


def _doze(chance: random.Random) -> Drawn:
    """A cut that is nearly long enough, and whoever suffers it stands still when it is over."""
    return _link(chance), (("stall", round(chance.uniform(0.3, 0.74), 3)),)


def _cut(chance: random.Random) -> Drawn:
    one, other = _link(chance)
    targets = (one, other) if chance.random() < 0.5 else (other, one)
    return targets, (("one_way", float(chance.random() < 0.4)),)


def _loss(chance: random.Random) -> Drawn:
    return _link(chance), mishaps.lossy(chance)


def _delay(chance: random.Random) -> Drawn:
    return _link(chance), mishaps.slow(chance)


def _datagrams(chance: random.Random) -> Drawn:
    return _link(chance), (("repeated", chance.choice([0.1, 0.5])), ("spread", chance.choice([0.01, 0.3])))


def _clock(chance: random.Random) -> Drawn:
    offset, rate = round(chance.uniform(0, 1e6), 1), round(1 + chance.uniform(-0.005, 0.005), 5)
    return (chance.choice(NODES),), (("offset", offset), ("rate", rate))


KINDS: dict[str, Draw] = {
    "kill": _kill,
    "leave": node,
    "vanish": node,
    "freeze": node,
    "stall": node,
    "cut": _cut,
    "isolate": node,
    "reset": _reset,
    "doze": _doze,
    "loss": _loss,
    "delay": _delay,
    "datagrams": _datagrams,
    "no-datagrams": lambda chance: ((), ()),
    "clock": _clock,
}


def draw(chance: random.Random, most: int = 14) -> list[Fault]:
    """A schedule.

    Args:
        chance: A stream of its own.
        most: Faults.
    """

    def lasts_s(kind: str) -> tuple[float, float]:
        return DOZES_S if kind == "doze" else chance.choice(DURATIONS_S)

    return swarm(chance, KINDS, most=most, between_s=(FIRST_S, LAST_S), lasts_s=lasts_s)
