"""`Disk`: the files of a service, by names, with awaits where a disk may take its time. `FolderDisk` is a SHELL.

A service that writes to a `Disk` runs unmodified on a real folder and, in a simulation, on a disk that is slow or full,
or that loses power with what was not synced (`runtime.sim.disk`). It promises what POSIX does and no more: bytes that
are needed after a loss of power have to be synced, and a file that is written in place may be found half written.
`save` is the way that leaves the old file or the new one. Deliberately not here: folders in folders, and large files
piece by piece; the storage directory of a cluster (`cluster.store`), which several machines share.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import anyio.to_thread

T = TypeVar("T")


class Disk(Protocol):
    """Keeps bytes under names; a name has no slash in it. Any method may raise an `OSError` of the disk."""

    async def read(self, name: str) -> bytes:
        """All of a file.

        Raises:
            FileNotFoundError: If there is none of that name.
        """
        ...

    async def write(self, name: str, data: bytes) -> None:
        """Write a file from its beginning. What was in it is gone as soon as this begins, and may be so at its end."""

    async def append(self, name: str, data: bytes) -> None:
        """Write at the end of a file, which is made if there is none. A part of it may get there."""

    async def sync(self, name: str) -> None:
        """When this returns, the file survives a loss of power as it was at the call.

        Raises:
            FileNotFoundError: If there is none of that name.
        """

    async def replace(self, old: str, new: str) -> None:
        """Rename `old`; it takes the place of `new`, if there is one, at once. This survives a loss of power.

        What is in the file survives only if it was synced before.

        Raises:
            FileNotFoundError: If there is no `old`.
        """

    async def delete(self, name: str) -> None:
        """Delete a file, if there is one. This survives a loss of power."""

    async def names(self) -> list[str]:
        """All files, in order."""
        ...


async def save(disk: Disk, name: str, data: bytes) -> None:
    """Write a file so that whatever happens meanwhile, either all of the old one is there afterwards or all of this.

    When it returns, it is this, and survives a loss of power. Only one save of a name may be under way at a time.

    Args:
        disk: Where to.
        name: Of the file; what is unfinished is under this name with `.new` behind it.
        data: All of it.

    Raises:
        OSError: If it cannot be done; the old file is there then.
    """
    unfinished = f"{name}.new"
    await disk.write(unfinished, data)
    await disk.sync(unfinished)
    await disk.replace(unfinished, name)


class FolderDisk:
    """A folder of this machine. Each operation is done in a thread, and waited for even if its task is cancelled.

    As many operations are under way at once as AnyIO has threads, 40 by default; further ones wait their turn.

    Args:
        folder: Where the files are; has to exist.

    Raises:
        NotADirectoryError: If it is no folder.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)
        if not self._folder.is_dir():
            raise NotADirectoryError(f"{self._folder} is no folder: make it before the disk")

    async def read(self, name: str) -> bytes:
        """See `Disk`."""
        return await self._do(self._path(name).read_bytes)

    async def write(self, name: str, data: bytes) -> None:
        """See `Disk`."""
        await self._put(name, data, "wb")

    async def append(self, name: str, data: bytes) -> None:
        """See `Disk`."""
        await self._put(name, data, "ab")

    async def sync(self, name: str) -> None:
        """See `Disk`. Its name survives, too."""
        path = self._path(name)

        def sync() -> None:
            _fsync(path)
            _fsync(self._folder)

        await self._do(sync)

    async def replace(self, old: str, new: str) -> None:
        """See `Disk`."""
        before, after = self._path(old), self._path(new)

        def replace() -> None:
            before.replace(after)
            _fsync(self._folder)

        await self._do(replace)

    async def delete(self, name: str) -> None:
        """See `Disk`."""
        path = self._path(name)

        def delete() -> None:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
                _fsync(self._folder)

        await self._do(delete)

    async def names(self) -> list[str]:
        """See `Disk`."""
        return await self._do(lambda: sorted(path.name for path in self._folder.iterdir() if path.is_file()))

    async def _put(self, name: str, data: bytes, mode: str) -> None:
        path = self._path(name)

        def put() -> None:
            with path.open(mode) as file:
                file.write(data)

        await self._do(put)

    def _path(self, name: str) -> Path:
        return self._folder / checked_name(name)

    async def _do(self, operation: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(operation)


def checked_name(name: str) -> str:
    """A name that a file may have; for whoever makes another `Disk`.

    Raises:
        ValueError: If it is none.
    """
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise ValueError(f"{name!r} is no name of a file: use a word without slashes")
    return name


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
