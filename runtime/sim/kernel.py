"""What the kernel holds for one simulated process: its connections, its ports and its listeners.

Driven by `runtime.sim.network`. Deliberately not here: links and latencies, and the process itself
(`runtime.sim.process`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator

from runtime.sim.connection import SimConnection
from runtime.sim.pipe import Pipe
from runtime.sim.process import SimProcess
from runtime.transport.base import ConnectionHandler

Address = tuple[str, int]


class Holdings:
    """The connections and the numbers of ports of one process.

    Args:
        process: Whose.
    """

    def __init__(self, process: SimProcess) -> None:
        self.process = process
        self.connections: list[SimConnection] = []
        self.ports: Iterator[int] = itertools.count(40_000)

    def own(self, connection: SimConnection) -> None:
        """Remember a connection for the day on which the process is killed."""
        self.connections = [one for one in self.connections if not one.is_gone] + [connection]


def pipes(of: Iterable[Holdings], one: str, other: str) -> Iterator[tuple[Pipe, str]]:
    """Of all connections of either host, the direction that leads away from it; and the name of the other host."""
    for holdings in of:
        if (host := holdings.process.host) in (one, other):
            for connection in holdings.connections:
                yield connection.out, other if host == one else one


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
