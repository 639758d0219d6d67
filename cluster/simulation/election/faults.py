"""What can go wrong in the scenario `election`, and how a seed draws it. Pure; performed by `nemesis`.

Durations are drawn around the time of a session: shorter than anything notices, shorter than it, about as long, longer.
Deliberately not here: doing any of it.
"""

from __future__ import annotations

import random

from runtime.sim import mishaps
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn, swarm

CANDIDATES = ("c1", "c2", "c3", "c4", "c5")
FOLLOWERS = ("f1", "f2")
MEMBERS = ("zk1", "zk2", "zk3")
LEADER = "leader"
"""A target that is looked for at the moment of the fault: who believes to lead, else who led last."""
FORMER = "former"
"""A target that is looked for likewise: who led before the present leader."""
HEAD = "head"
"""The leading member of the ensemble, likewise."""
CLIENTS = (LEADER, LEADER, LEADER, *CANDIDATES, *FOLLOWERS)
FIRST_S, LAST_S = 2.0, 34.0
DURATIONS_S = ((0.02, 0.4), (0.4, 2.0), (2.0, 5.0), (5.0, 13.0))
LONG_S = (9.0, 14.0)
LONG = ("stale", "blind")
"""What is of no interest unless it lasts."""


def _client(chance: random.Random) -> Drawn:
    return (chance.choice(CLIENTS),), ()


def _member(chance: random.Random) -> Drawn:
    return (chance.choice((HEAD, *MEMBERS)),), ()


def _nobody(chance: random.Random) -> Drawn:
    return (), ()


def _link(chance: random.Random) -> tuple[str, str]:
    one = chance.choice(CLIENTS if chance.random() < 0.8 else MEMBERS)
    return one, chance.choice([name for name in MEMBERS if name != one])


def _cut(chance: random.Random) -> Drawn:
    one, other = _link(chance)
    targets = (one, other) if chance.random() < 0.5 else (other, one)
    return targets, (("one_way", float(chance.random() < 0.4)),)


def _loss(chance: random.Random) -> Drawn:
    return _link(chance), mishaps.lossy(chance)


def _delay(chance: random.Random) -> Drawn:
    return _link(chance), mishaps.slow(chance)


def _clock(chance: random.Random) -> Drawn:
    offset, rate = round(chance.uniform(0, 1e6), 1), round(1 + chance.uniform(-0.004, 0.004), 5)
    return (chance.choice(CANDIDATES),), (("offset", offset), ("rate", rate))


KINDS: dict[str, Draw] = {
    "kill": _client,
    "vanish": _client,
    "freeze": _client,
    "stall": _client,
    "kill-member": _member,
    "freeze-member": _member,
    "cut": _cut,
    "isolate": _client,
    "loss": _loss,
    "delay": _delay,
    "slow-orders": _nobody,
    "clock": _clock,
    "lag": _member,
    "lose-answers": lambda chance: ((), (("count", float(chance.randint(1, 3))),)),
    "new-session": lambda chance: ((chance.choice(CLIENTS),), (("quietly", float(chance.random() < 0.5)),)),
    "challenge": lambda chance: ((LEADER, chance.choice(CANDIDATES)), (("deaf", float(chance.random() < 0.5)),)),
    "turmoil": lambda chance: ((LEADER,), (("quietly", float(chance.random() < 0.5)),)),
    "stale": lambda chance: ((chance.choice(MEMBERS),), ()),
    "blind": _nobody,
}


def draw(chance: random.Random, most: int = 14) -> list[Fault]:
    """A schedule.

    Args:
        chance: A stream of its own.
        most: Faults.
    """

    def lasts_s(kind: str) -> tuple[float, float]:
        return LONG_S if kind in LONG else chance.choice(DURATIONS_S)

    return swarm(chance, KINDS, most=most, between_s=(FIRST_S, LAST_S), lasts_s=lasts_s)
