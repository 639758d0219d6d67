"""Where bytes can be kept: files of this machine, memory, or a filesystem that fsspec knows. Synchronous shells.

A write is whole or not there: into another name first, then renamed. Deliberately not here: checksums and threads
(`cluster.store.blobs`).
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Protocol


class StorageError(Exception):
    """The storage directory cannot be used as asked. The text says what and why, in one line."""


class Place(Protocol):
    """Keeps bytes by name."""

    @property
    def blocks(self) -> bool:
        """Whether its methods wait for a disk or a network, and so belong into a thread."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Keep `data`. Raises `StorageError`."""

    def read(self, name: str) -> bytes | None:
        """What was kept, `None` if nothing. Raises `StorageError`."""
        ...

    def delete(self, name: str) -> None:
        """Forget it, if it is there. Raises `StorageError`."""

    def check_writable(self) -> None:
        """Raises `StorageError` if nothing can be kept here."""


class FilePlace:
    """Files below a directory of this machine; on disk before `write` returns."""

    blocks = True
    _numbers: ClassVar[Iterator[int]] = itertools.count(1)

    def __init__(self, root: str) -> None:
        self._root = Path(root)

    def write(self, name: str, data: bytes) -> None:
        """See `Place`."""
        path = self._root / name
        unfinished = path.with_name(f".{path.name}.{os.getpid()}-{next(self._numbers)}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(unfinished, "wb") as file:
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

    def check_writable(self) -> None:
        """See `Place`."""
        probe = f".writable-{os.getpid()}"
        try:
            self.write(probe, b"")
            self.delete(probe)
        except StorageError as error:
            reason = error.__cause__.strerror if isinstance(error.__cause__, OSError) else str(error)
            raise StorageError(f"{self._root} cannot be written: {reason}") from error


class MemoryPlace:
    """A dictionary of this process, shared by all stores of the same URL. Never blocks."""

    blocks = False
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

    def check_writable(self) -> None:
        """See `Place`. It always is."""


class FsspecPlace:
    """Whatever fsspec knows: s3, hdfs, ssh ... A library of its own may be needed for each."""

    blocks = True

    def __init__(self, url: str) -> None:
        import fsspec  # imported here: it is large, and files need it not

        self._url = url.rstrip("/")
        self._filesystem: Any
        try:
            self._filesystem, self._root = fsspec.core.url_to_fs(self._url)
        except Exception as error:  # each filesystem fails in its own way: no such scheme, library, host or credentials
            raise StorageError(f"{url} cannot be used: {_line(error)}") from error

    def write(self, name: str, data: bytes) -> None:
        """See `Place`."""
        path = f"{self._root}/{name}"
        try:
            self._filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
            with self._filesystem.transaction:
                self._filesystem.pipe_file(path, data)
        except Exception as error:
            raise StorageError(f"{self._url}/{name} cannot be written: {_line(error)}") from error

    def read(self, name: str) -> bytes | None:
        """See `Place`."""
        try:
            data: bytes = self._filesystem.cat_file(f"{self._root}/{name}")
        except FileNotFoundError:
            return None
        except Exception as error:
            raise StorageError(f"{self._url}/{name} cannot be read: {_line(error)}") from error
        return data

    def delete(self, name: str) -> None:
        """See `Place`."""
        try:
            self._filesystem.rm_file(f"{self._root}/{name}")
        except FileNotFoundError:
            return
        except Exception as error:
            raise StorageError(f"{self._url}/{name} cannot be deleted: {_line(error)}") from error

    def check_writable(self) -> None:
        """See `Place`."""
        probe = f".writable-{os.getpid()}"
        self.write(probe, b"deathwatch")
        self.delete(probe)


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


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
