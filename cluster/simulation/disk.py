"""`SimDisk`: a storage directory in memory that can be full, torn, slow, away or rotten. A `Place` for `sim://` URLs.

What is kept outlives the processes, as a shared directory does. A torn write leaves half of the bytes under the name,
and fails: what is read later must be known by its checksum. Deliberately not here: when that happens (`nemesis`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from cluster.store.blobs import PLACES
from cluster.store.forgotten import METADATA_FOLDER
from cluster.store.places import MemoryPlace, StorageError


@dataclass(slots=True)
class Trouble:
    """What is wrong with the disk of one simulation.

    Attributes:
        full: Nothing can be written.
        torn: Each write leaves half of it, and fails.
        away: Nothing can be done at all.
        slow_s: Each operation takes so long, and is done in the end if its process still lives.
        refuses: So many checkpoints cannot be written, whose states could.
        hits: How many operations failed for it.
        deleted: Is told of each file that somebody deletes.
        changed: Is told of each file that somebody writes again, and differently; not of one that was torn.
    """

    full: bool = False
    torn: bool = False
    away: bool = False
    slow_s: float = 0.0
    refuses: int = 0
    hits: int = 0
    deleted: Callable[[str], None] = lambda file: None
    changed: Callable[[str], None] = lambda file: None


class SimDisk(MemoryPlace):
    """See `MemoryPlace`.

    Args:
        url: `sim://NAME/...`; all that begin with the same name share their trouble.
    """

    troubles: ClassVar[dict[str, Trouble]] = {}

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._trouble = self.troubles.setdefault(_simulation(url), Trouble())

    @property
    def delay_s(self) -> float:  # type: ignore[override]  # what is fast in memory is a constant there
        """See `Place`."""
        return self._trouble.slow_s

    def write(self, name: str, data: bytes) -> None:
        """See `Place`."""
        self._check()
        if self._trouble.torn:
            super().write(name, data[: len(data) // 2])
        if self._trouble.torn or self._trouble.full:
            self._trouble.hits += 1
            raise StorageError(f"{name} cannot be written: no space left on the simulated device")
        if self._trouble.refuses and name.startswith(METADATA_FOLDER):
            self._trouble.refuses -= 1
            raise StorageError(f"{name} cannot be written: the simulated device refuses it")
        before = super().read(name)
        if before is not None and before not in (data, data[: len(data) // 2]):
            self._trouble.changed(name)
        super().write(name, data)

    def read(self, name: str) -> bytes | None:
        """See `Place`."""
        self._check()
        return super().read(name)

    def delete(self, name: str) -> None:
        """See `Place`."""
        self._check()
        super().delete(name)
        self._trouble.deleted(name)

    def size_bytes(self, name: str) -> int | None:
        """See `Place`."""
        self._check()
        return super().size_bytes(name)

    @classmethod
    def kept(cls, name: str, file: str) -> bytes | None:
        """What a simulation keeps under the name of a file, whatever its trouble is; for judges."""
        found = (files.get(file) for url, files in cls._all.items() if _simulation(url) == name)
        return next((data for data in found if data is not None), None)

    @classmethod
    def all_kept(cls, name: str) -> dict[str, bytes]:
        """All that a simulation keeps, whatever its trouble is, by name of the file; for judges."""
        return {
            file: data
            for url, files in sorted(cls._all.items())
            if _simulation(url) == name
            for file, data in files.items()
        }

    @classmethod
    def spoil(cls, name: str, file: str, change: Callable[[bytes], bytes | None]) -> None:
        """What a simulation keeps under the name of a file is something else now; `None` is nothing."""
        for url, files in cls._all.items():
            if _simulation(url) == name and file in files:
                data = change(files.pop(file))
                if data is not None:
                    files[file] = data

    @classmethod
    def put_back(cls, name: str, file: str, data: bytes) -> None:
        """What `spoil` has taken away is there again; in each place of the simulation, of which one is read."""
        for url, files in cls._all.items():
            if _simulation(url) == name:
                files.setdefault(file, data)

    @classmethod
    def forget(cls, name: str) -> None:
        """Of a simulation that is over."""
        cls.troubles.pop(name, None)
        for url in [url for url in cls._all if _simulation(url) == name]:
            del cls._all[url]

    def _check(self) -> None:
        if self._trouble.away:
            self._trouble.hits += 1
            raise StorageError("the simulated disk is away")


def _simulation(url: str) -> str:
    return url.removeprefix("sim://").partition("/")[0]


PLACES["sim"] = SimDisk
