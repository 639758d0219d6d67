"""Bytes in whatever filesystem fsspec knows: s3, hdfs, ssh ... Synchronous shell of `cluster.store.places.Place`.

Each of them may need a package of its own; a missing one is named in one line. Deliberately not here: files of this
machine, which need no fsspec (`cluster.store.places`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cluster.store.places import StorageError, StoredFile

PIECE_BYTES = 1 << 20

PACKAGES = {
    **dict.fromkeys(("s3", "s3a"), "s3fs"),
    **dict.fromkeys(("hdfs", "arrow_hdfs"), "pyarrow"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("abfs", "abfss", "az", "adl"), "adlfs"),
    **dict.fromkeys(("ssh", "sftp"), "paramiko"),
    **dict.fromkeys(("http", "https"), "aiohttp"),
    "smb": "smbprotocol",
}
"""Which package a URL's scheme needs, where fsspec alone is not enough."""


class FsspecPlace:
    """Whatever fsspec knows: s3, hdfs, ssh ... A library of its own may be needed for each."""

    blocks = True
    delay_s = 0.0

    def __init__(self, url: str) -> None:
        import fsspec  # imported here: it is large, and files need it not

        self._url = url.rstrip("/")
        self._filesystem: Any
        try:
            self._filesystem, self._root = fsspec.core.url_to_fs(self._url)
        except ImportError as error:
            raise StorageError(_missing_package(self._url, error)) from error
        except Exception as error:  # each filesystem fails in its own way: no such scheme, host or credentials
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

    def size_bytes(self, name: str) -> int | None:
        """See `Place`."""
        try:
            return int(self._filesystem.size(f"{self._root}/{name}"))
        except FileNotFoundError:
            return None
        except Exception as error:
            raise StorageError(f"{self._url}/{name} cannot be read: {_line(error)}") from error

    def sha256(self, name: str) -> str | None:
        """See `Place`."""
        try:
            with self._filesystem.open(f"{self._root}/{name}", "rb") as file:
                digest = hashlib.sha256()
                while piece := file.read(PIECE_BYTES):
                    digest.update(piece)
                return digest.hexdigest()
        except FileNotFoundError:
            return None
        except Exception as error:
            raise StorageError(f"{self._url}/{name} cannot be read: {_line(error)}") from error

    def files(self, prefix: str) -> list[StoredFile]:
        """See `Place`."""
        try:
            self._filesystem.invalidate_cache()
            found: dict[str, dict[str, Any]] = self._filesystem.find(f"{self._root}/{prefix}", detail=True)
        except FileNotFoundError:
            return []
        except Exception as error:
            raise StorageError(f"{self._url}/{prefix} cannot be listed: {_line(error)}") from error
        start = len(self._filesystem._strip_protocol(self._root).rstrip("/")) + 1
        files = [
            StoredFile(name[start:], int(info.get("size") or 0), _modified_at(info)) for name, info in found.items()
        ]
        return sorted(files, key=lambda one: one.name)

    def exists(self) -> bool:
        """See `Place`."""
        return True

    def check_writable(self) -> None:
        """See `Place`."""
        probe = f".writable-{os.getpid()}"
        self.write(probe, b"deathwatch")
        self.delete(probe)


def _missing_package(url: str, error: ImportError) -> str:
    scheme = url.partition("://")[0]
    package = PACKAGES.get(scheme)
    if package is None:
        return f"{url} cannot be used: {_line(error)}"
    return f"{url} cannot be used: {scheme}:// needs the package {package}, try pip install {package} ({_line(error)})"


def _modified_at(info: Mapping[str, Any]) -> float | None:
    """Each filesystem has another word for it."""
    for word in ("mtime", "LastModified", "last_modified", "modified", "updated", "created"):
        at = info.get(word)
        if isinstance(at, datetime):
            return at.timestamp()
        if isinstance(at, int | float):
            return float(at)
    return None


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
