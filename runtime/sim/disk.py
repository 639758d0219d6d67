"""`SimDisk`: the disk of a simulated machine, which is slow or full when a fault says so, and forgets without power.

It is a `runtime.disk.Disk`, and outlives the processes of its machine as page cache and platters do: SIGKILL loses
nothing that was written, a loss of power all that was not synced, or half of it. Each operation takes a little time, so
that a process can die in the midst of one. Pure but for the sleep. Deliberately not here: when anything happens
(`runtime.sim.services`), and the storage directory that the machines of a cluster share (`cluster.simulation.disk`).
"""

from __future__ import annotations

import asyncio
import errno
import os
import random
from dataclasses import dataclass

from runtime.disk import checked_name

TAKES_S = 0.0001
"""To read and write, in the page cache."""
SYNC_TAKES_S = (0.0005, 0.01)
"""From an SSD that has nothing else to do, to a hard disk."""


@dataclass(slots=True)
class _File:
    """A file.

    Attributes:
        data: What a reader finds.
        kept: What a loss of power leaves for certain; `None` if not even the name.
    """

    data: bytes = b""
    kept: bytes | None = None


class SimDisk:
    """See the module, and `runtime.disk.Disk`.

    Args:
        chance: Draws how long a sync takes, and what a loss of power leaves.

    Attributes:
        delays_s: What is wrong with it now, each a delay; an operation that begins takes longer by the longest of them.
        shortages: What keeps it full now; as long as there is any, half of what is written finds room.
        losses: How often power was lost while something was not synced.
    """

    def __init__(self, chance: random.Random) -> None:
        self.delays_s: list[float] = []
        self.shortages = 0
        self.losses = 0
        self._chance = chance
        self._files: dict[str, _File] = {}

    async def read(self, name: str) -> bytes:
        """See `Disk`."""
        checked_name(name)
        await self._wait(TAKES_S)
        return self._file(name).data

    async def write(self, name: str, data: bytes) -> None:
        """See `Disk`. Whoever dies meanwhile leaves an empty file, as after `open(name, "wb")`."""
        self._files.setdefault(checked_name(name), _File()).data = b""
        await self._wait(TAKES_S)
        self._put(name, b"", data)

    async def append(self, name: str, data: bytes) -> None:
        """See `Disk`."""
        checked_name(name)
        await self._wait(TAKES_S)
        self._put(name, self._files.setdefault(name, _File()).data, data)

    async def sync(self, name: str) -> None:
        """See `Disk`."""
        file = self._file(checked_name(name))
        data = file.data
        await self._wait(self._chance.uniform(*SYNC_TAKES_S))
        file.kept = data

    async def replace(self, old: str, new: str) -> None:
        """See `Disk`."""
        checked_name(old)
        checked_name(new)
        await self._wait(TAKES_S)
        file = self._files[new] = self._file(old)
        if old != new:
            del self._files[old]
        if file.kept is None:  # the name is on the disk now, and nothing that belongs to it
            file.kept = b""

    async def delete(self, name: str) -> None:
        """See `Disk`."""
        checked_name(name)
        await self._wait(TAKES_S)
        self._files.pop(name, None)

    async def names(self) -> list[str]:
        """See `Disk`."""
        await self._wait(TAKES_S)
        return sorted(self._files)

    def lose_power(self) -> None:
        """Of what was not synced, chance leaves all, nothing, or a piece from its beginning."""
        for name, file in sorted(self._files.items()):
            if file.data == file.kept:
                continue
            self.losses += 1
            fate = self._chance.choice(("all", "nothing", "a piece"))
            if fate == "a piece":
                kept = file.kept or b""
                least = len(kept) if file.data.startswith(kept) else 0
                file.kept = file.data[: self._chance.randint(least, len(file.data))]
            elif fate == "all":
                file.kept = file.data
            if file.kept is None:
                del self._files[name]
            else:
                file.data = file.kept

    async def _wait(self, takes_s: float) -> None:
        await asyncio.sleep(takes_s + max(self.delays_s, default=0.0))

    def _file(self, name: str) -> _File:
        file = self._files.get(name)
        if file is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        return file

    def _put(self, name: str, before: bytes, data: bytes) -> None:
        """Some of `data` is behind `before` now: all of it, if there is room."""
        file = self._files.setdefault(name, _File())
        if self.shortages:
            file.data = before + data[: len(data) // 2]
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)
        file.data = before + data
