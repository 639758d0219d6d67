"""`Fault` and schedules of faults: values that can be drawn, printed, parsed and made smaller. Pure.

A fault has a moment, a kind, targets, a duration after which it is taken back, and perhaps numbers. What a kind means
is said by the scenario that performs it. A schedule is a list of them; each line of its text is one:

    3.250 freeze jm1 for=2.5
    4.000 cut jm1 tm2 for=6.0 one_way=1.0

Deliberately not here: performing anything (a scenario's nemesis), and running seeds (`runtime.sim.campaign`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

T = TypeVar("T")

SHORTEST_S = 0.05
"""No duration is made shorter than that."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        at_s: When, in seconds of the scenario.
        kind: What.
        targets: Whom it happens to, by name.
        for_s: After so many seconds it is taken back.
        numbers: More about it, by name.
    """

    at_s: float
    kind: str
    targets: tuple[str, ...] = ()
    for_s: float = 0.0
    numbers: tuple[tuple[str, float], ...] = ()

    def number(self, name: str, otherwise: float = 0.0) -> float:
        """One of `numbers`."""
        return dict(self.numbers).get(name, otherwise)

    def __str__(self) -> str:
        words = [f"{self.at_s!r}", self.kind, *self.targets, f"for={self.for_s!r}"]
        return " ".join([*words, *(f"{name}={value!r}" for name, value in self.numbers)])


def parsed(text: str) -> list[Fault]:
    """The schedule whose text this is; empty lines and what follows a `#` do not count.

    Raises:
        ValueError: If a line is no fault.
    """
    faults = []
    for count, line in enumerate(text.splitlines(), 1):
        if words := line.partition("#")[0].split():
            try:
                faults.append(_parsed(words))
            except ValueError as error:
                raise ValueError(f"line {count}, {line.strip()!r}, is no fault: {error}") from None
    return faults


def _parsed(words: list[str]) -> Fault:
    if len(words) < 2:
        raise ValueError("it takes a time and a kind at least")
    numbers: dict[str, float] = {}
    for name, value in (word.split("=", 1) for word in words[2:] if "=" in word):
        if name in numbers:
            raise ValueError(f"{name} stands there twice")
        numbers[name] = _number(name, value)
    at_s, for_s = _number("its time", words[0]), numbers.pop("for", 0.0)
    if at_s < 0 or for_s < 0:
        raise ValueError("neither its time nor its duration can be below 0")
    return Fault(at_s, words[1], tuple(word for word in words[2:] if "=" not in word), for_s, tuple(numbers.items()))


def _number(what: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{what} is {text}, and not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{what} is {text}, and has to have an end")
    return number


def printed(faults: Iterable[Fault]) -> str:
    """The text of a schedule."""
    return "\n".join(map(str, faults))


def shrunk(faults: list[Fault], fails: Callable[[list[Fault]], bool], runs: int = 200) -> list[Fault]:
    """A smaller schedule that fails, too: first fewer faults, then shorter ones.

    Args:
        faults: That fails.
        fails: Whether a schedule fails.
        runs: How often that may be asked.
    """
    still = _at_most(fails, runs)
    faults = _fewest(faults, still)
    for index, fault in enumerate(faults):
        while fault.for_s / 2 >= SHORTEST_S:
            fault = replace(fault, for_s=round(fault.for_s / 2, 3))
            candidate = [*faults[:index], fault, *faults[index + 1 :]]
            if not still(candidate):
                break
            faults = candidate
    return faults


def fewest(faults: list[T], fails: Callable[[list[T]], bool], runs: int) -> list[T]:
    """The fewest found that fail, too, each as it is; see `shrunk`."""
    return _fewest(faults, _at_most(fails, runs))


def _at_most(fails: Callable[[list[T]], bool], runs: int) -> Callable[[list[T]], bool]:
    left = [runs]

    def still(candidate: list[T]) -> bool:
        left[0] -= 1
        return left[0] >= 0 and fails(candidate)

    return still


def _fewest(faults: list[T], still: Callable[[list[T]], bool]) -> list[T]:
    size = max(1, len(faults) // 2)
    while faults:
        for start in range(0, len(faults), size):
            candidate = faults[:start] + faults[start + size :]
            if still(candidate):
                faults = candidate
                break
        else:
            if size == 1:
                break
            size = max(1, size // 2)
            continue
        size = min(size, max(1, len(faults)))
    return faults
