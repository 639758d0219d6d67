"""`condensed`: what is told again and again, as one line with a number. Pure; for the last events of a run.

A program that cannot start, or somebody who is refused, says the same each second: thirty last events would be that
alone, and what began it would not be among them. Deliberately not here: leaving anything out of all events.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runtime.sim.trace import Event

LONGEST = 3
"""Events of a host that may take turns: started, ended, killed."""


@dataclass(slots=True)
class Line:
    """An event, perhaps the last of several that say the same.

    Attributes:
        event: The last.
        times: How many there are.
        since_s: When the first was.
    """

    event: Event
    times: int
    since_s: float

    def __str__(self) -> str:
        return f"{self.event}" + (f" ({self.times} times since {self.since_s:.4f})" if self.times > 1 else "")


def condensed(events: Iterable[Event]) -> list[Line]:
    """The events of each host, one host after the other, in which nothing comes again just after itself."""
    hosts: dict[str, list[Line]] = {}
    for event in events:
        lines = hosts.setdefault(event.host, [])
        lines.append(Line(event, 1, event.at_s))
        for length in range(1, LONGEST + 1):
            if _says_the_same(lines[-2 * length : -length], lines[-length:]):
                for before, line in zip(lines[-2 * length : -length], lines[-length:], strict=True):
                    line.times, line.since_s = line.times + before.times, before.since_s
                del lines[-2 * length : -length]
                break
    return [line for lines in hosts.values() for line in lines]


def _says_the_same(some: list[Line], others: list[Line]) -> bool:
    return len(some) == len(others) and all(
        (one.event.kind, one.event.detail) == (other.event.kind, other.event.detail)
        for one, other in zip(some, others, strict=True)
    )
