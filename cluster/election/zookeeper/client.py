"""A ZooKeeper client for the event loop: kazoo in its threads, with futures and events of the loop. Shell.

Each request is made at once, in the order of the calls, and is answered in bounded time: a connection on which one was
not is broken, and kazoo makes another. Nothing blocks, neither the loop nor kazoo's listeners. Deliberately not here:
what is read and written (`steps`, `pointers`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from kazoo.exceptions import (
    AuthFailedError,
    ConnectionClosedError,
    ConnectionLoss,
    SessionExpiredError,
)
from kazoo.protocol.states import EventType, KazooState, KeeperState
from kazoo.security import CREATOR_ALL_ACL, OPEN_ACL_UNSAFE

from cluster.election.driver import ElectionUnavailable
from cluster.election.zookeeper.kazoo_made import end, kazoo_client
from cluster.election.zookeeper.settings import LOWEST_SESSION_TIMEOUT_S, ZookeeperSettings
from cluster.election.zookeeper.transaction import Op, accepted
from cluster.election.zookeeper.wire import WireHandler

FORGOTTEN_AFTER = 5
"""So many times of a session without a connection, and the session is given up for a new one.

No member takes a client that has seen more than it has. Of an ensemble that was wiped, or restored from a backup, none
ever does; a new session has seen nothing.
"""
Reply: TypeAlias = "asyncio.Future[Any]"


class NotConnected(Exception):
    """Nothing was sent."""


class Unanswered(Exception):
    """It was sent, and is not known to have taken effect or not."""


@dataclass(frozen=True, slots=True)
class Connected:
    """There is a connection, in this session with this timeout; it was asked for the session at that moment or later.

    Attributes:
        session: Its number.
        timeout_s: As the ensemble has set it.
        asked_at: By the clock of `settings.monotonic`.
    """

    session: int
    timeout_s: float
    asked_at: float


@dataclass(frozen=True, slots=True)
class Disconnected:
    """There is none; the session may live."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The session is over."""


ClientEvent: TypeAlias = Connected | Disconnected | Expired


@dataclass(frozen=True, slots=True)
class _Watcher:
    """What kazoo calls when a node has changed. Equal to one that was given before, of which kazoo keeps each."""

    post: Callable[[Callable[[], None]], None]
    watch: Callable[[], None]

    def __call__(self, event: Any) -> None:
        if event.type != EventType.NONE:
            self.post(self.watch)


class ZookeeperClient:
    """A connection that is made again and again.

    Args:
        settings: Which ensemble.
        tell: Called on the loop with each `ClientEvent`.

    Attributes:
        connected: Set while there is a connection.
        acl: For the nodes of the cluster.
    """

    def __init__(self, settings: ZookeeperSettings, tell: Callable[[ClientEvent], None]) -> None:
        self.connected = asyncio.Event()
        self.acl = CREATOR_ALL_ACL if settings.acl == "creator" else OPEN_ACL_UNSAFE
        self._settings = settings
        self._tell = tell
        self._asked_s = max(settings.session_timeout_s, LOWEST_SESSION_TIMEOUT_S)
        self.timeout_s = self._asked_s
        self._loop = asyncio.get_running_loop()
        self._stopping = self._has_session = False
        self._cut_off_at = self._loop.time()
        self._handler: WireHandler
        self._kazoo: Any
        self._make()

    def start(self) -> None:
        """Begin to connect; does not wait."""
        self._kazoo.start_async()

    @property
    def last_error(self) -> str:
        """Why there is no connection, as far as that is known."""
        return self._handler.last_error

    async def stop(self, *, gracefully: bool) -> None:
        """Let go, with the end of the session if `gracefully`, else as a process that is killed."""
        self._stopping = True
        if not gracefully or not self.connected.is_set():
            self._handler.sever()
        self.connected.clear()
        await self._let_go(self._kazoo)

    def drop(self) -> None:
        """Break a connection that does not answer, or does not come about."""
        self._handler.drop()

    def drop_if_stuck(self) -> None:
        """Break a connection whose greeting has not come for too long: its member is frozen.

        Without any for much longer, begin anew: perhaps none of the members takes this session any more.
        """
        wire = self._handler.wire
        if self.connected.is_set():
            return
        if self._has_session and self._loop.time() - self._cut_off_at > FORGOTTEN_AFTER * self.timeout_s:
            self._has_session = False
            self._handler.sever()
            self._let_go(self._kazoo)
            self._begin_anew(self._kazoo)
        elif wire is not None and wire.age_s > self.timeout_s / 6:
            self.drop()

    async def ready(self) -> None:
        """Wait for a connection, for the time of a session.

        Raises:
            NotConnected: If there is none.
        """
        try:
            async with asyncio.timeout(self.timeout_s):
                await self.connected.wait()
        except TimeoutError:
            raise NotConnected from None

    # --- requests -----------------------------------------------------------------------------------------------------

    def get(self, path: str, watch: Callable[[], None] | None = None) -> Reply:
        """Data and stat of a node."""
        return self._begin(lambda: self._kazoo.get_async(path, watch=self._watcher(watch)))

    def exists(self, path: str, watch: Callable[[], None] | None = None) -> Reply:
        """Stat of a node, or `None`."""
        return self._begin(lambda: self._kazoo.exists_async(path, watch=self._watcher(watch)))

    def children(self, path: str) -> Reply:
        """Names of the nodes under a node."""
        return self._begin(lambda: self._kazoo.get_children_async(path))

    def sync(self, path: str) -> Reply:
        """What is read afterwards is no older than now."""
        return self._begin(lambda: self._kazoo.sync_async(path))

    async def multi(self, *ops: Op) -> list[Any]:
        """All operations or none.

        Raises:
            Refused: If one cannot be done.
            NotConnected: If there is no connection.
            Unanswered: If the answer did not come.
        """
        transaction = self._kazoo.transaction()
        for op in ops:
            getattr(transaction, op.name)(*op.args)
        return accepted(await self._begin(transaction.commit_async))

    # --- between the threads ------------------------------------------------------------------------------------------

    def _begin(self, start: Callable[[], Any]) -> Reply:
        reply: Reply = self._loop.create_future()
        if not self.connected.is_set():
            reply.set_exception(NotConnected())
            return reply
        # After a stall uvloop's timers come before what was posted meanwhile: that is looked at first.
        overdue = self._loop.call_later(self.timeout_s / 3, self._loop.call_soon, self._overdue, reply)
        reply.add_done_callback(lambda _: overdue.cancel())
        start().rawlink(lambda result: self._post(_settle, reply, result))
        return reply

    def _overdue(self, reply: Reply) -> None:
        if not reply.done():
            reply.set_exception(Unanswered())
            self.drop()

    def _watcher(self, watch: Callable[[], None] | None) -> Callable[[Any], None] | None:
        return None if watch is None else _Watcher(self._post, watch)

    def _state_changed(self, kazoo: Any, handler: WireHandler, state: str) -> None:
        """In kazoo's thread."""
        wire = handler.wire
        if state == KazooState.CONNECTED and kazoo.client_id is not None and wire is not None:
            self._post(self._heard, kazoo, Connected(kazoo.client_id[0], wire.session_timeout_s, wire.made_at))
        elif state == KazooState.SUSPENDED:
            self._post(self._heard, kazoo, Disconnected())
        elif state == KazooState.LOST:
            self._post(self._heard, kazoo, Expired())
            if kazoo.client_state != KeeperState.EXPIRED_SESSION:
                self._post(self._ended, kazoo)

    def _heard(self, kazoo: Any, event: ClientEvent) -> None:
        if kazoo is not self._kazoo or self._stopping:
            return
        if isinstance(event, Connected):
            self.timeout_s = event.timeout_s or self._asked_s
            self._has_session = True
            self.connected.set()
        else:
            if self.connected.is_set():
                self._cut_off_at = self._loop.time()
            self.connected.clear()
        self._tell(event)

    def _ended(self, kazoo: Any) -> None:
        """It has given up, which it should not: a new client takes its place."""
        if kazoo is self._kazoo and not self._stopping:
            self._let_go(kazoo)
            self._later(kazoo)

    def _begin_anew(self, kazoo: Any) -> None:
        """Tried again if it cannot be made, as when the files of TLS are just being replaced."""
        if kazoo is not self._kazoo or self._stopping:
            return
        try:
            self._make()
        except ElectionUnavailable as error:
            self._handler.last_error = str(error)
            self._later(kazoo)
        else:
            self.start()

    def _later(self, kazoo: Any) -> None:
        self._loop.call_later(self.timeout_s / 6, self._begin_anew, kazoo)

    def _post(self, call: Callable[..., None], *args: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            self._loop.call_soon_threadsafe(call, *args)

    def _let_go(self, kazoo: Any) -> Awaitable[None]:
        return self._loop.run_in_executor(None, end, kazoo)

    def _make(self) -> None:
        settings = self._settings
        try:
            self._handler = WireHandler(max(0.25, self._asked_s / 6), settings.tls)
        except OSError as error:
            raise ElectionUnavailable(f"TLS to ZooKeeper cannot be set up: {error}") from error
        self._kazoo = kazoo_client(settings, self._asked_s, self._handler)
        self._kazoo.add_listener(partial(self._state_changed, self._kazoo, self._handler))


def _settle(reply: Reply, result: Any) -> None:
    if reply.done():
        return
    error = result.exception
    if error is None:
        reply.set_result(result.value)
    elif isinstance(error, ConnectionLoss | SessionExpiredError):
        reply.set_exception(Unanswered())
    elif isinstance(error, ConnectionClosedError | AuthFailedError):
        reply.set_exception(NotConnected())
    else:
        reply.set_exception(error)
