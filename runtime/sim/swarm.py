"""`swarm`: how a seed draws a schedule: first which kinds of fault it has at all, then what happens when to whom. Pure.

So some seeds have one kind only, again and again, which a mixture of everything never shows. Deliberately not here:
which kinds there are, and how long they last: each scenario says so.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence

from runtime.sim.schedule import Fault

Numbers = tuple[tuple[str, float], ...]
Drawn = tuple[tuple[str, ...], Numbers]
"""The targets of a fault, and its numbers."""
Draw = Callable[[random.Random], Drawn]


def moments(chance: random.Random, begin_s: float, end_s: float, pace_s: float) -> Iterator[float]:
    """Moments that have nothing to do with each other; the next is drawn when it is asked for.

    Args:
        chance: Draws them, and perhaps what happens in between.
        begin_s: The first.
        end_s: Before this is the last.
        pace_s: Mean time between two.
    """
    at_s = begin_s
    while at_s < end_s:
        yield at_s
        at_s += chance.expovariate(1 / pace_s)


def swarm(
    chance: random.Random,
    kinds: Mapping[str, Draw],
    *,
    most: int,
    between_s: tuple[float, float],
    lasts_s: Callable[[str], tuple[float, float]],
    shares: Sequence[float] = (0.1, 0.25, 0.5, 1.0),
) -> list[Fault]:
    """A schedule, in order; clocks are wrong from the beginning.

    Args:
        chance: A stream of its own.
        kinds: How targets and numbers of each kind are drawn.
        most: Faults.
        between_s: When faults begin.
        lasts_s: Draws the shortest and the longest duration for a fault of that kind.
        shares: Of the kinds, from which one is drawn.
    """
    share = chance.choice(shares)
    enabled = [kind for kind in kinds if chance.random() < share] or [chance.choice(list(kinds))]
    faults = []
    for _ in range(chance.randint(1, most)):
        kind = chance.choice(enabled)
        targets, numbers = kinds[kind](chance)
        at_s = 0.0 if kind == "clock" else round(chance.uniform(*between_s), 3)
        for_s = round(chance.uniform(*lasts_s(kind)), 3)
        faults.append(Fault(at_s, kind, targets, for_s, numbers))
    return sorted(faults, key=lambda fault: fault.at_s)
