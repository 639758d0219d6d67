"""Keeps one process's place in the election's file: takes, renews and gives back the lease, and sees what others do.

Synchronous and without a thread of its own: `cluster.election.sqlite` calls `look` again and again in the thread that
owns the file, and hands on what is told. Deliberately not here: the transactions (`sqlite_database`) and the rules
(`cluster.model.lease`).
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cluster.election.driver import ElectionUnavailable, LeaderInfo, Succession
from cluster.election.sqlite_database import ElectionDatabase
from cluster.election.witness import Witness
from cluster.model.lease import Lease

STALLED_LOOP_TTLS = 2
"""Times to live without a sign of the event loop after which its lease is not renewed any more: it does not lead."""
MOST_TROUBLES = 16
"""So many different things that are wrong are told in one outage."""


@dataclass(frozen=True, slots=True)
class SqliteSettings:
    """How to use the file.

    Attributes:
        path: The election file.
        clock: Seconds of the machine's monotonic clock.
        boot_id: Names the boot that `clock` counts from; a lease of another boot is void.
        lease_ttl_s: Seconds that a lease holds without renewal.
        poll_s: Seconds between two looks at what others wrote.
        by_evidence: Whether to take over from a holder whose process is gone, or to wait for the end of its lease.
    """

    path: Path
    clock: Callable[[], float]
    boot_id: str
    lease_ttl_s: float = 2.0
    poll_s: float = 0.01
    by_evidence: bool = True


@dataclass(frozen=True, slots=True)
class Seated:
    """We lead under `epoch`; `how` the office became free."""

    epoch: int
    how: Succession = Succession.FIRST


@dataclass(frozen=True, slots=True)
class Unseated:
    """We lead no more under `epoch`."""

    epoch: int


@dataclass(frozen=True, slots=True)
class LeaderSeen:
    """`info` is the confirmed leader, or nobody is."""

    info: LeaderInfo | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """The file cannot be used; each thing that is wrong is told once in an outage."""

    error: ElectionUnavailable


KeeperEvent: TypeAlias = Seated | Unseated | LeaderSeen | Trouble


class LeaseKeeper:
    """One process's place in the election.

    Args:
        settings: Which file, and by which clock.
        tell: Called with what happens.
        witness: Knows this process, and sees the ends of others; one of this machine by default.

    Attributes:
        database: The open file, for whatever else is kept in it.
        lease: What we hold, as it was last written.
    """

    def __init__(
        self, settings: SqliteSettings, tell: Callable[[KeeperEvent], None], witness: Witness | None = None
    ) -> None:
        self.database = ElectionDatabase(
            settings.path, settings.clock, settings.boot_id, settings.lease_ttl_s, settings.lease_ttl_s / 8
        )
        self.lease: Lease | None = None
        self._settings = settings
        self._tell = tell
        self._candidate = ""
        self._witness = witness or Witness(settings.boot_id)
        self._proof = self._witness.own_proof
        self._version = -1
        self._look_again_at = 0.0
        self._seen: tuple[Lease | None, str] = (None, "")
        self._visible: LeaderInfo | None = None
        self._unreadable: ValueError | None = None
        self._troubles: set[str] = set()

    def close(self) -> None:
        """Let go of the file, saying nothing in it."""
        self._witness.close()
        self.database.close()

    def stand(self, candidate: str) -> None:
        """Be a candidate from the next look on."""
        self._candidate = candidate
        self._version = -1

    def resign(self) -> None:
        """Be no candidate, and give back what is held."""
        candidate, self._candidate = self._candidate, ""
        lease, self.lease = self.lease, None
        self._version = -1
        if lease is not None:
            self.database.release(lease.epoch, candidate)
            self._tell(Unseated(lease.epoch))

    def drop(self, epoch: int) -> None:
        """Whoever acts for us has stopped acting under `epoch`: free it for the next, ourselves included."""
        if self.lease is not None and self.lease.epoch == epoch:
            self.lease = None
            self._version = -1
            self.database.release(epoch, self._candidate)

    def publish(self, info: LeaderInfo) -> bool:
        """Show `info`, if its epoch is ours."""
        self._version = -1
        return self.database.publish(info, self._candidate)

    def challenge(self, epoch: int, how: Succession = Succession.CHALLENGED) -> None:
        """Take over from, or free the office of, the holder of `epoch`, who is dead for certain."""
        if self.lease is not None:
            if self.lease.epoch >= epoch:
                return
            self._lose(self.lease)  # somebody has led after us, which we have not seen yet
        self._version = -1
        if self._candidate:
            self._seat(self.database.challenge(epoch, self._candidate, self._proof), how)
        else:
            self.database.vacate(epoch)

    def look(self, loop_seen: float) -> None:
        """Do what is due.

        Args:
            loop_seen: When the event loop, which does the acting, last gave a sign of life.
        """
        try:
            self._check_place()
            self._renew(loop_seen)
            self._observe()
        except Exception as error:  # whatever it is: nobody else renews, and who has asked for something waits for us
            self._version = -1
            self._complain(f"the election file {self._settings.path}: {error}")
        else:
            self._troubles.clear()

    def _complain(self, trouble: str) -> None:
        """A leader that cannot be read may be shown for long: what comes on top of that is news all the same."""
        if trouble not in self._troubles and len(self._troubles) < MOST_TROUBLES:
            self._troubles.add(trouble)
            self._tell(Trouble(ElectionUnavailable(trouble)))

    def _check_place(self) -> None:
        """In a file that nobody else finds any more nobody leads."""
        try:
            self.database.check_place()
        except sqlite3.Error:
            if self.lease is not None:
                self._lose(self.lease)
            self._show(None)
            raise

    def _renew(self, loop_seen: float) -> None:
        lease = self.lease
        if lease is None:
            return
        now = self._settings.clock()
        loop_lives = now - loop_seen < self._settings.lease_ttl_s * STALLED_LOOP_TTLS
        if loop_lives and now - lease.renewed_at >= self._settings.lease_ttl_s / 4:
            self.lease = self.database.renew(lease.epoch, self._candidate)
            if self.lease is None:
                self._lose(lease)

    def _observe(self) -> None:
        version = self.database.data_version()
        if version != self._version or self._settings.clock() >= self._look_again_at:
            self._read()
            self._version = version
        lease, proof = self._seen
        if self._settings.by_evidence and lease is not None and self.lease is None and self._witness.saw_end(proof):
            self.challenge(lease.epoch, Succession.PROCESS_DEAD)
            self._read()
        if self._unreadable is not None:
            raise self._unreadable

    def _read(self) -> None:
        lease, info, proof = self.database.read()
        if self.lease is not None and (lease is None or lease.epoch != self.lease.epoch or not lease.holder):
            self._lose(self.lease)
        is_free = lease is None or self.database.is_expired(lease)
        self._unreadable = None
        self._show(None if is_free else self._known(info))
        if is_free and self._candidate and self.lease is None:
            self._seat(self.database.take(self._candidate, self._proof), _how(lease))
            lease, proof = self.lease, self._proof
            is_free = lease is None
        self._seen = (None, "") if lease is None or is_free else (lease, proof)
        wait_s = math.inf if is_free or lease is None else self.database.expires_in_s(lease)
        self._look_again_at = self._settings.clock() + wait_s

    def _known(self, info: bytes | None) -> LeaderInfo | None:
        """Who is shown. Whoever cannot be read leads all the same, and is not whom we know (as of another release)."""
        try:
            return None if info is None else LeaderInfo.from_bytes(info)
        except ValueError as error:
            self._unreadable = error
            return None

    def _seat(self, lease: Lease | None, how: Succession) -> None:
        if lease is not None:
            self.lease = lease
            self._show(None)
            self._tell(Seated(lease.epoch, how))

    def _lose(self, lease: Lease) -> None:
        self.lease = None
        self._version = -1
        self._tell(Unseated(lease.epoch))

    def _show(self, info: LeaderInfo | None) -> None:
        if info != self._visible:
            self._visible = info
            self._tell(LeaderSeen(info))


def _how(former: Lease | None) -> Succession:
    if former is None:
        return Succession.FIRST
    return Succession.LEASE_EXPIRED if former.holder else Succession.RESIGNED
