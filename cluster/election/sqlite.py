"""The election of one machine, among processes, over one SQLite file: the embedded default. No server to install.

A `LeaseKeeper` looks every few milliseconds, in a thread of its own, whether another process has written; it tells the
event loop what changed. The loop keeps the deadline itself: a leader that has not renewed stops acting before anybody
else may begin. Deliberately not here: what the keeper does, and the thread (`sqlite_thread`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar

from cluster.election.driver import ElectionListener, ElectionUnavailable, LeaderInfo, Succession
from cluster.election.sqlite_keeper import (
    KeeperEvent,
    LeaderSeen,
    LeaseKeeper,
    Seated,
    SqliteSettings,
    Trouble,
    Unseated,
)
from cluster.election.sqlite_thread import KeeperPlace, KeeperThread

T = TypeVar("T")


class SqliteElectionDriver:
    """An `ElectionDriver`, and its own `PointerStore`.

    Args:
        settings: Which file, and by which clock.
        make_place: Makes where the keeper works; a thread by default.
    """

    def __init__(
        self, settings: SqliteSettings, make_place: Callable[[SqliteSettings], KeeperPlace] = KeeperThread
    ) -> None:
        self._settings = settings
        self._make_place = make_place
        self._listener: ElectionListener | None = None
        self._place: KeeperPlace | None = None
        self._keeper: LeaseKeeper | None = None
        self._acting = 0
        self.succession = Succession.FIRST
        self._beat: asyncio.TimerHandle | None = None

    @property
    def pointers(self) -> SqliteElectionDriver:
        """The fenced values."""
        return self

    async def start(self, listener: ElectionListener) -> None:
        """See `ElectionDriver`."""
        self._listener = listener
        place = self._make_place(self._settings)
        self._keeper = await place.open(self._heard)
        self._place = place

    async def stand(self, candidate: str) -> None:
        """See `ElectionDriver`."""
        await self._do(lambda keeper: keeper.stand(candidate))

    def holds(self, epoch: int) -> bool:
        """See `ElectionDriver`."""
        lease = self._keeper.lease if self._keeper is not None else None
        if lease is None or lease.epoch != epoch or epoch != self._acting:
            return False
        return self._settings.clock() < lease.acts_until()

    async def publish(self, info: LeaderInfo) -> bool:
        """See `ElectionDriver`."""
        return await self._do(lambda keeper: keeper.publish(info))

    async def challenge(self, epoch: int) -> None:
        """See `ElectionDriver`."""
        await self._do(lambda keeper: keeper.challenge(epoch))

    async def resign(self) -> None:
        """See `ElectionDriver`."""
        await self._do(lambda keeper: keeper.resign())

    async def close(self) -> None:
        """See `ElectionDriver`."""
        self._listener = None
        if self._place is not None:
            try:
                with contextlib.suppress(ElectionUnavailable):  # nobody can be told: the lease runs out by itself
                    await self.resign()
            finally:
                await self.abandon()

    async def abandon(self) -> None:
        """See `ElectionDriver`."""
        self._listener = None
        self._stop_acting(self._acting)
        place, self._place = self._place, None
        if place is not None:
            await place.close()

    async def put(self, key: str, value: bytes, epoch: int) -> None:
        """See `PointerStore`."""
        await self._do(lambda keeper: keeper.database.put(key, value, epoch))

    async def delete(self, key: str, epoch: int) -> bool:
        """See `PointerStore`."""
        return await self._do(lambda keeper: keeper.database.delete(key, epoch))

    async def get(self, key: str) -> bytes | None:
        """See `PointerStore`."""
        return await self._do(lambda keeper: keeper.database.get(key))

    async def list(self, prefix: str) -> dict[str, bytes]:
        """See `PointerStore`."""
        return await self._do(lambda keeper: keeper.database.list(prefix))

    async def _do(self, work: Callable[[LeaseKeeper], T]) -> T:
        """Have it done by the keeper."""
        if self._place is None:
            raise ElectionUnavailable("the election's driver is not running")
        return await self._place.do(work)

    def _heard(self, event: KeeperEvent) -> None:
        if self._listener is None:
            return
        match event:
            case Seated(epoch, how):
                self._acting = epoch
                self.succession = how
                self._listener.granted(epoch)
                self._keep_deadline(epoch)
            case Unseated(epoch):
                self._stop_acting(epoch)
            case LeaderSeen(info):
                self._listener.leader_changed(info)
            case Trouble(error):
                self._listener.failed(error)

    def _keep_deadline(self, epoch: int) -> None:
        """Show the keeper that the loop lives, and stop acting when the lease was not renewed in time."""
        if epoch != self._acting or self._place is None or self._keeper is None:
            return
        self._place.loop_seen = now = self._settings.clock()
        lease = self._keeper.lease
        if lease is None or lease.epoch != epoch or now >= lease.acts_until():
            self._stop_acting(epoch)
            self._place.put(lambda keeper: _drop(keeper, epoch))
        else:
            again_s = self._settings.lease_ttl_s / 16
            self._beat = asyncio.get_running_loop().call_later(again_s, self._keep_deadline, epoch)

    def _stop_acting(self, epoch: int) -> None:
        if not epoch or epoch != self._acting:
            return
        self._acting = 0
        if self._beat is not None:
            self._beat.cancel()
        if self._listener is not None:
            self._listener.revoked()


def _drop(keeper: LeaseKeeper, epoch: int) -> None:
    with contextlib.suppress(Exception):  # it could not renew for the same reason; the lease runs out by itself
        keeper.drop(epoch)
