"""`SimKazoo`: kazoo's client in the simulated world, under the unmodified `ZookeeperClient` that wraps it. SHELL.

Most scenarios put `SimZookeeperClient` in the place of both. Here only what kazoo does is played: its connections, its
requests and watches, what it says of its state. So it is ours that sees to answers that do not come, to the end of a
client, and to what comes of a state. There are no threads: what kazoo's thread would post is done at once. Deliberately
not here: the ensemble, and TLS.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

from kazoo.exceptions import ConnectionClosedError, ConnectionLoss
from kazoo.protocol.states import EventType, KazooState, KeeperState

from cluster.election.zookeeper.client import (
    ClientEvent,
    Connected,
    Expired,
    NotConnected,
    Unanswered,
    ZookeeperClient,
)
from cluster.election.zookeeper.settings import ZookeeperSettings
from cluster.election.zookeeper.transaction import Op
from cluster.simulation.ensemble import SimEnsemble
from cluster.simulation.zookeeper_client import SimZookeeperClient
from runtime.sim.network import SimTransport

Listener = Callable[[str], None]
Watcher = Callable[[Any], None] | None
AS_KAZOO = {Unanswered: ConnectionLoss, NotConnected: ConnectionClosedError}


class Answer:
    """What kazoo gives at once, and fills later.

    Attributes:
        value: The answer.
        exception: Why there is none.
    """

    _callbacks = ()

    def __init__(self) -> None:
        self.value: Any = None
        self.exception: Exception | None = None
        self._is_there = False
        self._links: list[Callable[[Answer], None]] = []

    def done(self) -> bool:
        """Whether it is there."""
        return self._is_there

    def set_result(self, value: Any) -> None:
        """It is there."""
        self.value, self._is_there = value, True
        for call in self._links:
            call(self)

    def set_exception(self, error: Exception) -> None:
        """There will be none."""
        self.exception = AS_KAZOO.get(type(error), lambda: error)()
        self.set_result(None)

    def rawlink(self, call: Callable[[Answer], None]) -> None:
        """Call when it is there."""
        if self._is_there:
            call(self)
        else:
            self._links.append(call)


class SimTransaction:
    """Collects operations.

    Args:
        kazoo: Asks for them.
    """

    def __init__(self, kazoo: SimKazoo) -> None:
        self._kazoo = kazoo
        self._ops: list[Op] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args: self._ops.append(Op(name, args))

    def commit_async(self) -> Any:
        """Ask for all of them."""
        return self._kazoo._request("write", self._ops)


class SimKazoo(SimZookeeperClient):
    """As much of a `KazooClient` as `ZookeeperClient` uses.

    Args:
        args: See `SimZookeeperClient`.
    """

    client_state = KeeperState.CONNECTED

    def __init__(self, ensemble: SimEnsemble, transport: SimTransport, chance: random.Random, asked_s: float) -> None:
        super().__init__(ensemble, transport, chance, ZookeeperSettings("", session_timeout_s=asked_s), self._happens)
        self._listeners: list[Listener] = []

    @property
    def oldest(self) -> int:
        """The request on this connection that waits longest for its answer; 0 for none."""
        return next(iter(self._replies), 0)

    @property
    def client_id(self) -> tuple[int, bytes]:
        """Of the session."""
        return self._session, b""

    def add_listener(self, listener: Listener) -> None:
        """Tell it of each state."""
        self._listeners.append(listener)

    def start_async(self) -> None:
        """Begin."""
        self.start()

    def get_async(self, path: str, watch: Watcher) -> Any:
        """A node."""
        return self._read("get", path, self._news(watch))

    def exists_async(self, path: str, watch: Watcher) -> Any:
        """Its stat."""
        return self._read("exists", path, self._news(watch))

    def get_children_async(self, path: str) -> Any:
        """What is below it."""
        return self._read("children", path, None)

    def sync_async(self, path: str) -> Any:
        """An empty write."""
        return self._request("write", [])

    def transaction(self) -> SimTransaction:
        """A new one."""
        return SimTransaction(self)

    def _news(self, watch: Watcher) -> Callable[[], None] | None:
        return None if watch is None else partial(watch, SimpleNamespace(type=EventType.CHANGED))

    def _request(self, kind: str, *args: Any) -> Any:
        """Kazoo waits for an answer as long as its connection lasts."""
        answer = Answer()
        if self.connected.is_set():
            number = next(self._numbers)
            self._replies[number] = cast("Any", (answer, asyncio.TimerHandle(0.0, lambda: None, (), self._loop)))
            self._send(kind, number, *args)
        else:
            answer.set_exception(NotConnected())
        return answer

    def _happens(self, event: ClientEvent) -> None:
        self.client_state = KeeperState.EXPIRED_SESSION if isinstance(event, Expired) else KeeperState.CONNECTED
        states = {Connected: KazooState.CONNECTED, Expired: KazooState.LOST}
        for tell in self._listeners:
            tell(states.get(type(event), KazooState.SUSPENDED))


class SimWireHandler:
    """What `ZookeeperClient` knows of kazoo's connection.

    Args:
        kazoo: Whose.
    """

    def __init__(self, kazoo: SimKazoo) -> None:
        self._kazoo = kazoo

    @property
    def last_error(self) -> str:
        """Why there is no connection."""
        return self._kazoo.last_error

    @property
    def wire(self) -> SimpleNamespace | None:
        """The newest connection."""
        kazoo = self._kazoo
        made_at, age_s = kazoo._made_at, kazoo._loop.time() - kazoo._made_at
        return SimpleNamespace(made_at=made_at, age_s=age_s, session_timeout_s=kazoo.timeout_s) if made_at else None

    def drop(self) -> None:
        """Break the connection, and ask its member last."""
        self._kazoo.drop()

    def sever(self) -> None:
        """Break it, and say nothing more."""
        self._kazoo._break()


class PlayedClient(ZookeeperClient):
    """The client of the product, over a simulated kazoo.

    Args:
        make: Makes one, which asks for sessions of so long.
        args: See `ZookeeperClient`.
    """

    def __init__(self, make: Callable[[float], SimKazoo], *args: Any) -> None:
        self._make_kazoo = make
        super().__init__(*args)

    def _post(self, call: Callable[..., None], *args: Any) -> None:
        call(*args)

    def _make(self) -> None:
        kazoo = self._kazoo = self._make_kazoo(self._asked_s)
        handler: Any = SimWireHandler(kazoo)
        self._handler = handler
        kazoo.add_listener(partial(self._state_changed, kazoo, handler))

    def _let_go(self, kazoo: SimKazoo) -> Awaitable[None]:
        return asyncio.ensure_future(kazoo.stop(gracefully=kazoo._connection is not None))


def played(
    ensemble: SimEnsemble,
    transport: SimTransport,
    chance: random.Random,
    settings: ZookeeperSettings,
    tell: Callable[[ClientEvent], None],
) -> PlayedClient:
    """The client of the product, where most scenarios have a `SimZookeeperClient`."""
    return PlayedClient(partial(SimKazoo, ensemble, transport, chance), settings, tell)
