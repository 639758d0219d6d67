"""What can go wrong in the scenario `embedded`, and how a seed draws it. Pure; performed by `nemesis`.

Durations are drawn around the time of a lease. Deliberately not here: doing any of it.
"""

from __future__ import annotations

import random

from cluster.simulation.election.faults import FOLLOWERS, LEADER
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn, swarm

CANDIDATES = ("c1", "c2", "c3", "c4")
WHO = (LEADER, LEADER, *CANDIDATES, *FOLLOWERS)
LEASE_S = 2.0
FIRST_S, LAST_S = 2.0, 34.0
DURATIONS_S = ((0.02, 0.4), (0.4, 1.6), (1.6, 2.6), (2.6, 12.0))
BOOT_S = (0.5, 3.0)


def _process(chance: random.Random) -> Drawn:
    return (chance.choice(WHO),), ()


def _nobody(chance: random.Random) -> Drawn:
    return (), ()


def _slow(chance: random.Random) -> Drawn:
    return (chance.choice(WHO),), (("seconds", chance.choice([0.05, 0.4, 1.2, 2.5])),)


def _challenge(chance: random.Random) -> Drawn:
    return (LEADER, chance.choice((*CANDIDATES, *FOLLOWERS))), ()


def _rush(chance: random.Random) -> Drawn:
    after_s, seconds = round(chance.uniform(0.0, 0.1), 4), round(chance.uniform(0.01, 0.3), 3)
    return (chance.choice(CANDIDATES),), (("after", after_s), ("seconds", seconds))


KINDS: dict[str, Draw] = {
    "kill": _process,
    "freeze": _process,
    "stall": _process,
    "locked": _nobody,
    "away": _process,
    "slow": _slow,
    "challenge": _challenge,
    "late-news": _process,
    "rush": _rush,
    "resign": lambda chance: ((LEADER,), ()),
    "reboot": _nobody,
    "slow-orders": _nobody,
}


def draw(chance: random.Random, most: int = 14) -> list[Fault]:
    """A schedule.

    Args:
        chance: A stream of its own.
        most: Faults.
    """

    def lasts_s(kind: str) -> tuple[float, float]:
        return BOOT_S if kind == "reboot" else chance.choice(DURATIONS_S)

    return swarm(chance, KINDS, most=most, between_s=(FIRST_S, LAST_S), lasts_s=lasts_s)
