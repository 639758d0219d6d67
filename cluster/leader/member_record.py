"""Keeps in the election backend which TaskManagers may run tasks: whom the next leader has to wait for. Shell.

A TaskManager gets no task before it is recorded; one that is dead may stay recorded for a while, which costs the next
leader a look. One write at a time, always of the newest. Deliberately not here: what the next leader does
(`cluster.model.reunion`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgpack

from cluster.election.driver import PointerStore, StaleEpoch
from cluster.leader.beside import Beside
from cluster.leader.services import LeaderServices

KEY = "members"
UNKNOWN = "?"
"""In the place of a path, where the record cannot be read: somebody may be there."""
UNKNOWN_LEASE_S = 10.0


async def read_members(pointers: PointerStore) -> dict[str, float]:
    """The TaskManagers of the former leader: path, and the lease of its tasks in seconds."""
    kept = await pointers.get(KEY)
    try:
        plain = msgpack.unpackb(kept) if kept is not None else {}
        return {str(path): float(lease_s) for path, lease_s in plain.items()}
    except (ValueError, TypeError, AttributeError, msgpack.UnpackException):
        return {UNKNOWN: UNKNOWN_LEASE_S}


class MemberRecord:
    """The record under one leader.

    Args:
        epoch: Of the leader.
        services: What it works with.
        beside: Lets a write go on beside the mailbox, with what to do afterwards.
    """

    def __init__(self, epoch: int, services: LeaderServices, beside: Beside) -> None:
        self._epoch = epoch
        self._services = services
        self._beside = beside
        self._members: dict[str, float] = {}
        self._stored: frozenset[tuple[str, float]] | None = frozenset()  # `None`: not known
        self._waiting: dict[str, Callable[[], None]] = {}
        self._new: set[str] = set()
        self._writing: frozenset[tuple[str, float]] | None = None

    def found(self, members: Mapping[str, float]) -> None:
        """What the former leader had recorded; it is the record still."""
        self._members = dict(members)
        self._stored = frozenset(members.items())

    def add(self, path: str, lease_s: float, then: Callable[[], None]) -> None:
        """Record a TaskManager; `then` is called when it is recorded. Not if that fails: then it registers again."""
        if path not in self._members:
            self._new.add(path)
        self._members[path] = lease_s
        will_stay = self._writing is None or (path, lease_s) in self._writing  # else it is just being struck off
        if will_stay and self._stored is not None and (path, lease_s) in self._stored:
            then()
        else:
            self._waiting[path] = then
            self._write()

    def drop(self, *paths: str) -> None:
        """They are dead for certain, or dead with their lease over; those of the former leader, too."""
        known = self._members.keys() & set(paths)
        self._members = {path: lease_s for path, lease_s in self._members.items() if path not in known}
        if known:
            self._write()

    def _write(self) -> None:
        now = frozenset(self._members.items())
        if self._writing is not None or now == self._stored:
            return
        self._writing = now
        packed: bytes = msgpack.packb(dict(self._members))
        put = self._services.pointers.put(KEY, packed, self._epoch)
        self._beside(put, lambda _: self._written(now), self._failed)

    def _written(self, now: frozenset[tuple[str, float]]) -> None:
        self._writing, self._stored = None, now
        written = {path for path, _ in now}
        self._new -= written
        for path in [path for path in self._waiting if path in written]:  # a set's order would be another in each run
            self._waiting.pop(path)()
        self._write()

    def _failed(self, error: BaseException) -> None:
        self._writing = self._stored = None  # it may have been written all the same
        for path in self._new:  # not those that were recorded before: tasks of theirs may run
            self._members.pop(path, None)
        self._new.clear()
        self._waiting.clear()
        if isinstance(error, StaleEpoch):
            self._services.office.broken(self._epoch, error)
