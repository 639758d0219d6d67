"""Processes in network namespaces of their own, so that each can be cut off. SHELL of setns.

This process enters the namespace of the watcher, and so does what it starts; whoever is to be cut off lives in one of
the subjects', behind the router of `benchmarks.detection.trials.network`, whose rules cut.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
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
    """The arms and their cuts."""

    def __init__(self, namespaces: Namespaces) -> None:
        self._namespaces = namespaces
        self.host = namespaces.watcher.host
        self.places = namespaces.subjects
        self._cut: set[Place] = set()

    async def cut(self, place: Place) -> bool:
        """Drop whatever it sends or is sent; whether that is new."""
        if place in self._cut:
            return False
        self._cut.add(place)
        await self._set(self._cut)
        return True

    async def heal(self, place: Place) -> None:
        """Drop nothing of it any more, but what others' cuts drop."""
        self._cut.discard(place)
        await self._set(self._cut)

    async def _set(self, places: set[Place]) -> None:
        pairs = {pair for place in places for pair in self._pairs(place)}
        lines = ["flush set inet harness cuts"]
        if pairs:
            lines.append(f"add element inet harness cuts {{ {', '.join(sorted(pairs))} }}")
        await (await self._namespaces.rules(lines)).apply()

    def _pairs(self, place: Place) -> list[str]:
        others = [self.host, *(one.host for one in self.places if one != place)]
        return [pair for other in others for pair in (f"{other} . {place.host}", f"{place.host} . {other}")]


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
