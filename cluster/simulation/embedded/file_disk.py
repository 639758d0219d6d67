"""`FileDisk`: what of the election's file has reached the disk, and what a loss of power leaves of it. SHELL.

A transaction that SQLite syncs takes everything before it along; what was committed without is lost with the power, or
is not, as chance has it. What SQLite does with a file that ends in the midst of a transaction is its own affair: the
file is put back to what it held after the last one that was synced. Deliberately not here: who syncs (`keeper_place`).
"""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path
from typing import Any, TypeAlias

from cluster.election.driver import LeaderInfo
from cluster.election.sqlite_database import ElectionDatabase
from cluster.model.lease import Lease

Contents: TypeAlias = dict[str, list[tuple[Any, ...]]]
TABLES = ("lease", "pointer")


class FileDisk:
    """The disk that holds one election file.

    Args:
        path: The file, which exists.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = sqlite3.connect(path, timeout=0.0, isolation_level=None)
        self._kept = self._contents()
        self._is_behind = False
        self._locks: list[sqlite3.Connection] = []

    @property
    def is_locked(self) -> bool:
        """Whether somebody stands still in the midst of a transaction."""
        return bool(self._locks)

    def lock(self) -> None:
        """Somebody does so from now on; one of them is enough."""
        self._locks.append(sqlite3.connect(self._path, timeout=0.0, isolation_level=None))
        if len(self._locks) == 1:
            self._locks[0].execute("BEGIN IMMEDIATE")

    def unlock(self) -> None:
        """One of them does so no more; the one with the lock is the last."""
        self._locks.pop().close()

    def written(self, *, is_synced: bool) -> None:
        """Somebody has changed the file."""
        self._is_behind = not is_synced
        if is_synced:
            self._kept = self._contents()

    def lose(self, chance: random.Random) -> bool:
        """Power is lost: whether anything else was. Not while the file is locked: nobody could put it back."""
        if not self._is_behind or self.is_locked or chance.random() < 0.5:
            return False
        self._is_behind = False
        self._file.execute("BEGIN IMMEDIATE")
        for table, rows in self._kept.items():
            self._file.execute(f"DELETE FROM {table}")  # noqa: S608 - the names are ours
            for row in rows:
                self._file.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
        self._file.execute("COMMIT")
        return True

    def close(self) -> None:
        """Let go of the file."""
        while self._locks:
            self.unlock()
        self._file.close()

    def _contents(self) -> Contents:
        return {table: self._file.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}  # noqa: S608


class FileReader(ElectionDatabase):
    """The file as it is for who knows what everybody has written in it."""

    def known(self) -> tuple[Lease | None, LeaderInfo | None, str]:
        """The row, who is shown, and the holder's proof of life."""
        lease, info, proof = self.read()
        return lease, None if info is None else LeaderInfo.from_bytes(info), proof
