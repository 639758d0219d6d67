"""What an election backend offers: leadership by ordered epochs, the leader's address, and small fenced values.

Protocols and the values that cross them; `memory`, `sqlite` and `zookeeper` are drivers. The shell that turns grants
into a running leader is `cluster.election.service`. After Flink's split of driver and service (`LeaderElectionDriver`).
"""

from __future__ import annotations

import enum
from dataclasses import astuple
from typing import Any, Protocol

import msgpack

from actors import message


class ElectionUnavailable(Exception):
    """The backend cannot be used. The text says why, for people."""


class StaleEpoch(Exception):
    """A write under an epoch that is not the newest was refused.

    Attributes:
        epoch: The writer's.
        current: The newest.
    """

    def __init__(self, epoch: int, current: int) -> None:
        now = f"the epoch is {current} now" if current != epoch else "its holder has lost the office"
        super().__init__(f"a write of epoch {epoch} was refused: {now}")
        self.epoch = epoch
        self.current = current


@message(name="cluster.leader-info")
class LeaderInfo:
    """Who leads and can be talked to. Only a confirmed leader has one.

    Attributes:
        epoch: The fencing number.
        address: The dispatcher's reference as text.
        contender: The reference, with uid, of the leading process's contender, which standbys DeathWatch.
        candidate: Id of the process.
    """

    epoch: int
    address: str
    contender: str
    candidate: str

    def to_bytes(self) -> bytes:
        """As it is stored."""
        packed: bytes = msgpack.packb(astuple(self))
        return packed

    @classmethod
    def from_bytes(cls, data: bytes) -> LeaderInfo:
        """Read what `to_bytes` wrote.

        Raises:
            ValueError: If it is something else.
        """
        try:
            fields: list[Any] = msgpack.unpackb(data)
            info = cls(*fields)
        except (TypeError, ValueError, msgpack.UnpackException) as error:
            raise ValueError(f"the stored leader cannot be read: {error}") from error
        if [type(field) for field in astuple(info)] != [int, str, str, str]:
            raise ValueError(f"the stored leader cannot be read: {info}")
        return info


class ElectionListener(Protocol):
    """Whom a driver tells. Called on the event loop, one call after the other, never from inside a driver's method."""

    def granted(self, epoch: int) -> None:
        """This process leads under `epoch`; nobody else sees it before `publish`."""

    def revoked(self) -> None:
        """This process leads no more. It stays a candidate unless it resigned."""

    def suspended(self) -> None:
        """This process, which leads, has lost sight of the backend: it stops acting and keeps everything."""

    def resumed(self) -> None:
        """Contact is back, and the office was ours all the time: it goes on."""

    def leader_changed(self, info: LeaderInfo | None) -> None:
        """Another leader is confirmed, or nobody is, or it is not known any more who."""

    def failed(self, error: Exception) -> None:
        """The backend cannot be used; told once per outage. The driver goes on trying."""


class PointerStore(Protocol):
    """Small values that leaders keep in the backend; each write is one step with the check of its epoch."""

    async def put(self, key: str, value: bytes, epoch: int) -> None:
        """Write.

        Raises:
            StaleEpoch: If `epoch` is not the newest one.
        """

    async def delete(self, key: str, epoch: int) -> bool:
        """Remove; whether it was there.

        Raises:
            StaleEpoch: If `epoch` is not the newest one.
        """
        ...

    async def get(self, key: str) -> bytes | None:
        """The value, or `None`."""
        ...

    async def list(self, prefix: str) -> dict[str, bytes]:
        """All whose key begins with `prefix`, by key in order."""
        ...


class Succession(enum.Enum):
    """Why an office was free for the one who got it."""

    FIRST = "first"
    """Nobody held it before."""
    RESIGNED = "resigned"
    """The former leader gave it back."""
    LEASE_EXPIRED = "lease-expired"
    """The former leader was silent for the time of its lease."""
    PROCESS_DEAD = "process-dead"
    """The backend itself has seen the end of the former leader's process."""
    CHALLENGED = "challenged"
    """We knew for certain that the former leader is dead, and said so."""


class ElectionDriver(Protocol):
    """One process's connection to the election backend.

    Attributes:
        succession: Why the office was free that was granted last.
    """

    succession: Succession

    @property
    def pointers(self) -> PointerStore:
        """The fenced values."""
        ...

    async def start(self, listener: ElectionListener) -> None:
        """Connect and follow the leader. Nobody leads until told otherwise.

        Raises:
            ElectionUnavailable: If the backend cannot be used at all.
        """

    async def stand(self, candidate: str) -> None:
        """Become a candidate.

        Args:
            candidate: Id of this process's incarnation; no two may be equal, also over restarts.
        """

    def holds(self, epoch: int) -> bool:
        """Whether the office of `epoch` is ours for certain at this moment: granted, and its time not over.

        Asked before each act, since what ends an office may be waiting in the event loop behind the act.
        """
        ...

    async def publish(self, info: LeaderInfo) -> bool:
        """Confirm the leadership: from now on everybody sees `info`. False if the epoch is no longer ours."""
        ...

    async def challenge(self, epoch: int) -> None:
        """Act on certain knowledge that the holder of `epoch` is dead: take over at once, by compare-and-set.

        Safe if wrong: the holder loses its office and nothing else. From a process that is no candidate it only frees
        the office. Nothing happens if the epoch has passed. Who is deposed may be shown until the next publication.
        """

    async def resign(self) -> None:
        """Give up leadership and candidacy; the next candidate leads at once."""

    async def close(self) -> None:
        """Resign and let go of the backend. The listener hears nothing any more."""

    async def abandon(self) -> None:
        """Let go of the backend without resigning: what others find is what a crash leaves."""
