"""The election's file: the lease row, the confirmed leader and the fenced values, in one SQLite database.

A synchronous shell of `cluster.model.lease`: each method is one transaction that reads the row, asks the core, and
writes its answer; so every change is a compare-and-set. Used by one thread only. Deliberately not here: when to renew
and whom to tell (`cluster.election.sqlite_keeper`).
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cluster.election.driver import ElectionUnavailable, LeaderInfo, StaleEpoch
from cluster.model import lease as rules
from cluster.model.lease import Lease

_SCHEMA = """
CREATE TABLE IF NOT EXISTS lease (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL, holder TEXT NOT NULL, renewed_at REAL NOT NULL, ttl_s REAL NOT NULL, boot_id TEXT NOT NULL,
    proof TEXT NOT NULL, info BLOB
);
CREATE TABLE IF NOT EXISTS pointer (key TEXT PRIMARY KEY, value BLOB NOT NULL, epoch INTEGER NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 1;
"""
_VERSION = 1
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
OPEN_PATIENCE_S = 10.0
OPEN_AGAIN_S = 0.01
"""How long a file that others are making is tried, and how often."""
_READ = "SELECT epoch, holder, renewed_at, ttl_s, boot_id, proof, info FROM lease"


class ElectionDatabase:
    """An open election file.

    Args:
        path: The file; it and its directory are made when missing.
        clock: Seconds of the machine's monotonic clock, the same for all its processes.
        boot_id: Names the boot that `clock` counts from.
        lease_ttl_s: Seconds that a lease holds without renewal.
        busy_s: Seconds to wait for another process's transaction.

    Raises:
        ElectionUnavailable: If the file cannot be made, opened or understood.
    """

    def __init__(
        self, path: Path, clock: Callable[[], float], boot_id: str, lease_ttl_s: float, busy_s: float = 0.5
    ) -> None:
        self._clock = clock
        self._boot_id = boot_id
        self._ttl_s = lease_ttl_s
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _check_remains(path)
            self._connection = self._open(path, busy_s)
            self._path, self._place = path, _place_of(path)
        except (OSError, ValueError, sqlite3.Error) as error:  # ValueError: no name of a file
            raise ElectionUnavailable(f"the election file {path} cannot be used: {error}") from error

    def _open(self, path: Path, busy_s: float) -> sqlite3.Connection:
        """Open the file and make what is missing in it.

        Processes that begin together all find a new file and all turn it to write-ahead logging. SQLite lets one do
        so and tells the others at once that it is locked, whatever timeout they have; they try again.
        """
        deadline = self._clock() + OPEN_PATIENCE_S
        while True:
            connection = sqlite3.connect(path, timeout=busy_s, isolation_level=None)
            try:
                _prepare(connection)
            except BaseException as error:
                connection.close()
                busy = isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in _BUSY
                if not busy or self._clock() >= deadline:
                    raise
                time.sleep(OPEN_AGAIN_S)
            else:
                return connection

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def check_place(self) -> None:
        """The file is still where everybody looks for it.

        One that was removed can be used for ever by who has it open, while others make and use another one.

        Raises:
            sqlite3.OperationalError: If it was removed, or another is in its place, or that cannot be seen now.
        """
        try:
            place = _place_of(self._path)
        except OSError as error:
            raise sqlite3.OperationalError(f"it cannot be seen whether it is in its place: {error}") from error
        if place != self._place:
            raise sqlite3.OperationalError("it was removed or replaced, and this process has to be started again")

    def data_version(self) -> int:
        """A number that changes when another process has written. Cheap enough to ask a hundred times a second."""
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    def read(self) -> tuple[Lease | None, bytes | None, str]:
        """The row, the confirmed leader as it is stored, and the holder's proof of life."""
        row = self._connection.execute(_READ).fetchone()
        if row is None:
            return None, None, ""
        *lease, proof, info = row
        return Lease(*lease), info, proof

    def _row(self) -> Lease | None:
        row = self._connection.execute(_READ).fetchone()
        return None if row is None else Lease(*row[:5])

    def is_expired(self, lease: Lease) -> bool:
        """Whether anybody may take it now."""
        return lease.is_expired(self._clock(), self._boot_id)

    def expires_in_s(self, lease: Lease) -> float:
        """Seconds until anybody may take it."""
        return lease.expires_in_s(self._clock(), self._boot_id)

    def take(self, candidate: str, proof: str) -> Lease | None:
        """Lead, if nobody does."""
        with self._writing() as row:
            return self._seat(rules.take(row, candidate, self._clock(), self._ttl_s, self._boot_id), proof)

    def challenge(self, epoch: int, candidate: str, proof: str) -> Lease | None:
        """Lead instead of the holder of `epoch`, who is dead for certain."""
        with self._writing() as row:
            lease = rules.challenge(row, epoch, candidate, self._clock(), self._ttl_s, self._boot_id)
            return self._seat(lease, proof, keeps_info=True)

    def vacate(self, epoch: int) -> None:
        """Free the office of `epoch`, whose holder is dead for certain, for any candidate."""
        with self._writing() as row:
            if row is not None and row.epoch == epoch:
                self._free()

    def renew(self, epoch: int, candidate: str) -> Lease | None:
        """Hold on. The time counts from before the transaction began."""
        now = self._clock()
        with self._of_this_boot(), self._writing() as row:
            renewed = rules.renew(row, epoch, candidate, now, self._boot_id)
            if renewed is not None:
                self._connection.execute("UPDATE lease SET renewed_at = ?", (renewed.renewed_at,))
            return renewed

    def release(self, epoch: int, candidate: str) -> None:
        """Give the office back, if it is still ours."""
        with self._writing() as row:
            if rules.release(row, epoch, candidate) is not None:
                self._free()

    def publish(self, info: LeaderInfo, candidate: str) -> bool:
        """Show `info`, if `candidate` holds its epoch.

        Raises:
            ElectionUnavailable: If its lease has run out, which it may yet renew, or lose.
        """
        with self._of_this_boot(), self._writing() as row:
            if row is None or (row.epoch, row.holder) != (info.epoch, candidate):
                return False
            if self.is_expired(row):
                raise ElectionUnavailable(f"the lease of epoch {info.epoch} has run out, and was not renewed yet")
            self._connection.execute("UPDATE lease SET info = ?", (info.to_bytes(),))
            return True

    def put(self, key: str, value: bytes, epoch: int) -> None:
        """Write a value if `epoch` is the newest; `StaleEpoch` if not."""
        with self._writing() as row:
            self._check_epoch(row, epoch)
            self._connection.execute("INSERT OR REPLACE INTO pointer VALUES (?, ?, ?)", (key, value, epoch))

    def delete(self, key: str, epoch: int) -> bool:
        """Remove a value if `epoch` is the newest; `StaleEpoch` if not."""
        with self._writing() as row:
            self._check_epoch(row, epoch)
            return self._connection.execute("DELETE FROM pointer WHERE key = ?", (key,)).rowcount > 0

    def get(self, key: str) -> bytes | None:
        """A value, or `None`."""
        row = self._connection.execute("SELECT value FROM pointer WHERE key = ?", (key,)).fetchone()
        return None if row is None else row[0]

    def list(self, prefix: str) -> dict[str, bytes]:
        """All values whose key begins with `prefix`, by key in order."""
        rows = self._connection.execute(
            "SELECT key, value FROM pointer WHERE substr(key, 1, ?) = ? ORDER BY key", (len(prefix), prefix)
        )
        return dict(rows.fetchall())

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Lease | None]:
        """A transaction that no other writer can come into, with the row as it is in it."""
        self.check_place()
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._row()
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # after some errors, as of a full disk, SQLite has undone it by itself
                self._connection.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def _of_this_boot(self) -> Iterator[None]:
        """What is written need not be on disk: after a power cut the boot is another one, and the lease void.

        Epochs and values must be: whoever fences by them outside would see one twice.
        """
        self._connection.execute("PRAGMA synchronous = NORMAL")
        try:
            yield
        finally:
            self._connection.execute("PRAGMA synchronous = FULL")

    def _seat(self, lease: Lease | None, proof: str, *, keeps_info: bool = False) -> Lease | None:
        """Write it; a leader that is deposed stays shown until the publication: one piece of news, and not two."""
        if lease is not None:
            self._connection.execute(
                "INSERT OR REPLACE INTO lease (id, epoch, holder, renewed_at, ttl_s, boot_id, proof, info)"
                " VALUES (1, ?, ?, ?, ?, ?, ?, CASE WHEN ? THEN (SELECT info FROM lease) END)",
                (lease.epoch, lease.holder, lease.renewed_at, lease.ttl_s, lease.boot_id, proof, keeps_info),
            )
        return lease

    def _free(self) -> None:
        self._connection.execute("UPDATE lease SET holder = '', proof = '', info = NULL")

    def _check_epoch(self, row: Lease | None, epoch: int) -> None:
        current = 0 if row is None else row.epoch
        if epoch != current:
            raise StaleEpoch(epoch, current)


def _check_remains(path: Path) -> None:
    """Do not begin anew where only the file itself was removed: what was written last is in the log beside it.

    SQLite would delete that log, or fail while another process still has it. Of a file that is just being made the log
    is made second, and so it is looked for first.

    Raises:
        ElectionUnavailable: In that case.
    """
    log = Path(f"{path}-wal")
    if log.exists() and not path.exists():
        raise ElectionUnavailable(
            f"the election file {path} is missing, though {log} is there: it was removed alone. Put it back; or end "
            "all processes that use it and remove what is left of it (-wal, -shm), to begin anew without its jobs"
        )


def _place_of(path: Path) -> tuple[int, int] | None:
    """Which file that is, if there is any."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version not in (0, _VERSION):
        raise ElectionUnavailable(f"the election file has format {version}; this release knows {_VERSION}")
    if version == 0:
        connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
