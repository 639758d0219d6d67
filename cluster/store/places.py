"""Where bytes can be kept: files of this machine, or memory. Synchronous shells.

A write is whole or not there: into another name first, then renamed. Deliberately not here: what fsspec knows
(`cluster.store.fsspec_place`), checksums and threads (`cluster.store.blobs`).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, ClassVar, Protocol

FOLDER_TRIES = 100
"""To make a folder, and a file in it, before others delete the folder since it is empty."""


class StorageError(Exception):
    """The storage directory cannot be used as asked. The text says what and why, in one line."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is kept under a name.

    Attributes:
        name: Path below the store's URL.
        size_bytes: Length.
        modified_at: Wall time, seconds since 1970; `None` where that is not known.
    """

    name: str
    size_bytes: int
    modified_at: float | None


class Place(Protocol):
    """Keeps bytes by name."""

    @property
    def blocks(self) -> bool:
        """Whether its methods wait for a disk or a network, and so belong into a thread."""
        ...

    @property
    def delay_s(self) -> float:
        """How long the loop has to wait for what does not block, before it is done: only simulated disks are slow."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Keep `data`. Raises `StorageError`."""

    def read(self, name: str) -> bytes | None:
        """What was kept, `None` if nothing. Raises `StorageError`."""
        ...

    def delete(self, name: str) -> None:
        """Forget it, if it is there. Raises `StorageError`."""

    def size_bytes(self, name: str) -> int | None:
        """How long it is, `None` if nothing is kept. Raises `StorageError`."""
        ...

    def sha256(self, name: str) -> str | None:
        """Its hexadecimal digest, read piece by piece; `None` if nothing is kept. Raises `StorageError`."""
        ...

    def files(self, prefix: str) -> list[StoredFile]:
        """What is kept in the folder `prefix` and below, unfinished writes too. Raises `StorageError`."""
        ...

    def exists(self) -> bool:
        """Whether it is there; what has no directories always is."""
        ...

    def check_writable(self) -> None:
        """Raises `StorageError` if nothing can be kept here."""


class FilePlace:
    """Files below a directory of this machine; on disk before `write` returns.

    The directory itself is made by `check_writable`, when a process begins, and never again: one that is gone, with the
    disk that it was on, must not be found again as an empty one on another disk. Nothing can be said then about what it
    holds, neither that a file is missing.
    """

    blocks = True
    delay_s = 0.0
    _numbers: ClassVar[Iterator[int]] = itertools.count(1)

    def __init__(self, root: str) -> None:
        self._root = Path(root)

    def write(self, name: str, data: bytes) -> None:
        """See `Place`."""
        path = self._root / name
        unfinished = path.with_name(f".{path.name}.{os.getpid()}-{next(self._numbers)}.tmp")
        try:
            if not self._root.is_dir():
                raise self._gone(name, "written")
            with self._opened(unfinished) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, path)
            _sync_directory(path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise StorageError(f"{path} cannot be written: {error.strerror or error}") from error

    def read(self, name: str) -> bytes | None:
        """See `Place`."""
        try:
            return (self._root / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            self._check_there(name)
            return None
        except OSError as error:
            raise StorageError(f"{self._root / name} cannot be read: {error.strerror or error}") from error

    def delete(self, name: str) -> None:
        """See `Place`. Directories that become empty go too."""
        path = self._root / name
        try:
            path.unlink(missing_ok=True)
        except NotADirectoryError:
            return
        except OSError as error:
            raise StorageError(f"{path} cannot be deleted: {error.strerror or error}") from error
        with contextlib.suppress(OSError):  # not empty, or somebody else was faster
            for parent in path.parents:
                if parent == self._root:
                    break
                parent.rmdir()

    def size_bytes(self, name: str) -> int | None:
        """See `Place`."""
        try:
            return (self._root / name).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            self._check_there(name)
            return None
        except OSError as error:
            raise StorageError(f"{self._root / name} cannot be read: {error.strerror or error}") from error

    def sha256(self, name: str) -> str | None:
        """See `Place`."""
        try:
            with open(self._root / name, "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except (FileNotFoundError, NotADirectoryError):
            self._check_there(name)
            return None
        except OSError as error:
            raise StorageError(f"{self._root / name} cannot be read: {error.strerror or error}") from error

    def files(self, prefix: str) -> list[StoredFile]:
        """See `Place`."""
        found: list[StoredFile] = []

        def refuse(error: OSError) -> None:
            if not isinstance(error, FileNotFoundError):
                raise StorageError(f"{error.filename} cannot be listed: {error.strerror or error}") from error

        for folder, _, names in os.walk(self._root / prefix, onerror=refuse):
            for name in names:
                path = Path(folder, name)
                with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                    known = path.stat()
                    found.append(StoredFile(str(path.relative_to(self._root)), known.st_size, known.st_mtime))
        return sorted(found, key=lambda one: one.name)

    def exists(self) -> bool:
        """See `Place`."""
        return self._root.is_dir()

    def check_writable(self) -> None:
        """See `Place`. Makes the directory, if it is not there."""
        probe = f".writable-{os.getpid()}"
        try:
            try:
                self._root.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StorageError(str(error)) from error
            self.write(probe, b"")
            self.delete(probe)
        except StorageError as error:
            reason = error.__cause__.strerror if isinstance(error.__cause__, OSError) else str(error)
            raise StorageError(f"{self._root} cannot be written: {reason}") from error

    def _opened(self, path: Path) -> IO[bytes]:
        """A new file in a folder that is made for it; whoever deletes the last file of a folder takes that along."""
        for _ in range(FOLDER_TRIES):
            with contextlib.suppress(FileNotFoundError):
                self._make(path.parent)
                return open(path, "wb")
        raise FileNotFoundError(errno.ENOENT, "its folder is deleted again and again")

    def _make(self, folder: Path) -> None:
        """Make a folder below the directory, with those above it, but not the directory itself."""
        if folder != self._root and not folder.is_dir():
            self._make(folder.parent)
            folder.mkdir(exist_ok=True)

    def _check_there(self, name: str) -> None:
        """For a file that is not there. Raises `StorageError` if it is the directory that is gone."""
        if not self._root.is_dir():
            raise self._gone(name, "read")

    def _gone(self, name: str, done: str) -> StorageError:
        return StorageError(f"{self._root / name} cannot be {done}: the directory {self._root} is not there")


class MemoryPlace:
    """A dictionary of this process, shared by all stores of the same URL. Never blocks."""

    blocks = False
    delay_s = 0.0
    _all: ClassVar[dict[str, dict[str, bytes]]] = {}

    def __init__(self, url: str) -> None:
        self._kept = self._all.setdefault(url.rstrip("/"), {})

    def write(self, name: str, data: bytes) -> None:
        """See `Place`."""
        self._kept[name] = data

    def read(self, name: str) -> bytes | None:
        """See `Place`."""
        return self._kept.get(name)

    def delete(self, name: str) -> None:
        """See `Place`."""
        self._kept.pop(name, None)

    def size_bytes(self, name: str) -> int | None:
        """See `Place`."""
        kept = self._kept.get(name)
        return None if kept is None else len(kept)

    def sha256(self, name: str) -> str | None:
        """See `Place`."""
        kept = self.read(name)
        return None if kept is None else hashlib.sha256(kept).hexdigest()

    def files(self, prefix: str) -> list[StoredFile]:
        """See `Place`. Nobody knows how old they are."""
        return [
            StoredFile(name, len(kept), None) for name, kept in sorted(self._kept.items()) if name.startswith(prefix)
        ]

    def exists(self) -> bool:
        """See `Place`."""
        return True

    def check_writable(self) -> None:
        """See `Place`. It always is."""


def local_path(url: str) -> str | None:
    """The path on this machine that a path or `file:` URL means, or `None` for anything else."""
    if url.startswith("file:"):
        rest = url.removeprefix("file:")
        return rest.removeprefix("//") if rest.startswith("///") or not rest.startswith("//") else None
    return None if "://" in url else url


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
