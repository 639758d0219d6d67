"""`Dial`: one attempt to open a simulated connection, from the first packet to the handler.

Driven by `runtime.sim.network`, which knows who listens where and which links are cut. A SYN that is lost, or whose
answer is lost, is sent again as Linux does: after 1 s, 2 s later, then 4. Who listens hears of a connection only when
its answer has got through, as behind `accept`. Deliberately not here: the connection that comes of it
(`runtime.sim.connection`, `runtime.sim.pipe`).
"""

from __future__ import annotations

import asyncio
import errno
from functools import partial
from typing import Protocol

from runtime.sim.connection import SimConnection
from runtime.sim.kernel import Address, Holdings, SimListener
from runtime.sim.pipe import Pipe, Wire
from runtime.sim.process import SimProcess
from runtime.transport.base import Connection, ConnectionHandler

FIRST_SYN_RETRY_S = 1.0


class Exchange(Wire, Protocol):
    """What a dial needs of the network."""

    loop: asyncio.AbstractEventLoop
    refusals: set[tuple[str, str]]

    def owner(self, address: Address) -> str:
        """The host of an address."""
        ...

    def listener(self, address: Address) -> SimListener | None:
        """Who listens there."""
        ...

    def holdings(self, process: SimProcess) -> Holdings:
        """What a process holds."""
        ...


class Dial:
    """One attempt to open a connection."""

    def __init__(self, network: Exchange, holdings: Holdings, address: Address, handler: ConnectionHandler) -> None:
        self.answer: asyncio.Future[Connection] = network.loop.create_future()
        self._network = network
        self._holdings = holdings
        self._process = holdings.process
        self._address = address
        self._handler = handler
        self._retry_s = FIRST_SYN_RETRY_S
        self._opened: Connection | None = None
        self._is_taken = False

    def taken(self, connection: Connection) -> Connection:
        """Whoever dialled has it now."""
        self._is_taken = True
        return connection

    def give_up(self) -> None:
        """Nobody waits for it any more; if it came to a connection that nobody took, end that."""
        if self._opened is not None and not self._is_taken:
            self._opened.abort()
        self.answer.cancel()

    def send(self) -> None:
        """Knock."""
        if self.answer.done():
            return
        network, here = self._network, self._process.host
        if not self._process.alive:
            self.answer.set_exception(OSError(errno.ENETDOWN, f"process {self._process.name} is dead"))
            return
        again_at = network.now() + self._retry_s
        self._retry_s *= 2
        delay_s = network.delay_s((here, network.owner(self._address)))
        if (here, network.owner(self._address)) in network.refusals:
            network.at(network.now() + (delay_s or 0.0), self._refuse)
        elif delay_s is None:
            network.at(again_at, self.send)
        else:
            network.at(network.now() + delay_s, self._arrive, again_at)

    def _arrive(self, again_at: float) -> None:
        """The SYN is there; the next one would be sent at `again_at`."""
        network = self._network
        listener = network.listener(self._address)
        back_s = network.delay_s((network.owner(self._address), self._process.host))
        if back_s is None:
            network.at(max(again_at, network.now()), self.send)
            return
        if listener is None:
            network.at(network.now() + back_s, self._refuse)
            return
        peer = (self._process.host, next(self._holdings.ports))
        handler = listener.accept() if listener.process.alive else self._handler
        theirs = SimConnection(network, listener.process, peer, handler)
        ours = SimConnection(network, self._process, self._address, self._handler)
        theirs.out = Pipe(network, theirs, ours)
        ours.out = Pipe(network, ours, theirs)
        network.holdings(listener.process).own(theirs)
        self._holdings.own(ours)
        theirs.out.open(partial(self._open, ours), back_s)
        if not listener.process.alive:
            theirs.is_gone = True
            theirs.out.reset()
        listener.process.run(theirs.begin)

    def _open(self, connection: SimConnection) -> None:
        if self.answer.done() or not self._process.alive:
            connection.is_gone = True
            connection.out.reset()
            return
        self._opened = connection
        connection.begin()
        self.answer.set_result(connection)

    def _refuse(self) -> None:
        if not self.answer.done():
            host, port = self._address
            text = f"cannot connect to {host}:{port}: Connection refused"
            self.answer.set_exception(ConnectionRefusedError(errno.ECONNREFUSED, text))
