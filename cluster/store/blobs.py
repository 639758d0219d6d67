"""Bytes in the storage directory: written once under a name, checked by size and sha256 whenever they are read.

`BlobStore` picks what keeps the bytes by the URL: files of this machine, memory (of this process, without any thread,
so that it runs on virtual time), or whatever fsspec knows. Deliberately not here: which blobs are still needed; that is
said by pointers (`cluster.store.pointed`).
"""

from __future__ import annotations

import hashlib
from typing import Protocol

import anyio.to_thread

from actors import message
from cluster.store.places import FilePlace, FsspecPlace, MemoryPlace, Place, StorageError, local_path


class BlobMissing(StorageError):
    """A blob that was written is not there."""


class BlobCorrupt(StorageError):
    """A blob is not what was written: torn or changed."""


@message(name="cluster.blob-handle")
class BlobHandle:
    """Where bytes are and what they must be.

    Attributes:
        name: Path below the store's URL.
        size_bytes: Length.
        sha256: Hexadecimal digest.
    """

    name: str
    size_bytes: int
    sha256: str


class Blobs(Protocol):
    """A `BlobStore`, or what stands for it in a test."""

    async def write(self, name: str, data: bytes) -> BlobHandle:
        """Keep `data`."""
        ...

    async def read(self, handle: BlobHandle) -> bytes:
        """What was kept."""
        ...

    async def delete(self, handle: BlobHandle) -> None:
        """Forget it."""


class BlobStore:
    """Bytes below one URL.

    Args:
        url: A plain path, `file:///srv/x`, `memory://x`, or another URL that fsspec knows.

    Raises:
        StorageError: If fsspec does not know the URL.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._place = _place(url)

    async def write(self, name: str, data: bytes) -> BlobHandle:
        """Keep `data` under `name`, whole or not at all; what had that name before is replaced.

        Args:
            name: A relative path of ordinary words, such as `jobs/17-af`.
            data: The bytes.

        Raises:
            StorageError: If it cannot be written; then nothing is left under `name` that was not there before.
        """
        checked = _checked_name(name)
        handle = BlobHandle(checked, len(data), hashlib.sha256(data).hexdigest())
        if self._place.blocks:
            await anyio.to_thread.run_sync(self._place.write, checked, data)
        else:
            self._place.write(checked, data)
        return handle

    async def read(self, handle: BlobHandle) -> bytes:
        """What was written.

        Raises:
            BlobMissing: If it is not there.
            BlobCorrupt: If it is something else.
            StorageError: If it cannot be read.
        """
        name = _checked_name(handle.name)
        data = await anyio.to_thread.run_sync(self._place.read, name) if self._place.blocks else self._place.read(name)
        if data is None:
            raise BlobMissing(f"{name} is missing in {self.url}")
        if len(data) != handle.size_bytes:
            raise BlobCorrupt(f"{name} in {self.url} has {len(data)} bytes, {handle.size_bytes} were written")
        if hashlib.sha256(data).hexdigest() != handle.sha256:
            raise BlobCorrupt(f"{name} in {self.url} was changed since it was written: its sha256 differs")
        return data

    async def delete(self, handle: BlobHandle) -> None:
        """Forget a blob; nothing happens if it is not there.

        Raises:
            StorageError: If it cannot be deleted.
        """
        name = _checked_name(handle.name)
        if self._place.blocks:
            await anyio.to_thread.run_sync(self._place.delete, name)
        else:
            self._place.delete(name)

    def check_writable(self) -> None:
        """Write and delete a small file. Blocks; for the start of a process.

        Raises:
            StorageError: If that fails: one line that names the URL and the reason.
        """
        self._place.check_writable()


def _place(url: str) -> Place:
    if url.startswith("memory://"):
        return MemoryPlace(url)
    path = local_path(url)
    return FsspecPlace(url) if path is None else FilePlace(path)


def _checked_name(name: str) -> str:
    parts = name.split("/")
    if not all(parts) or {".", ".."} & set(parts) or "\0" in name:
        raise StorageError(f"{name!r} cannot name a blob")
    return name
