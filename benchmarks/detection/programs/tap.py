"""A transport that is listened to: it notes when a dialled connection ended, and counts bytes. SHELL around another.

So the moment in which the kernel's end of file or reset reaches the loop is known, whatever is made of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.detection.programs.lines import clock_s
from runtime.transport.base import Connection, ConnectionHandler, Listener, Transport

Ended = Callable[[str, int, float, str], None]
"""Host and port that were dialled, when the connection ended, and how."""


class Tap:
    """Wraps a transport.

    Args:
        transport: The real one.
        ended: Told of the end of each connection that was dialled.

    Attributes:
        bytes_in: Received so far.
        bytes_out: Sent so far.
    """

    def __init__(self, transport: Transport, ended: Ended) -> None:
        self.bytes_in = 0
        self.bytes_out = 0
        self._transport = transport
        self._ended = ended

    @property
    def takes_datagrams(self) -> bool:
        """Whether the real one can do so."""
        return hasattr(self._transport, "datagrams")

    async def datagrams(self, host: str, port: int, received: Callable[..., None]) -> TappedDatagrams:
        """See `Transport.datagrams`."""
        real: Any = self._transport

        def counted(data: bytes, *rest: Any) -> None:
            self.bytes_in += len(data)
            received(data, *rest)

        return TappedDatagrams(self, await real.datagrams(host, port, counted))

    async def listen(self, host: str, port: int, accept: Callable[[], ConnectionHandler]) -> Listener:
        """See `Transport.listen`."""
        return await self._transport.listen(host, port, lambda: TappedHandler(self, accept(), None))

    async def connect(self, host: str, port: int, handler: ConnectionHandler, timeout_s: float) -> Connection:
        """See `Transport.connect`."""

        def ended(error: BaseException | None) -> None:
            self._ended(host, port, clock_s(), "end of file" if error is None else str(error))

        return await self._transport.connect(host, port, TappedHandler(self, handler, ended), timeout_s)


class TappedHandler:
    """Stands before the real handler."""

    def __init__(
        self, tap: Tap, handler: ConnectionHandler, ended: Callable[[BaseException | None], None] | None
    ) -> None:
        self._tap = tap
        self._handler = handler
        self._ended = ended
        self.pause_writing = handler.pause_writing
        self.resume_writing = handler.resume_writing

    def connection_made(self, connection: Connection) -> None:
        """See `ConnectionHandler`."""
        self._handler.connection_made(TappedConnection(self._tap, connection))

    def data_received(self, data: bytes) -> None:
        """See `ConnectionHandler`."""
        self._tap.bytes_in += len(data)
        self._handler.data_received(data)

    def connection_lost(self, error: BaseException | None) -> None:
        """See `ConnectionHandler`."""
        if self._ended is not None:
            self._ended(error)
        self._handler.connection_lost(error)


class TappedConnection:
    """Stands before the real connection."""

    def __init__(self, tap: Tap, connection: Connection) -> None:
        self._tap = tap
        self._connection = connection
        self.peer = connection.peer
        self.pause_reading = connection.pause_reading
        self.resume_reading = connection.resume_reading
        self.close = connection.close
        self.abort = connection.abort

    def write(self, data: bytes) -> None:
        """See `Connection.write`."""
        self._tap.bytes_out += len(data)
        self._connection.write(data)

    @property
    def is_closing(self) -> bool:
        """See `Connection.is_closing`."""
        return self._connection.is_closing

    @property
    def unacknowledged_s(self) -> float:
        """See `Connection.unacknowledged_s`."""
        return self._connection.unacknowledged_s


class TappedDatagrams:
    """Stands before the real socket."""

    def __init__(self, tap: Tap, datagrams: Any) -> None:
        self._tap = tap
        self._datagrams = datagrams
        self.port = datagrams.port
        self.close = datagrams.close

    def send(self, data: bytes, to: tuple[str, int]) -> None:
        """See `Datagrams.send`."""
        self._tap.bytes_out += len(data)
        self._datagrams.send(data, to)
