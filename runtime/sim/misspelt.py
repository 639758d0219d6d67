"""Numbers of a fault that nobody will ask for: a schedule that is written by hand is misspelt now and then. Pure.

Each kind asks for its numbers by name and takes 0 for what is not there, so `one_wai=1.0` would be no error at all.
Deliberately not here: kinds and targets, which whoever performs them checks (`runtime.sim.performer`).
"""

from __future__ import annotations

import difflib
import random
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from runtime.sim.schedule import Fault

WHEN = frozenset({"nth", "after", "each", "first", "behind"})
"""Numbers of a fault that waits for a moment (`runtime.sim.moments`)."""
CLOCK = frozenset({"offset", "rate", "look", "tick"})
SCHEDULES = 300
"""That are drawn to see which numbers a scenario has."""
CUTOFF = 0.7


class Draws(Protocol):
    """What can draw a schedule."""

    def draw(self, chance: random.Random) -> list[Fault]:
        """The faults of a seed."""
        ...


def check_numbers(faults: Iterable[Fault], known: Mapping[str, Collection[str]]) -> None:
    """Whether each fault has only numbers that its kind asks for.

    Args:
        faults: A schedule.
        known: The numbers of each kind; one that is missing there has none.

    Raises:
        ValueError: If one has others.
    """
    for fault in faults:
        names = sorted(known.get(fault.kind, ()))
        for name, _ in fault.numbers:
            if name not in names:
                has = f"it has {', '.join(names)}" if names else "it has none but `for`"
                raise ValueError(f"{fault}: {fault.kind} has no number {name}; {has}")


def check_spelling(faults: Iterable[Fault], scenario: Draws) -> None:
    """Whether no number is nearly one that a scenario draws; what it never draws it may know all the same.

    Raises:
        ValueError: If one is.
    """
    drawn = (fault for seed in range(SCHEDULES) for fault in scenario.draw(random.Random(seed)))
    names = sorted(WHEN | CLOCK | {name for fault in drawn for name, _ in fault.numbers} | {"for"})
    for fault in faults:
        for name, _ in fault.numbers:
            if name not in names and (near := difflib.get_close_matches(name, names, 1, CUTOFF)):
                raise ValueError(f"{fault}: nothing here has a number {name}; is it {near[0]}?")
