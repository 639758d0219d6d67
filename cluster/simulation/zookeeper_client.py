"""`SimZookeeperClient`: a client of the simulated ensemble, in the place of the one that uses kazoo. SHELL.

As kazoo does: one connection at a time, to the members in turn, with the same session as long as it lives; a ping when
a third of its time has passed; without an answer the connection is given up. As the client around kazoo does: a member
that does not greet is left after a sixth of that time, and one that was silent is passed over when it is next in turn.
It says which transaction it has seen, so that no member serves it that has not. That the session is over is only learnt
from a member. Deliberately not here: the ensemble (`cluster.simulation.ensemble`).
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable
from typing import Any

from cluster.election.zookeeper.client import (
    ClientEvent,
    Connected,
    Disconnected,
    Expired,
    NotConnected,
    Reply,
    Unanswered,
)
from cluster.election.zookeeper.settings import ZookeeperSettings
from cluster.election.zookeeper.transaction import Op, accepted
from cluster.simulation.ensemble import SimEnsemble
from cluster.simulation.member import PORT
from runtime.sim.network import SimTransport
from runtime.transport.base import Connection

PAUSE_S = 0.05
"""Between two attempts to connect."""
LOOK_S = 0.005
"""Until a process that stood still has read what has come meanwhile."""


class SimZookeeperClient:
    """A connection that is made again and again; see `cluster.election.zookeeper.client.ZookeeperClient`.

    Args:
        ensemble: Which.
        transport: Of the process.
        chance: Its own stream.
        settings: How long a session lives.
        tell: Called on the loop with each `ClientEvent`.

    Attributes:
        connected: Set while there is a connection.
        acl: There are no access rights in the simulation.
        timeout_s: Of the session.
        last_error: Why there is no connection.
        silent: The member that is passed over when it is next in turn.
    """

    acl = None

    def __init__(
        self,
        ensemble: SimEnsemble,
        transport: SimTransport,
        chance: random.Random,
        settings: ZookeeperSettings,
        tell: Callable[[ClientEvent], None],
    ) -> None:
        self.connected = asyncio.Event()
        self.timeout_s = settings.session_timeout_s
        self.last_error = ""
        self._ensemble = ensemble
        self._transport = transport
        self._chance = chance
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._session = 0
        self._zxid = 0
        self._connection: Connection | None = None
        self._member = self.silent = ""
        self._made_at = 0.0
        self._inbox = b""
        self._heard_at = self._pinged_at = 0.0
        self._numbers = itertools.count(1)
        self._replies: dict[int, tuple[Reply, asyncio.TimerHandle]] = {}
        self._watches: dict[int, Callable[[], None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._beat: asyncio.TimerHandle | None = None
        self._lost = asyncio.Event()

    # --- as the client of kazoo ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to connect; does not wait."""
        self._task = self._loop.create_task(self._stay_connected())

    async def stop(self, *, gracefully: bool) -> None:
        """Let go, with the end of the session if `gracefully`."""
        if gracefully and self.connected.is_set():
            self._send("goodbye")
            await asyncio.sleep(0.01)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._connection is not None:
            self._connection.close()

    def drop(self) -> None:
        """Break a connection that does not answer, and ask its member last."""
        if self._connection is not None:
            self.silent = self._member
            self._connection.abort()

    def forget_session(self, *, quietly: bool) -> None:
        """Give the session up for another, as kazoo's client does at times; the ensemble still keeps the first.

        Args:
            quietly: Without telling that it is over, so that only its number shows it.
        """
        self._session = 0
        if not quietly:
            self.connected.clear()
            self._interrupt()
            self._tell(Expired())
        self._break()

    def drop_if_stuck(self) -> None:
        """Break a connection whose greeting has not come for too long: its member is frozen, or it was lost."""
        if not self.connected.is_set() and self._loop.time() - self._made_at > self.timeout_s / 6:
            self.drop()

    async def ready(self) -> None:
        """Wait for a connection, for the time of a session. Raises `NotConnected`."""
        try:
            async with asyncio.timeout(self.timeout_s):
                await self.connected.wait()
        except TimeoutError:
            raise NotConnected from None

    def get(self, path: str, watch: Callable[[], None] | None = None) -> Reply:
        """Data and stat of a node."""
        return self._read("get", path, watch)

    def exists(self, path: str, watch: Callable[[], None] | None = None) -> Reply:
        """Stat of a node, or `None`."""
        return self._read("exists", path, watch)

    def children(self, path: str) -> Reply:
        """Names of the nodes under a node."""
        return self._read("children", path, None)

    def sync(self, path: str) -> Reply:
        """What is read afterwards is no older than now: an empty write."""
        return self._request("write", [])

    async def multi(self, *ops: Op) -> list[Any]:
        """All operations or none. Raises `Refused`, `NotConnected`, `Unanswered`."""
        return accepted(await self._request("write", list(ops)))

    # --- requests -----------------------------------------------------------------------------------------------------

    def _read(self, name: str, path: str, watch: Callable[[], None] | None) -> Reply:
        number = 0
        if watch is not None:
            number = next(self._numbers)
            self._watches[number] = watch
        return self._request("read", name, path, number)

    def _request(self, kind: str, *args: Any) -> Reply:
        reply: Reply = self._loop.create_future()
        if not self.connected.is_set():
            reply.set_exception(NotConnected())
            return reply
        number = next(self._numbers)
        overdue = self._loop.call_later(self.timeout_s / 3, self._overdue, reply)
        self._replies[number] = reply, overdue
        self._send(kind, number, *args)
        return reply

    def _overdue(self, reply: Reply) -> None:
        if not reply.done():
            reply.set_exception(Unanswered())
            self.drop()

    def _send(self, *parcel: Any) -> None:
        if self._connection is not None:
            self._connection.write(self._ensemble.parcels.pack(parcel))

    # --- the connection -----------------------------------------------------------------------------------------------

    async def _stay_connected(self) -> None:
        members = list(self._ensemble.members)
        self._chance.shuffle(members)
        for member in itertools.cycle(members):
            if member == self.silent:
                self.silent = ""  # if there is no other, it is asked in the next round
                continue
            self._member = member
            self._lost.clear()
            try:
                await self._transport.connect(member, PORT, self, self.timeout_s / 6)
            except OSError as error:
                self.last_error = str(error)
            else:
                await self._stay_alive()
            await asyncio.sleep(PAUSE_S * self._chance.uniform(0.5, 1.5))

    async def _stay_alive(self) -> None:
        """Ask for the session, and ping, until the connection ends."""
        self._heard_at = self._pinged_at = self._loop.time()
        self._send("connect", self._session, self.timeout_s, self._transport.process.name, self._zxid)
        self._beat = self._loop.call_later(self.timeout_s / 3, self._ping)
        try:
            await self._lost.wait()
        finally:
            self._beat.cancel()

    def _ping(self) -> None:
        if self._heard_at <= self._pinged_at:
            self._beat = self._loop.call_later(
                LOOK_S, self._break_if_silent
            )  # first what has come is read, as kazoo does
            return
        self._pinged_at = self._loop.time()
        if self.connected.is_set():
            self._send("ping")
        self._beat = self._loop.call_later(self.timeout_s / 3, self._ping)

    def _break_if_silent(self) -> None:
        if self._heard_at <= self._pinged_at:
            self._break()
        else:
            self._ping()

    def connection_made(self, connection: Connection) -> None:
        """See `ConnectionHandler`."""
        self._connection, self._inbox, self._made_at = connection, b"", self._loop.time()

    def data_received(self, data: bytes) -> None:
        """See `ConnectionHandler`."""
        self._heard_at = self._loop.time()
        parcels, self._inbox = self._ensemble.parcels.unpack(self._inbox + data)
        for parcel in parcels:
            self._hear(*parcel)

    def connection_lost(self, error: BaseException | None) -> None:
        """See `ConnectionHandler`."""
        self._connection = None
        self.last_error = str(error or "the member closed the connection")
        self._lost.set()
        self._interrupt()
        if self.connected.is_set():
            self.connected.clear()
            self._tell(Disconnected())

    def pause_writing(self) -> None:
        """Requests are small."""

    def resume_writing(self) -> None:
        """See `pause_writing`."""

    def _hear(self, kind: str, *args: Any) -> None:
        match kind, args:
            case "connected", (session, timeout_s):
                self._session, self.timeout_s = session, timeout_s
                self.connected.set()
                self._tell(Connected(session, timeout_s, self._made_at))
            case "expired", ():
                self._session = 0
                self.connected.clear()
                self._interrupt()
                self._tell(Expired())
                self._break()
            case "answer", (number, result, zxid):
                self._zxid = max(self._zxid, zxid)
                if number in self._replies:
                    reply, overdue = self._replies.pop(number)
                    overdue.cancel()
                    if not reply.done():
                        (reply.set_exception if isinstance(result, Exception) else reply.set_result)(result)
            case "changed", (number,):
                watch = self._watches.pop(number, None)
                if watch is not None:
                    watch()

    def _break(self) -> None:
        if self._connection is not None:
            self._connection.abort()

    def _interrupt(self) -> None:
        """What was asked will not be answered; what was watched is watched no longer."""
        replies, self._replies = self._replies, {}
        self._watches.clear()
        for reply, overdue in replies.values():
            overdue.cancel()
            if not reply.done():
                is_awaited = bool(reply._callbacks)
                reply.set_exception(Unanswered())
                if is_awaited:
                    reply.exception()  # it has been looked at, also if who waits is killed in this very instant
