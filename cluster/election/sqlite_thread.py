"""Where a `LeaseKeeper` works: beside the event loop, since a file may take its time. SHELL of `sqlite_keeper`.

`KeeperThread` is the thread that owns the file, looks every few milliseconds whether another process has written, and
does in between what the loop asks for. What is behind `KeeperPlace` is all that differs where there are no threads.
Deliberately not here: what the keeper does, and what the loop makes of what it is told (`cluster.election.sqlite`).
"""

from __future__ import annotations

import abc
import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from cluster.election.driver import ElectionUnavailable
from cluster.election.sqlite_keeper import KeeperEvent, LeaseKeeper, SqliteSettings

T = TypeVar("T")

Job: TypeAlias = Callable[[LeaseKeeper], None]
Tell: TypeAlias = Callable[[KeeperEvent], None]


class KeeperPlace(abc.ABC):
    """Where a keeper works. Used by the event loop.

    Args:
        settings: Which file, and by which clock.

    Attributes:
        loop_seen: When the event loop last gave a sign of life, by that clock; the loop writes it.
    """

    def __init__(self, settings: SqliteSettings) -> None:
        self.loop_seen = 0.0
        self._settings = settings

    @abc.abstractmethod
    async def open(self, tell: Tell) -> LeaseKeeper:
        """Begin: open the file, and look at it again and again.

        Args:
            tell: Called on the event loop with what the keeper tells.

        Raises:
            ElectionUnavailable: If the file cannot be used.
        """

    @abc.abstractmethod
    def put(self, job: Job) -> None:
        """Have that done, after all that was put before."""

    @abc.abstractmethod
    async def close(self) -> None:
        """End, after what was put before; returns when the file is let go of."""

    @abc.abstractmethod
    def _post(self, call: Callable[..., None], *args: Any) -> None:
        """From there to the event loop, in order."""

    async def do(self, work: Callable[[LeaseKeeper], T]) -> T:
        """Have that done, and what it returns.

        Raises:
            ElectionUnavailable: If the file cannot be used now.
            Exception: What it raises.
        """
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

        self.put(job)
        return await done


class KeeperThread(KeeperPlace):
    """A thread; see `KeeperPlace`. To be made on the event loop."""

    def __init__(self, settings: SqliteSettings) -> None:
        super().__init__(settings)
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread: threading.Thread | None = None

    async def open(self, tell: Tell) -> LeaseKeeper:
        """See `KeeperPlace`."""
        opened: asyncio.Future[LeaseKeeper] = self._loop.create_future()
        self._thread = threading.Thread(target=self._serve, args=(tell, opened), name="election", daemon=True)
        self._thread.start()
        try:
            return await opened
        except asyncio.CancelledError:
            self._jobs.put(None)  # nobody has it: it ends as soon as it is open
            raise

    def put(self, job: Job) -> None:
        """See `KeeperPlace`."""
        self._jobs.put(job)

    async def close(self) -> None:
        """See `KeeperPlace`."""
        self._jobs.put(None)
        if self._thread is not None:
            await self._loop.run_in_executor(None, self._thread.join)

    def _post(self, call: Callable[..., None], *args: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            self._loop.call_soon_threadsafe(call, *args)

    def _serve(self, tell: Tell, opened: asyncio.Future[LeaseKeeper]) -> None:
        """The thread."""
        try:
            keeper = LeaseKeeper(self._settings, lambda event: self._post(tell, event))
        except Exception as error:  # whatever it is, somebody waits for it
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
                keeper.look(self.loop_seen)
        finally:
            keeper.close()


def _settle(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
