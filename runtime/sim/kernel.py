"""What the kernel holds for one simulated process: its connections, its listeners, and what waits while it is frozen.

Driven by `runtime.sim.network`. Deliberately not here: links and latencies.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator

from runtime.sim.connection import SimConnection
from runtime.transport.base import ConnectionHandler

Address = tuple[str, int]


class SimProcess:
    """One life of a process: what its kernel holds for it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.frozen = False
        self.connections: list[SimConnection] = []
        self.held: deque[Callable[[], None]] = deque()
        self.ports: Iterator[int] = itertools.count(40_000)

    def own(self, connection: SimConnection) -> None:
        """Remember a connection for the day on which the process is killed."""
        self.connections = [one for one in self.connections if not one.is_gone] + [connection]

    def run(self, action: Callable[[], None]) -> None:
        """Now; or when it is thawed; or never, if it is dead."""
        if not self.alive:
            return
        if self.frozen:
            self.held.append(action)
        else:
            action()


class SimListener:
    """See `runtime.transport.base.Listener`."""

    def __init__(
        self,
        process: SimProcess,
        address: Address,
        accept: Callable[[], ConnectionHandler],
        unbind: Callable[[SimListener], None],
    ) -> None:
        self.host: str = address[0]
        self.port: int = address[1]
        self.process = process
        self.accept = accept
        self._unbind = unbind

    async def close(self) -> None:
        """See `Listener.close`."""
        self._unbind(self)
