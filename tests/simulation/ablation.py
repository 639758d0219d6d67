"""`Ablation`: a safeguard of the product taken out for the length of a `with`, and the seed in which its loss shows.

Nothing in the product knows of it: methods are replaced by ones without their check. The lists are `lost_*`.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from runtime.sim.campaign import Outcome, found, play
from runtime.sim.schedule import parsed

Patch = tuple[Any, str, Any]
FIRST = 1000
SEEDS = int(os.environ.get("ABLATION_SEEDS", "0"))
ENOUGH = int(os.environ.get("ABLATION_ENOUGH", "1000000"))


@dataclass(frozen=True)
class Ablation:
    """One of them.

    Attributes:
        name: What is missing, and the number of the known bug, if it has one.
        patches: Owner, name of the attribute, and what takes its place.
        seed: In which it shows, of its scenario; drawn by nobody.
        rules: Of which one breaks.
        scenario: Whose.
        rare: Another scenario and a seed of it that shows it, too, though few do; played as well.
        faults: What goes wrong in that seed, one a line, in the place of what it draws; empty for that.
    """

    name: str
    patches: list[Patch] = field(repr=False)
    seed: int
    rules: str
    scenario: str
    rare: tuple[str, int] | None = None
    faults: str = field(default="", repr=False)

    def play(self, seed: int, scenario: str = "") -> Outcome:
        """Play a seed without the safeguard, of its scenario or another."""
        with patched(self.patches):
            return _played(scenario or self.scenario, seed, self.faults)

    @property
    def pins(self) -> list[tuple[str, int]]:
        """The scenarios and seeds in which it shows."""
        return [(self.scenario, self.seed), *([] if self.rare is None else [self.rare])]

    def shows(self, outcome: Outcome) -> bool:
        """Whether a rule broke that speaks of this."""
        return broken(outcome) in self.rules.split()


@dataclass(frozen=True)
class Count:
    """How many seeds that nobody has chosen show an ablation: those from `FIRST` on.

    Attributes:
        ablation: Which.
        played: So many.
        missed: Those that show it, in order.
    """

    ablation: Ablation
    played: int
    missed: list[int]

    @property
    def row(self) -> str:
        """Of the table in decision 31."""
        first = self.missed[0] - FIRST + 1 if self.missed else "never"
        share, shown = f"{1000 * len(self.missed) / self.played:.0f}", f"{len(self.missed)} of {self.played}"
        return f"| `{self.ablation.scenario}` | {self.ablation.name} | {share} | {shown} | {first} |"


def counted(ablation: Ablation, seeds: int = SEEDS, enough: int = ENOUGH) -> Count:
    """Play seeds without a safeguard, until enough of them show it or all are played."""
    missed: list[int] = []
    played = 0
    while played < seeds and len(missed) < enough:
        if ablation.shows(ablation.play(FIRST + played)):
            missed.append(FIRST + played)
        played += 1
    return Count(ablation, played, missed)


def written_if_missed(ablation: Ablation, capsys: pytest.CaptureFixture[str]) -> None:
    """Write the row of a safeguard, which is missed by one of the first 200 seeds that nobody has chosen."""
    count = counted(ablation)
    with capsys.disabled():
        sys.stdout.write(f"\n{count.row}")
    assert count.missed
    assert count.missed[0] < FIRST + 200


@cache
def whole(scenario: str, seed: int, faults: str = "") -> str:
    """What is wrong with a seed where nothing is taken out: nothing. Several ablations may have one seed."""
    return _played(scenario, seed, faults).error


def _played(scenario: str, seed: int, faults: str) -> Outcome:
    return play(found(scenario), seed, parsed(faults) if faults else None, keeps_events=False)


@contextlib.contextmanager
def patched(patches: Sequence[Patch]) -> Iterator[None]:
    """With something else in the place of what is there."""
    before = [(owner, name, vars(owner)[name]) for owner, name, _ in patches]
    for owner, name, changed in patches:
        setattr(owner, name, changed)
    try:
        yield
    finally:
        for owner, name, original in before:
            setattr(owner, name, original)


def broken(outcome: Outcome) -> str:
    """The rule that broke, "" if none did; that no error goes unheard is one, too: `UnhandledErrors`."""
    rule = re.search(r"(?:Violation|AssertionError): (\w+):|(UnhandledErrors):", outcome.error)
    return "" if rule is None else rule[1] or rule[2]


def wrapped(owner: Any, name: str, around: Callable[..., Any]) -> Patch:
    """A patch that gets the original method as its first argument."""
    original = vars(owner)[name]

    def method(*args: Any, **options: Any) -> Any:
        return around(original, *args, **options)

    return owner, name, method
