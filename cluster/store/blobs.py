"""Bytes in the storage directory: written once under a name, checked by size and sha256 whenever they are read.

`BlobStore` picks what keeps the bytes by the URL: files of this machine, memory (of this process, without any thread,
so that it runs on virtual time), or whatever fsspec knows. Deliberately not here: which blobs are still needed; that is
said by pointers (`cluster.store.pointed`). What blocks is done in threads, and given up after a time: a disk that hangs
must not hang a leader.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

import anyio.to_thread

from actors import message
from cluster.store.fsspec_place import FsspecPlace
from cluster.store.places import FilePlace, MemoryPlace, Place, StorageError, StoredFile, local_path

T = TypeVar("T")

TIMEOUT_S = 30.0
MAX_HANGING = 8
"""Threads of one store that may hang in an operation that was given up; with so many no further one is begun."""

PLACES: dict[str, Callable[[str], Place]] = {"memory": MemoryPlace}
"""What keeps the bytes of a URL, by its scheme; a simulation has disks of its own. Others are files, or fsspec's."""


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

    async def look(self, handle: BlobHandle) -> None:
        """Whether it is there, as long as it was."""

    async def verify(self, handle: BlobHandle) -> None:
        """Whether it is what it was."""

    async def delete(self, handle: BlobHandle) -> None:
        """Forget it."""

    async def files(self, folder: str) -> list[StoredFile]:
        """What is in a folder and below."""
        ...


class BlobStore:
    """Bytes below one URL.

    Args:
        url: A plain path, `file:///srv/x`, `memory://x`, or another URL that fsspec knows.
        timeout_s: An operation that takes longer has failed.

    Raises:
        StorageError: If fsspec does not know the URL, or a package that it needs is missing.
    """

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        self.url = url
        self._timeout_s = timeout_s
        self._place = _place(url)
        self._hanging: set[_Operation[Any]] = set()

    async def write(self, name: str, data: bytes) -> BlobHandle:
        """Keep `data` under `name`, whole or not at all; what had that name before is replaced.

        Args:
            name: A relative path of ordinary words, such as `jobs/17-af`.
            data: The bytes.

        Raises:
            StorageError: If it cannot be written; then nothing is left under `name` that was not there before, unless
                it took too long: then it may still get there.
        """
        checked = _checked_name(name)
        handle = BlobHandle(checked, len(data), hashlib.sha256(data).hexdigest())
        await self._do("written", checked, lambda: self._place.write(checked, data))
        return handle

    async def read(self, handle: BlobHandle) -> bytes:
        """What was written.

        Raises:
            BlobMissing: If it is not there.
            BlobCorrupt: If it is something else.
            StorageError: If it cannot be read.
        """
        name = _checked_name(handle.name)
        data = self._there(name, await self._do("read", name, lambda: self._place.read(name)))
        self._check_size(handle, len(data))
        self._check_sha256(handle, hashlib.sha256(data).hexdigest())
        return data

    async def look(self, handle: BlobHandle) -> None:
        """Whether it is there and as long as it was; cheaper than reading it.

        Raises:
            BlobMissing: If it is not there.
            BlobCorrupt: If it is of another length.
            StorageError: If that cannot be known.
        """
        name = _checked_name(handle.name)
        size_bytes = self._there(name, await self._do("read", name, lambda: self._place.size_bytes(name)))
        self._check_size(handle, size_bytes)

    async def verify(self, handle: BlobHandle) -> None:
        """Whether it is what was written. Reads it piece by piece, so that its size does not matter.

        Raises:
            BlobMissing: If it is not there.
            BlobCorrupt: If it is something else.
            StorageError: If that cannot be known.
        """
        name = _checked_name(handle.name)
        sha256 = self._there(name, await self._do("read", name, lambda: self._place.sha256(name)))
        self._check_sha256(handle, sha256)

    async def delete(self, handle: BlobHandle) -> None:
        """Forget a blob; nothing happens if it is not there.

        Raises:
            StorageError: If it cannot be deleted.
        """
        name = _checked_name(handle.name)
        await self._do("deleted", name, lambda: self._place.delete(name))

    async def files(self, folder: str) -> list[StoredFile]:
        """Everything in a folder and below, what no pointer names included.

        Raises:
            StorageError: If it cannot be listed.
        """
        return await self._do("listed", folder, lambda: self._place.files(f"{_checked_name(folder)}/"))

    async def exists(self) -> bool:
        """Whether there is anything to keep bytes in; one that is not there is made by `check`.

        Raises:
            StorageError: If that cannot be known.
        """
        return await self._do("looked at", "the directory", self._place.exists)

    def check_writable(self) -> None:
        """Write and delete a small file. Blocks.

        Raises:
            StorageError: If that fails: one line that names the URL and the reason.
        """
        self._place.check_writable()

    async def check(self) -> None:
        """The same for the start of a process: a directory that hangs is an error, too.

        Raises:
            StorageError: Likewise.
        """
        await self._do("written", "a small file", self._place.check_writable)

    def _there(self, name: str, found: T | None) -> T:
        """What was found. Raises `BlobMissing` if nothing was."""
        if found is None:
            raise BlobMissing(f"{name} is missing in {self.url}")
        return found

    def _check_size(self, handle: BlobHandle, size_bytes: int) -> None:
        if size_bytes != handle.size_bytes:
            raise BlobCorrupt(f"{handle.name} in {self.url} has {size_bytes} bytes, {handle.size_bytes} were written")

    def _check_sha256(self, handle: BlobHandle, sha256: str) -> None:
        if sha256 != handle.sha256:
            raise BlobCorrupt(f"{handle.name} in {self.url} was changed since it was written: its sha256 differs")

    async def _do(self, done: str, name: str, work: Callable[[], T]) -> T:
        """Do `work` in a thread if it blocks. A thread that hangs is left behind, and counted until it comes back."""
        if not self._place.blocks:
            if self._place.delay_s > 0:
                await asyncio.sleep(min(self._place.delay_s, self._timeout_s))
                if self._place.delay_s > self._timeout_s:
                    raise self._too_slow(done, name)
            return work()
        if len(self._hanging) >= MAX_HANGING:
            hanging = f"{len(self._hanging)} operations hang there already"
            raise StorageError(f"{name} in {self.url} cannot be {done}: {hanging}")
        operation = _Operation(work)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await anyio.to_thread.run_sync(operation.do, abandon_on_cancel=True)
        except TimeoutError as error:
            self._hanging.add(operation)
            operation.give_up(lambda: self._hanging.discard(operation))
            raise self._too_slow(done, name) from error

    def _too_slow(self, done: str, name: str) -> StorageError:
        limit = f"it has taken more than {self._timeout_s:g} s"
        return StorageError(f"{name} in {self.url} cannot be {done}: {limit}")


class _Operation(Generic[T]):
    """One piece of work in a thread, which may come back long after it was given up."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._runs = self._given_up = False
        self._came_back: Callable[[], None] | None = None

    def do(self) -> T:
        """In the thread."""
        with self._lock:
            if self._given_up:
                raise StorageError("it was given up before a thread was free")  # nobody hears it
            self._runs = True
        try:
            return self._work()
        finally:
            with self._lock:
                self._runs = False
                if self._came_back is not None:
                    self._came_back()

    def give_up(self, came_back: Callable[[], None]) -> None:
        """Nobody waits any more; `came_back` is called once, when nothing of it runs. What has not begun never does."""
        with self._lock:
            self._given_up = True
            if self._runs:
                self._came_back = came_back
            else:
                came_back()


def _place(url: str) -> Place:
    scheme, separator, _ = url.partition("://")
    if separator and scheme in PLACES:
        return PLACES[scheme](url)
    path = local_path(url)
    return FsspecPlace(url) if path is None else FilePlace(path)


def _checked_name(name: str) -> str:
    parts = name.split("/")
    if not all(parts) or {".", ".."} & set(parts) or "\0" in name:
        raise StorageError(f"{name!r} cannot name a blob")
    return name
