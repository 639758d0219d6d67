"""`Weather`: what may have kept two hosts from hearing each other, and when. Pure; for the judges of scenarios.

Told by a nemesis. Deliberately not here: doing it, and what follows from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class Spell:
    """Something that may come between hosts.

    Attributes:
        kind: Of the fault.
        hosts: One host, whatever it has to do with; or two, and only what is between them; or none, and all.
        begin: World seconds.
        end: World seconds, `inf` while it lasts.
    """

    kind: str
    hosts: tuple[str, ...]
    begin: float
    end: float = float("inf")

    def touches(self, one: str, other: str) -> bool:
        """Whether it may come between them."""
        if len(self.hosts) == 2:
            return one in self.hosts and other in self.hosts
        return not self.hosts or self.hosts[0] in (one, other)

    def concerns(self, host: str) -> bool:
        """Whether that host has to do with it."""
        return not self.hosts or host in self.hosts


class Weather:
    """All spells.

    Attributes:
        spells: In the order in which they began.
        ripples: What keeps nobody from hearing another for long, but may cost a heartbeat.
    """

    def __init__(self) -> None:
        self.spells: list[Spell] = []
        self.ripples: list[Spell] = []

    def begin(self, kind: str, hosts: tuple[str, ...], now: float) -> Spell:
        """Something begins."""
        spell = Spell(kind, hosts, now)
        self.spells.append(spell)
        return spell

    def is_rippled(self, one: str, other: str, since: float, kinds: Collection[str] | None = None) -> bool:
        """Whether there was a ripple between two hosts that was not over at `since`, of these kinds or any."""
        spells = self.ripples if kinds is None else (spell for spell in self.ripples if spell.kind in kinds)
        return any(spell.end > since and spell.touches(one, other) for spell in spells)

    def between(self, one: str, other: str, since: float = 0.0) -> Iterator[Spell]:
        """What may have come between two hosts, and was not over at `since`."""
        return (spell for spell in self.spells if spell.end > since and spell.touches(one, other))

    def has_forgotten(self, one: str, other: str) -> bool:
        """Whether what is between two hosts has ever forgotten their connections: some may carry nothing since."""
        return self.forgotten_at(one, other) is not None

    def forgotten_at(self, one: str, other: str) -> float | None:
        """When it has first done so."""
        return next((spell.begin for spell in self.between(one, other) if spell.kind == "amnesia"), None)

    def calm_since(self, now: float, spells: Iterable[Spell]) -> float:
        """When the last of these was over; `now` if one lasts."""
        return max([min(spell.end, now) for spell in spells], default=0.0)


def longest_s(spans: Iterable[tuple[float, float]], apart_s: float) -> float:
    """The longest time from begin to end, where spans count as one that are not further apart than `apart_s`."""
    longest, begin, end = 0.0, 0.0, float("-inf")
    for one_begin, one_end in sorted(spans):
        if one_begin > end + apart_s:
            begin, end = one_begin, one_end
        end = max(end, one_end)
        longest = max(longest, end - begin)
    return longest
