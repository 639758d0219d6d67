"""`Ablation`: a safeguard of the product taken out for the length of a `with`, and the seed in which its loss shows.

Nothing in the product knows of it: methods are replaced by ones without their check. The lists are `lost_watches` and
`lost_elections`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from runtime.sim.campaign import Outcome, found, play

Patch = tuple[Any, str, Any]


@dataclass(frozen=True)
class Ablation:
    """One of them.

    Attributes:
        name: What is missing, and the number of the known bug, if it has one.
        patches: Owner, name of the attribute, and what takes its place.
        seed: In which it shows, of its scenario; drawn by nobody.
        rules: Of which one breaks.
        scenario: Whose.
    """

    name: str
    patches: list[Patch] = field(repr=False)
    seed: int
    rules: str
    scenario: str

    def play(self, seed: int) -> Outcome:
        """Play a seed without the safeguard."""
        with patched(self.patches):
            return play(found(self.scenario), seed, keeps_events=False)

    def shows(self, outcome: Outcome) -> bool:
        """Whether a rule broke that speaks of this."""
        return broken(outcome) in self.rules.split()


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
    """The rule that broke, "" if none did."""
    rule = re.search(r"Violation: (\w+):", outcome.error)
    return "" if rule is None else rule[1]


def wrapped(owner: Any, name: str, around: Callable[..., Any]) -> Patch:
    """A patch that gets the original method as its first argument."""
    original = vars(owner)[name]

    def method(*args: Any, **options: Any) -> Any:
        return around(original, *args, **options)

    return owner, name, method
