"""Processes in network namespaces of their own, so that each can be cut off. SHELL of setns.

This process enters the namespace of the watcher, and so does what it starts; whoever is to be cut off lives in one of
the subjects', behind the router of `benchmarks.detection.trials.network`, whose rules cut.
"""

from __future__ import annotations

import ctypes
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from benchmarks.detection.trials.network import Namespaces, Place

CLONE_NEWNET = 0x40000000


@contextmanager
def divided(arms: int) -> Iterator[Network]:
    """A network with so many arms, seen from its middle. Must be entered before there are threads."""
    with Namespaces(arms) as namespaces:
        ours = os.open("/proc/self/ns/net", os.O_RDONLY)
        try:
            _enter(f"/run/netns/{namespaces.watcher.namespace}")
            yield Network(namespaces)
        finally:
            _set(ours)
            os.close(ours)


class Network:
    """The arms and their cuts.

    Attributes:
        host: The address of the middle, where whatever cannot be cut off lives.
        places: The arms.
    """

    def __init__(self, namespaces: Namespaces) -> None:
        self._namespaces = namespaces
        self.host = namespaces.watcher.host
        self.places = namespaces.subjects
        self._cut: set[Place] = set()
        self._dropped: Counter[str] = Counter()

    async def cut(self, place: Place) -> bool:
        """Drop whatever it sends or is sent; whether that is new."""
        if place in self._cut:
            return False
        self._cut.add(place)
        await self.drop(self.around(place))
        return True

    async def heal(self, place: Place) -> None:
        """Drop nothing of it any more, but what others' cuts drop."""
        if place in self._cut:
            self._cut.discard(place)
            await self.let_through(self.around(place))

    def around(self, place: Place, *, the_middle_only: bool = False) -> list[str]:
        """What goes between a place and all others, or the middle alone, in pairs for `drop`."""
        others = [] if the_middle_only else [one.host for one in self.places if one != place]
        hosts = [self.host, *others]
        return [pair for other in hosts for pair in (f"{other} . {place.host}", f"{place.host} . {other}")]

    def between(self, one: Place, other: Place, *, one_way: bool = False) -> list[str]:
        """What goes between two places; `one_way`: only what `one` sends to `other`."""
        there = f"{one.host} . {other.host}"
        return [there] if one_way else [there, f"{other.host} . {one.host}"]

    async def drop(self, pairs: Iterable[str]) -> None:
        """Drop these, until each was let through as often."""
        self._dropped.update(pairs)
        await self._set()

    async def let_through(self, pairs: Iterable[str]) -> None:
        """Take a `drop` back."""
        self._dropped.subtract(pairs)
        await self._set()

    async def _set(self) -> None:
        pairs = sorted(pair for pair, times in self._dropped.items() if times > 0)
        lines = ["flush set inet harness cuts"]
        if pairs:
            lines.append(f"add element inet harness cuts {{ {', '.join(pairs)} }}")
        await (await self._namespaces.rules(lines)).apply()


def _enter(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _set(descriptor)
    finally:
        os.close(descriptor)


def _set(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
