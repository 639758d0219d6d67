"""The election of one machine, among processes, over one SQLite file: the embedded default. No server to install.

A thread owns the file and lets a `LeaseKeeper` look every few milliseconds whether another process has written; it
tells the event loop what changed. The loop keeps the deadline itself: a leader that has not renewed stops acting before
anybody else may begin. Deliberately not here: what the keeper does.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from typing import Any, TypeVar

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

T = TypeVar("T")


class SqliteElectionDriver:
    """An `ElectionDriver`, and its own `PointerStore`.

    Args:
        settings: Which file, and by which clock.
    """

    def __init__(self, settings: SqliteSettings) -> None:
        self._settings = settings
        self._jobs: queue.SimpleQueue[Callable[[LeaseKeeper], None] | None] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: ElectionListener | None = None
        self._thread: threading.Thread | None = None
        self._keeper: LeaseKeeper | None = None
        self._loop_seen = 0.0
        self._acting = 0
        self.succession = Succession.FIRST
        self._beat: asyncio.TimerHandle | None = None

    @property
    def pointers(self) -> SqliteElectionDriver:
        """The fenced values."""
        return self

    async def start(self, listener: ElectionListener) -> None:
        """See `ElectionDriver`."""
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        opened: asyncio.Future[LeaseKeeper] = self._loop.create_future()
        self._thread = threading.Thread(target=self._serve, args=(opened,), name="election", daemon=True)
        self._thread.start()
        try:
            self._keeper = await opened
        except ElectionUnavailable:
            self._thread = None
            raise

    async def stand(self, candidate: str) -> None:
        """See `ElectionDriver`."""
        await self._run(lambda keeper: keeper.stand(candidate))

    def holds(self, epoch: int) -> bool:
        """See `ElectionDriver`."""
        lease = self._keeper.lease if self._keeper is not None else None
        if lease is None or lease.epoch != epoch or epoch != self._acting:
            return False
        return self._settings.clock() < lease.acts_until()

    async def publish(self, info: LeaderInfo) -> bool:
        """See `ElectionDriver`."""
        return await self._run(lambda keeper: keeper.publish(info))

    async def challenge(self, epoch: int) -> None:
        """See `ElectionDriver`."""
        await self._run(lambda keeper: keeper.challenge(epoch))

    async def resign(self) -> None:
        """See `ElectionDriver`."""
        await self._run(lambda keeper: keeper.resign())

    async def close(self) -> None:
        """See `ElectionDriver`."""
        self._listener = None
        if self._thread is not None:
            with contextlib.suppress(ElectionUnavailable):  # nobody can be told: the lease runs out by itself
                await self.resign()
            await self.abandon()

    async def abandon(self) -> None:
        """See `ElectionDriver`."""
        self._listener = None
        self._stop_acting(self._acting)
        thread, self._thread = self._thread, None
        if thread is not None:
            self._jobs.put(None)
            await asyncio.get_running_loop().run_in_executor(None, thread.join)

    async def put(self, key: str, value: bytes, epoch: int) -> None:
        """See `PointerStore`."""
        await self._run(lambda keeper: keeper.database.put(key, value, epoch))

    async def delete(self, key: str, epoch: int) -> bool:
        """See `PointerStore`."""
        return await self._run(lambda keeper: keeper.database.delete(key, epoch))

    async def get(self, key: str) -> bytes | None:
        """See `PointerStore`."""
        return await self._run(lambda keeper: keeper.database.get(key))

    async def list(self, prefix: str) -> dict[str, bytes]:
        """See `PointerStore`."""
        return await self._run(lambda keeper: keeper.database.list(prefix))

    async def _run(self, work: Callable[[LeaseKeeper], T]) -> T:
        """Do `work` in the thread that owns the file."""
        if self._thread is None:
            raise ElectionUnavailable("the election's driver is not running")
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def job(keeper: LeaseKeeper) -> None:
            try:
                result = work(keeper)
            except sqlite3.Error as error:
                self._post(_fail, done, ElectionUnavailable(f"the election file {self._settings.path}: {error}"))
            except Exception as error:
                self._post(_fail, done, error)
            else:
                self._post(_settle, done, result)

        self._jobs.put(job)
        return await done

    def _serve(self, opened: asyncio.Future[LeaseKeeper]) -> None:
        """The thread."""
        try:
            keeper = LeaseKeeper(self._settings, lambda event: self._post(self._heard, event))
        except ElectionUnavailable as error:
            self._post(_fail, opened, error)
            return
        self._post(_settle, opened, keeper)
        try:
            while True:
                try:
                    job = self._jobs.get(timeout=self._settings.poll_s)
                except queue.Empty:
                    pass
                else:
                    if job is None:
                        return
                    job(keeper)
                keeper.look(self._loop_seen)
        finally:
            keeper.close()

    def _post(self, call: Callable[..., None], *args: Any) -> None:
        """From the thread to the loop."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
                self._loop.call_soon_threadsafe(call, *args)

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
        """Show the thread that the loop lives, and stop acting when the lease was not renewed in time."""
        if epoch != self._acting or self._loop is None or self._keeper is None:
            return
        self._loop_seen = self._settings.clock()
        lease = self._keeper.lease
        if lease is None or lease.epoch != epoch or self._loop_seen >= lease.acts_until():
            self._stop_acting(epoch)
            self._jobs.put(lambda keeper: _drop(keeper, epoch))
        else:
            self._beat = self._loop.call_later(self._settings.lease_ttl_s / 16, self._keep_deadline, epoch)

    def _stop_acting(self, epoch: int) -> None:
        if not epoch or epoch != self._acting:
            return
        self._acting = 0
        if self._beat is not None:
            self._beat.cancel()
        if self._listener is not None:
            self._listener.revoked()


def _drop(keeper: LeaseKeeper, epoch: int) -> None:
    with contextlib.suppress(sqlite3.Error):  # it could not renew for the same reason; the lease runs out by itself
        keeper.drop(epoch)


def _settle(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
