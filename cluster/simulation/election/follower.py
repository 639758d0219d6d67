"""`Follower`: one process that does not stand, follows whoever leads, and takes orders from nobody else. SHELL.

Whom it follows is decided by the TaskManager's own core, `Registration`; orders are datagrams, so they may come late
and more than once. Deliberately not here: what must be true (`rules`).
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from typing import Protocol

from cluster.election.driver import ElectionDriver, LeaderInfo
from cluster.taskmanager.registration import Registration
from runtime.sim.network import SimTransport

ORDERS_PORT = 7000


class Audience(Protocol):
    """Who sees what a follower believes."""

    def follows(self, name: str, epoch: int) -> None:
        """It follows the leader of an epoch; 0 for nobody."""

    def obeys(self, name: str, epoch: int) -> None:
        """It has taken an order of that epoch."""

    def asks(self, name: str, what: str) -> AbstractContextManager[None]:
        """It asks its driver for something, and is answered when the block ends."""
        ...


class Follower:
    """One follower. An `ElectionListener`.

    Args:
        name: Of its process.
        driver: Of the election; not started yet.
        audience: Sees what it does.

    Attributes:
        bond: To the leader.
        driver: Of the election.
    """

    def __init__(self, name: str, driver: ElectionDriver, audience: Audience) -> None:
        self.bond = Registration(0.1, 1.0, 1.0)
        self._name = name
        self.driver = driver
        self._audience = audience

    async def run(self, transport: SimTransport) -> None:
        """Follow, for ever."""
        await transport.datagrams(self._name, ORDERS_PORT, self._ordered)
        await self.driver.start(self)
        await asyncio.get_running_loop().create_future()

    def _ordered(self, data: bytes, source: tuple[str, int], at: float) -> None:
        epoch = int(data.partition(b":")[0])
        if self.bond.is_current(epoch):
            self._audience.obeys(self._name, epoch)
        else:
            self.bond.outdated(epoch)

    def leader_changed(self, info: LeaderInfo | None) -> None:
        """See `ElectionListener`."""
        if self.bond.follow(info):
            self._audience.follows(self._name, info.epoch if info is not None else 0)

    def granted(self, epoch: int) -> None:
        """Cannot happen to one who does not stand."""

    def revoked(self) -> None:
        """Cannot happen to one who does not stand."""

    def suspended(self) -> None:
        """Cannot happen to one who does not stand."""

    def resumed(self) -> None:
        """Cannot happen to one who does not stand."""

    def failed(self, error: Exception) -> None:
        """What is known of the leader stays valid: silence of the backend is no change of leader."""
