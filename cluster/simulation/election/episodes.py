"""`episodes`: schedules in which something changes who leads, and more goes wrong in the course of that. Pure.

What changes it comes by the clock; what else goes wrong waits for moments from then on (`runtime.sim.moments`). Most
schedules are about one or two things at one moment each, again and again, with several lengths: about as long as
something that the protocol waits for, or a little longer. Or the second waits for the first.
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
NEARLY = (0.97, 1.12)
"""How long something lasts that lasts about as long as something that the protocol waits for, as parts of that."""
AIMED = 0.7
"""Share of the schedules that are about few things at one moment each."""
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
    limits_s: Sequence[float],
    favoured: Sequence[str] = (),
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
        limits_s: For which something else is waited for.
        favoured: Strikes that are twice as likely to be among the few.
        lasts_s: How long kinds last that have times of their own.
    """
    is_aimed = chance.random() < AIMED
    few = chance.sample([*strikes, *favoured], k=chance.choice((1, 1, 2) if is_aimed else (2, 4, len(strikes))))
    faults: list[Fault] = []
    durations_s = [*SHORT_S, *((patience_s * low, patience_s * high) for low, high in PATIENCES)]
    nearly_s = [(limit_s * NEARLY[0], limit_s * NEARLY[1]) for limit_s in limits_s]
    aims: dict[str, str] = {}
    at_s, last_s = between_s
    at_s += chance.uniform(0.0, 1.5)

    def drawn(kind: str, kinds: Mapping[str, Draw]) -> Fault:
        targets, numbers = kinds[kind](chance)
        drawn_s = nearly_s if is_aimed and chance.random() < 0.6 else durations_s
        for_s = chance.uniform(*((lasts_s or {}).get(kind) or chance.choice(drawn_s)))
        return Fault(round(at_s, 3), kind, targets, round(for_s, 3), numbers)

    def aimed(fault: Fault) -> Fault:
        waiting = struck(chance, fault)
        return replace(waiting, kind=aims.setdefault(fault.kind, waiting.kind)) if is_aimed else waiting

    while at_s < last_s:
        blows = [aimed(drawn(chance.choice(few), strikes)) for _ in range(chance.randint(1, 3))]
        if is_aimed and len(blows) == 2:
            number = float(len(faults) + 1)
            blows = [_with(blows[0], "first", number), _with(blows[1], "behind", number)]
        faults += blows
        faults.append(drawn(chance.choice(list(changes)), changes))  # those who wait have begun to
        at_s += chance.uniform(*EVERY_S)
    return faults


def waits(chance: random.Random, fault: Fault, moments: Sequence[str], after_s: float | None = None) -> Fault:
    """That fault at one of these moments, at first or later, and a little after it."""
    after = ("after", chance.choice(AFTER_S) if after_s is None else after_s)
    numbers = (*fault.numbers, ("nth", float(chance.choice(NTH))), after)
    return replace(fault, kind=f"{fault.kind}{AT}{chance.choice(moments)}", numbers=numbers)


def _with(fault: Fault, name: str, number: float) -> Fault:
    return replace(fault, numbers=(*fault.numbers, (name, number)))
