"""`episodes`: schedules in which something changes who leads, and more goes wrong in the course of that. Pure.

What changes it comes by the clock; what else goes wrong waits for moments from then on (`runtime.sim.moments`).
Deliberately not here: which changes, strikes and moments there are: each scenario says so.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from runtime.sim.moments import AT
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw

AFTER_S = (0.0, 0.0, 0.0002, 0.001, 0.002, 0.005)
"""From a moment to its fault."""
NTH = (1, 1, 1, 2, 3, 6)
SHORT_S = ((0.002, 0.05), (0.05, 0.8))
PATIENCES = ((0.3, 0.85), (0.85, 1.2))
"""Other durations, as parts of the time for which an office lasts without a word: shorter, and about as long."""
EVERY_S = (5.0, 9.0)
"""From one episode to the next."""


def episodes(
    chance: random.Random,
    changes: Mapping[str, Draw],
    strikes: Mapping[str, Draw],
    struck: Callable[[random.Random, Fault], Fault],
    *,
    between_s: tuple[float, float],
    patience_s: float,
    lasts_s: Mapping[str, tuple[float, float]] | None = None,
) -> list[Fault]:
    """A schedule of a few episodes.

    Args:
        chance: A stream of its own.
        changes: What brings about another leader.
        strikes: What happens meanwhile; few kinds of it in one schedule.
        struck: Says for which moment a fault waits; see `waits`.
        between_s: When the first begins and the last.
        patience_s: For which an office lasts without a word.
        lasts_s: How long kinds last that have times of their own.
    """
    few = chance.sample(list(strikes), k=chance.choice((2, 4, len(strikes))))
    faults: list[Fault] = []
    durations_s = [*SHORT_S, *((patience_s * low, patience_s * high) for low, high in PATIENCES)]
    at_s, last_s = between_s
    at_s += chance.uniform(0.0, 1.5)

    def drawn(kind: str, kinds: Mapping[str, Draw]) -> Fault:
        targets, numbers = kinds[kind](chance)
        for_s = chance.uniform(*((lasts_s or {}).get(kind) or chance.choice(durations_s)))
        return Fault(round(at_s, 3), kind, targets, round(for_s, 3), numbers)

    while at_s < last_s:
        faults += [struck(chance, drawn(chance.choice(few), strikes)) for _ in range(chance.randint(1, 3))]
        faults.append(drawn(chance.choice(list(changes)), changes))  # those who wait have begun to
        at_s += chance.uniform(*EVERY_S)
    return faults


def waits(chance: random.Random, fault: Fault, moments: Sequence[str], after_s: float | None = None) -> Fault:
    """That fault at one of these moments, at first or later, and a little after it."""
    after = ("after", chance.choice(AFTER_S) if after_s is None else after_s)
    numbers = (*fault.numbers, ("nth", float(chance.choice(NTH))), after)
    return replace(fault, kind=f"{fault.kind}{AT}{chance.choice(moments)}", numbers=numbers)
