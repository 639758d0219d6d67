"""Datagrams on the simulated network: lost, late, doubled and out of order, as its links or a firewall will have it.

Part of `runtime.sim.network`. A frozen process's kernel goes on taking them, up to the size of its buffer, with the
times at which they came. Deliberately not here: what links are like (`links`), and connections (`connection`).
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from runtime.sim.kernel import Address
from runtime.sim.process import PROCESS, SimProcess
from runtime.transport.base import DatagramHandler

BUFFER_DATAGRAMS = 256


class Links(Protocol):
    """What the network knows of its hosts and links.

    Attributes:
        loop: The loop of all its processes.
    """

    loop: asyncio.AbstractEventLoop

    def loses_datagrams(self, source: str, target: str) -> bool:
        """Whether nothing sent by `source` reaches `target`."""
        ...

    def datagram_s(self, source: str, target: str) -> list[float]:
        """Seconds until each copy of the next datagram is there; none if it is lost."""
        ...

    def at(self, when: float, action: Callable[..., None], *args: Any) -> None:
        """Do that at a time of the world's clock."""

    def now(self) -> float:
        """The world's clock, in seconds."""
        ...


class SimDatagramSocket:
    """One socket of one process; see `runtime.transport.base.Datagrams`."""

    def __init__(self, mail: DatagramMail, process: SimProcess, address: Address, received: DatagramHandler) -> None:
        self.process = process
        self.port: int = address[1]
        self.waiting = 0
        self._mail = mail
        self._address = address
        self._received = received

    def send(self, data: bytes, to: tuple[str, int]) -> None:
        """See `Datagrams.send`."""
        if self.process.alive:
            if PROCESS.get() is self.process:
                self._mail.carry(self.process.host, self._address, to, bytes(data))
            else:
                self.process.run(lambda: self._mail.carry(self.process.host, self._address, to, bytes(data)))

    def close(self) -> None:
        """See `Datagrams.close`."""
        self._mail.unbind(self._address, self)

    def take(self, data: bytes, source: Address, at: float) -> None:
        """One has come; what finds the buffer full is lost."""
        if self.waiting < BUFFER_DATAGRAMS:
            self.waiting += 1
            if self.process.frozen:
                self.process.run(partial(self._read, data, source, at))
            else:
                self.process.call(self._read, data, source, at)

    def _read(self, data: bytes, source: Address, at: float) -> None:
        self.waiting -= 1
        self._received(data, source, at)


class DatagramMail:
    """Carries datagrams between all sockets.

    Args:
        links: Between hosts.

    Attributes:
        is_blocked: Whether none gets through at all, as behind a firewall, while connections do.
        taps: Who overhears all that is sent: called with the sender, to whom it goes, and the bytes.
    """

    def __init__(self, links: Links) -> None:
        self.is_blocked = False
        self.taps: list[Callable[[Address, Address, bytes], None]] = []
        self._links = links
        self._sockets: dict[Address, SimDatagramSocket] = {}

    def bind(self, process: SimProcess, host: str, port: int, received: DatagramHandler) -> SimDatagramSocket:
        """See `Transport.datagrams`."""
        if port == 0:
            port = next(free for free in range(60_000, 65_536) if (host, free) not in self._sockets)
        present = self._sockets.get((host, port))
        if present is not None and present.process.alive:
            raise OSError(errno.EADDRINUSE, f"cannot take datagrams at {host}:{port}: the port is in use")
        self._sockets[host, port] = made = SimDatagramSocket(self, process, (host, port), received)
        return made

    def unbind(self, address: Address, socket: SimDatagramSocket) -> None:
        """That socket takes no more."""
        if self._sockets.get(address) is socket:
            del self._sockets[address]

    def carry(self, source: str, sender: Address, to: Address, data: bytes) -> None:
        """On the way, each copy for itself."""
        for tap in self.taps:
            tap(sender, to, data)
        target = self._sockets.get(to)
        if target is None or self.is_blocked or self._links.loses_datagrams(source, target.process.host):
            return
        for delay_s in self._links.datagram_s(source, target.process.host):
            self._links.at(self._links.now() + delay_s, self._arrive, source, to, sender, data)

    def forge(self, sender: Address, to: Address, data: bytes) -> None:
        """Somebody sends a datagram in another's name; nothing has come from that host by it."""
        target = self._sockets.get(to)
        if target is not None and target.process.alive:
            process, now = target.process, self._links.now()
            target.take(data, sender, now if process.clock is None else process.call(self._links.loop.time))

    def _arrive(self, source: str, to: Address, sender: Address, data: bytes) -> None:
        target = self._sockets.get(to)
        if target is not None and target.process.alive:
            process, now = target.process, self._links.now()
            process.reached[source] = now
            target.take(data, sender, now if process.clock is None else process.call(self._links.loop.time))
