"""What every transport promises: listen, connect, connections of bytes, and datagrams. Protocols only; pure.

Implemented by `runtime.transport.tcp` (datagrams: `udp`) and `runtime.sim.network`; `tests/conformance/transport` holds
both to the same promises. Deliberately not here: frames, handshakes and everything else that gives the bytes a meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class TlsError(OSError):
    """The other side did not prove who it is, does not accept our proof, or does not speak TLS; for people."""


class Connection(Protocol):
    """One end of an open connection; given to its handler, who owns it.

    Attributes:
        peer: Host and port of the other end.
    """

    peer: tuple[str, int]

    def write(self, data: bytes) -> None:
        """Send bytes, behind those already sent. Never blocks; ignored once the connection is closing.

        What cannot be sent yet is buffered. The buffer is bounded by the handler's good manners: it stops writing
        between `pause_writing` and `resume_writing`.
        """

    def pause_reading(self) -> None:
        """Bring no more data, and no end of the stream, until `resume_reading`: the other side has to wait."""

    def resume_reading(self) -> None:
        """Bring what has come meanwhile."""

    def close(self) -> None:
        """Send what is buffered, then end the connection: the other side sees the end of the stream."""

    def abort(self) -> None:
        """End the connection at once; what is buffered is dropped, and the other side sees a reset."""

    @property
    def is_closing(self) -> bool:
        """Whether it was closed from here or ended by the other side."""
        ...

    @property
    def unacknowledged_s(self) -> float:
        """For about how many seconds nothing was acknowledged of what was sent and has been sent again since.

        0.0 if all is acknowledged, if nothing had to be sent again, and where nobody knows. It is the other machine
        that acknowledges: says nothing about a process that is frozen, or reads slowly.
        """
        ...


class ConnectionHandler(Protocol):
    """What a connection calls, always on the loop and never from inside `write`, except for `pause_writing`.

    A handler does not raise; if it does, its connection ends with that error, and the loop's exception handler gets it.
    """

    def connection_made(self, connection: Connection) -> None:
        """The first call, once."""

    def data_received(self, data: bytes) -> None:
        """Some bytes of the stream, in order; their cuts mean nothing.

        Not called between `pause_reading` and `resume_reading`.
        """

    def connection_lost(self, error: BaseException | None) -> None:
        """The last call, exactly once after `connection_made`.

        Args:
            error: `None` when it was closed, here or there; `ConnectionResetError` or another `OSError` if it broke.
        """

    def pause_writing(self) -> None:
        """The send buffer is full."""

    def resume_writing(self) -> None:
        """The send buffer has room again."""


class Listener(Protocol):
    """A place where connections arrive.

    Attributes:
        host: The host that was asked for.
        port: The port, never 0.
    """

    host: str
    port: int

    async def close(self) -> None:
        """Take no more connections; the port is free when this returns. Open connections stay with their handlers."""


DatagramHandler = Callable[[bytes, tuple[str, int], float], None]
"""Called with a datagram, its source and the time of the loop's clock at which the kernel got it; does not raise."""


class Datagrams(Protocol):
    """A socket that sends and takes datagrams: each of them whole or not at all, perhaps twice, in any order.

    Attributes:
        port: Where it takes them, never 0.
    """

    port: int

    def send(self, data: bytes, to: tuple[str, int]) -> None:
        """Send one to a host and port. Never blocks, never raises; what cannot be sent is lost."""

    def close(self) -> None:
        """Take no more; ignored if closed."""


class Transport(Protocol):
    """Opens connections, for one process."""

    async def datagrams(self, host: str, port: int, received: DatagramHandler) -> Datagrams:
        """Take datagrams at an address.

        Args:
            host: Name or number of an own address.
            port: 0 for any that is free.
            received: Called on the loop with each one.

        Raises:
            OSError: If that cannot be.
        """
        ...

    async def listen(self, host: str, port: int, accept: Callable[[], ConnectionHandler]) -> Listener:
        """Take connections at an address.

        Args:
            host: Name or number of an own address.
            port: 0 for any that is free.
            accept: Makes the handler of each connection that arrives.

        Raises:
            OSError: If that cannot be; the text names host and port, and says so if the port is in use.
        """
        ...

    async def connect(self, host: str, port: int, handler: ConnectionHandler, timeout_s: float) -> Connection:
        """Open a connection. When this returns, `handler.connection_made` has been called.

        If this raises, or is cancelled, after that call, then the connection is ended and `connection_lost` is called.

        Raises:
            ConnectionRefusedError: If the host answers that nobody listens there: proof that the process is gone.
            TimeoutError: If nothing answers within `timeout_s` seconds.
            OSError: For any other failure.
        """
        ...
