"""`SimNetwork`: processes on a network, in one thread, on the loop's own time. Implements `runtime.transport.base`.

A process has a name and runs on a host, of the same name unless told otherwise; an address is whatever it listens on.
Processes can be killed (their peers see an end of stream, or a reset if data was left unread; later dials are refused),
frozen (the kernel still takes connections and data, nothing is handled), started again on the same address. Hosts can
vanish, and come back; links between hosts can be cut both ways or one way. All chance comes from the `random` that is
handed in, so on a `SimLoop` a seed is a run.

Deliberately not here: how TCP behaves (`runtime.sim.connection`, `pipe`), what a process is (`runtime.sim.process`).
"""

from __future__ import annotations

import asyncio
import contextvars
import errno
import math
import random as random_module
from collections.abc import Callable
from typing import Any

from runtime.sim.clocks import Clock
from runtime.sim.datagrams import DatagramMail
from runtime.sim.kernel import Address, Holdings, SimListener, pipes
from runtime.sim.links import Link, Shape
from runtime.sim.loop import SimLoop
from runtime.sim.process import PROCESS, SimProcess
from runtime.sim.trace import Told, unheard
from runtime.sim.transport import SimTransport
from runtime.transport.base import ConnectionHandler

__all__ = ["LAN", "SimNetwork", "SimTransport"]

LAN = Shape()
"""A quiet network of one room."""


class SimNetwork:
    """All processes and the links between them.

    Args:
        loop: Whose time and callbacks it uses; any loop.
        random: All chance of the network.
        shape: What links are like, unless `shape` says otherwise; within a host nothing takes time.
        split_probability: How often a piece of the stream arrives in two.

    Attributes:
        at: Does an action at a time of the loop's clock: the time, the action, its arguments. Actions of one object at
            the same time keep their order.
        mail: Datagrams, and what happens to them.
        refusals: Pairs of hosts: whatever dials the second from the first is refused by something on the way.
        told: Is told of lives and links, for `runtime.sim.timeline`.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        random: random_module.Random,
        shape: Shape = LAN,
        split_probability: float = 0.1,
    ) -> None:
        self.loop = loop
        self._sim = loop if isinstance(loop, SimLoop) else None
        self.at: Callable[..., None] = self._at if self._sim is None else self._sim.post
        # What happens on the network happens in nobody's name: it goes on when a process dies.
        self._nobody = contextvars.copy_context()
        self._nobody.run(PROCESS.set, None)
        self._random = random
        self._shape = shape
        self._links: dict[tuple[str, str], Link] = {}
        self._links_seed = random.random()
        self._split_probability = split_probability
        self._processes: dict[str, Holdings] = {}
        self._listeners: dict[Address, SimListener] = {}
        self._owners: dict[Address, str] = {}
        self._ports: dict[str, int] = {}
        self._cuts: dict[tuple[str, str], bool] = {}  # whether datagrams are lost, too
        self._vanished: set[str] = set()
        self.mail = DatagramMail(self)
        self.refusals: set[tuple[str, str]] = set()
        self.told: Told = unheard

    def transport(self, name: str, host: str | None = None, clock: Clock | None = None) -> SimTransport:
        """The transport of the process of that name, which is started (again) if it does not live.

        Args:
            name: Of the process.
            host: That it runs on; of the same name by default.
            clock: What it takes for the time; the world's own by default.
        """
        holdings = self._processes.get(name)
        if holdings is None or not holdings.process.alive:
            again = "again" if holdings is not None else ""
            holdings = self._processes[name] = Holdings(SimProcess(name, host, clock))
            self.told(name, "started", again)
        return SimTransport(self, holdings)

    def kill(self, name: str, *, listeners_linger_s: float = 0.0) -> None:
        """End a process as SIGKILL does: its handlers hear nothing, its peers and later dials do.

        Args:
            name: Which.
            listeners_linger_s: The kernel may close a dead process's connections before its listening sockets. For so
                many seconds a dial is still accepted, and reset at once; later dials are refused.

        Raises:
            KeyError: If there never was such a process.
        """
        if self._processes[name].process.alive:
            self.told(name, "killed", "")
        self._kill(self._processes[name], listeners_linger_s)

    def _kill(self, holdings: Holdings, listeners_linger_s: float = 0.0) -> None:
        process = holdings.process
        self._end(process)
        for listener in [one for one in self._listeners.values() if one.process is process]:
            if listeners_linger_s > 0:
                self.at(self.now() + listeners_linger_s, self.unbind, listener)
            else:
                self.unbind(listener)
        for connection in holdings.connections:
            if not connection.is_gone:
                (connection.out.reset if connection.unread else connection.out.finish)()

    def kill_all(self) -> None:
        """End every process that still lives, when all is over."""
        for holdings in [one for one in self._processes.values() if one.process.alive]:
            self._kill(holdings)

    def vanish(self, host: str) -> None:
        """Pull the plug of a host: all its processes are gone, and nobody is told; dials to it are not answered."""
        self._vanished.add(host)
        for holdings in self._processes.values():
            if holdings.process.host == host and holdings.process.alive:
                self.told(holdings.process.name, "vanished", f"with host {host}")
                self._end(holdings.process)
                for connection in holdings.connections:
                    connection.is_gone = True
                    connection.out.forget()
        for listener in [one for one in self._listeners.values() if one.process.host == host]:
            self.unbind(listener)

    def come_back(self, host: str) -> None:
        """Switch a host on again: nothing runs on it yet; what arrives for its former connections is reset."""
        self._vanished.discard(host)

    def _end(self, process: SimProcess) -> None:
        if isinstance(self.loop, SimLoop):
            self.loop.kill(process)
        else:
            process.die()

    def freeze(self, name: str) -> None:
        """Stop a process as SIGSTOP does: its kernel takes connections and data, but nothing is handled or sent."""
        self._processes[name].process.frozen = True
        self.told(name, "frozen", "")

    def thaw(self, name: str, *, timers_first: bool = False) -> None:
        """Let a frozen process go on: what was held happens now, in order; or see `SimProcess.thaw`."""
        if self._processes[name].process.frozen:
            self.told(name, "thawed", "")
        self._processes[name].process.thaw(timers_first=timers_first)

    def cut(self, one: str, other: str, *, one_way: bool = False, datagrams: bool = True) -> None:
        """Cut the link between two hosts.

        Args:
            one: A host.
            other: Another.
            one_way: Only what `one` sends to `other` is lost.
            datagrams: Whether they are lost, too, and not only what belongs to connections.
        """
        self._cuts[one, other] = datagrams
        if not one_way:
            self._cuts[other, one] = datagrams
        self.told(one, "link cut", f"{'to' if one_way else 'with'} {other}{'' if datagrams else ': connections only'}")

    def heal(self, one: str, other: str, *, one_way: bool = False) -> None:
        """Mend the link; what is still to be retransmitted arrives at its next turn."""
        for direction in ((one, other),) if one_way else ((one, other), (other, one)):
            self._cuts.pop(direction, None)
        self.told(one, "link healed", f"{'to' if one_way else 'with'} {other}")

    def reset(self, one: str, other: str) -> None:
        """Break all connections between two hosts, as a middlebox does: what is on its way, or has to be, is lost."""
        for pipe, peer in pipes(self._processes.values(), one, other):
            pipe.sever(peer)

    def forget(self, one: str, other: str) -> None:
        """Something between two hosts forgets their connections: nothing more of them arrives, and nobody is told."""
        for pipe, peer in pipes(self._processes.values(), one, other):
            pipe.swallow(peer)

    def is_held_up(self, source: str, target: str, before: float = math.inf) -> bool:
        """Whether the kernel of `source` has something to send again to `target`, after a cut or loss before then."""
        here = [holdings for holdings in self._processes.values() if holdings.process.host == source]
        return any(one.out.is_held_up(target, before) for holdings in here for one in holdings.connections)

    def is_cut(self, source: str, target: str) -> bool:
        """Whether no bytes of a connection that `source` sends reach `target`."""
        return (source, target) in self._cuts or source in self._vanished or target in self._vanished

    def loses_datagrams(self, source: str, target: str) -> bool:
        """Whether no datagrams that `source` sends reach `target`."""
        if not self._cuts and not self._vanished:
            return False
        return self._cuts.get((source, target), False) or source in self._vanished or target in self._vanished

    def shape(self, one: str, other: str, shape: Shape, *, one_way: bool = False) -> None:
        """Say what the link between two hosts is like from now on; `one_way`: only from `one` to `other`."""
        self._link(one, other).shape = shape
        if not one_way:
            self._link(other, one).shape = shape
        text = "as usual" if shape == self._shape else f"loss {shape.loss.share:.1%}, {shape.delay}"
        self.told(one, "link shaped", f"{'to' if one_way else 'with'} {other}: {text}")

    def segment_s(self, source: str, target: str) -> float:
        """Seconds for the next piece of a stream."""
        return 0.0 if source == target else self._link(source, target).segment_s()

    def delay_s(self, way: tuple[str, str]) -> float | None:
        """Seconds for the next piece of a stream on the way from one host to another; `None` if it does not arrive."""
        if (self._cuts or self._vanished) and self.is_cut(*way):
            return None
        link = self._links.get(way)
        if link is not None:
            return link.delay_s()
        return 0.0 if way[0] == way[1] else self._link(*way).delay_s()

    def datagram_s(self, source: str, target: str) -> list[float]:
        """Seconds until each copy of the next datagram is there; none if it is lost."""
        return [0.0] if source == target else self._link(source, target).datagram_s()

    def _link(self, source: str, target: str) -> Link:
        link = self._links.get((source, target))
        if link is None:
            # A stream of chance for each, so that a further link does not shift the others.
            chance = random_module.Random(f"{self._links_seed}/{source}/{target}")
            link = self._links[source, target] = Link(self._shape, chance)
        return link

    def split(self, data: bytes) -> list[bytes]:
        """The pieces in which these bytes arrive."""
        if len(data) < 2 or self._random.random() >= self._split_probability:
            return [data]
        middle = self._random.randrange(1, len(data))
        return [data[:middle], data[middle:]]

    def _at(self, when: float, action: Callable[..., None], *args: Any) -> None:
        self._nobody.copy().run(self.loop.call_at, when, action, *args)

    def now(self) -> float:
        """The loop's clock, in seconds."""
        return self._sim.world_s if self._sim is not None else self.loop.time()

    def failed(self, error: Exception) -> None:
        """A handler has raised."""
        self.loop.call_exception_handler({"message": "a connection's handler has raised", "exception": error})

    def bind(self, process: SimProcess, host: str, port: int, accept: Callable[[], ConnectionHandler]) -> SimListener:
        """Listen for a process; see `Transport.listen`."""
        if not process.alive:
            raise OSError(errno.ENETDOWN, f"cannot listen on {host}:{port}: process {process.name} is dead")
        if port == 0:
            port = self._ports.get(host, 50_000)
            while (host, port) in self._owners:
                port += 1
            self._ports[host] = port + 1
        present = self._listeners.get((host, port))
        if present is not None and present.process.alive:
            raise OSError(errno.EADDRINUSE, f"cannot listen on {host}:{port}: the port is in use by another process")
        listener = SimListener(process, (host, port), accept, self.unbind)
        self._listeners[host, port] = listener
        self._owners[host, port] = process.host
        return listener

    def unbind(self, listener: SimListener) -> None:
        """No longer listen."""
        if self._listeners.get((listener.host, listener.port)) is listener:
            del self._listeners[listener.host, listener.port]

    def owner(self, address: Address) -> str:
        """The host of the process that listens there or did so last; else the host of that name."""
        return self._owners.get(address, address[0])

    def process(self, name: str) -> SimProcess:
        """The process of that name, dead or alive.

        Raises:
            KeyError: If there never was one.
        """
        return self._processes[name].process

    def holdings(self, process: SimProcess) -> Holdings:
        """What a process holds."""
        return self._processes[process.name]

    def listener(self, address: Address) -> SimListener | None:
        """Who listens there."""
        return self._listeners.get(address)
