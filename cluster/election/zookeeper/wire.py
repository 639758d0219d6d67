"""kazoo's sockets, made by us: what its public interface does not offer comes from here, and from nothing private.

`WireHandler` is a handler for kazoo, which lets one bring one's own way to connect. So we know the timeout that the
ensemble has set for the session (it is in the first bytes that arrive), can break a connection that does not answer,
ask the member that went silent last of all, and leave without a word as a process that is killed does. And what kazoo
calls goes no further through threads than it must. Used from kazoo's thread and from the loop's. Deliberately not here:
the protocol itself, which is kazoo's.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import ssl
import struct
import threading
from typing import Any

from kazoo.handlers.threading import SequentialThreadingHandler

from cluster.election.zookeeper.settings import TlsSettings, monotonic

_GREETING = struct.Struct(">iii")
"""The beginning of the ensemble's answer to a connection: length, version of the protocol, timeout in milliseconds."""


class Wire:
    """A socket that remembers how the ensemble has greeted. Has what kazoo and a selector use of a socket.

    Args:
        connection: The connected socket.

    Attributes:
        made_at: When it was made.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.made_at = monotonic()
        self._connection = connection
        self._greeting = b""

    @property
    def session_timeout_s(self) -> float:
        """As the ensemble has set it; 0 before it has."""
        if len(self._greeting) < _GREETING.size:
            return 0.0
        return float(_GREETING.unpack(self._greeting)[2]) / 1000

    def recv(self, size: int) -> bytes:
        """Read."""
        data = self._connection.recv(size)
        missing = _GREETING.size - len(self._greeting)
        if missing > 0:
            self._greeting += data[:missing]
        return data

    def send(self, data: bytes) -> int:
        """Write."""
        return self._connection.send(data)

    def pending(self) -> int:
        """Bytes that TLS has read already."""
        return self._connection.pending() if isinstance(self._connection, ssl.SSLSocket) else 0

    def fileno(self) -> int:
        """For selectors."""
        return self._connection.fileno()

    def setblocking(self, flag: bool) -> None:
        """Like a socket's."""
        self._connection.setblocking(flag)

    def getpeername(self) -> Any:
        """Like a socket's."""
        return self._connection.getpeername()

    def close(self) -> None:
        """Like a socket's."""
        self._connection.close()

    @property
    def age_s(self) -> float:
        """Since it was made."""
        return monotonic() - self.made_at

    def sever(self) -> None:
        """Let whoever reads find the end of the stream; nothing more is sent."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._connection, socket.SHUT_RDWR)


class AtOnce(queue.Queue[Any]):
    """A queue of callbacks that are called where they come up, in kazoo's thread, and not by another one.

    Ours only wake the loop. Each thread in between costs a wait for the interpreter, just when all are busy.
    """

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Call it; what cannot be called ends the thread that waits."""
        if callable(item):
            item()
        else:
            super().put(item, block, timeout)


class WireHandler(SequentialThreadingHandler):  # type: ignore[misc]  # kazoo has no types
    """Makes the connections of one kazoo client.

    Args:
        connect_timeout_s: Longest time to connect to one member.
        tls: If TLS is to be spoken.

    Attributes:
        wire: The newest connection.
        last_error: Why the last try to connect failed; empty if it did not.
    """

    queue_impl = AtOnce

    def __init__(self, connect_timeout_s: float, tls: TlsSettings | None) -> None:
        super().__init__()
        self.wire: Wire | None = None
        self.last_error = ""
        self._connect_timeout_s = connect_timeout_s
        self._context = tls_context(tls) if tls is not None else None
        self._verify_hostname = tls is not None and tls.verify_hostname
        self._lock = threading.Lock()
        self._severed = False
        self._silent: Any = None

    def create_connection(self, address: Any, hostname: str | None = None, **_: Any) -> Wire:
        """For kazoo."""
        try:
            if self._silent == address:
                self._silent = None  # if there is no other, it is asked in the next round
                raise ConnectionAbortedError(f"{address[0]}:{address[1]} was silent; the others are asked first")
            wire = Wire(self._connect(address, hostname))
        except OSError as error:
            self.last_error = f"{hostname or address[0]}:{address[1]}: {error}"
            raise
        with self._lock:
            self.wire, self.last_error = wire, ""
            if self._severed:
                wire.sever()
        return wire

    def drop(self) -> None:
        """Break the present connection, which does not answer; kazoo makes another one, to another member if it can."""
        with self._lock:
            if self.wire is not None:
                with contextlib.suppress(OSError):
                    self._silent = self.wire.getpeername()[:2]
                self.wire.sever()

    def sever(self) -> None:
        """Break it, for good: nothing is sent any more, not even that we leave."""
        with self._lock:
            self._severed = True
            if self.wire is not None:
                self.wire.sever()

    def _connect(self, address: Any, hostname: str | None) -> socket.socket:
        if self._severed:
            raise ConnectionAbortedError("this client has let go of the ensemble")
        connection = socket.create_connection(address, self._connect_timeout_s)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if self._context is None:
                return connection
            return self._context.wrap_socket(connection, server_hostname=hostname)
        except BaseException:
            connection.close()
            raise


def tls_context(tls: TlsSettings) -> ssl.SSLContext:
    """A context for clients.

    Raises:
        OSError: If a file cannot be read or is not what it should be (`ssl.SSLError` is one).
    """
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=tls.ca)
    context.check_hostname = tls.verify_hostname
    if tls.certificate is not None:
        context.load_cert_chain(tls.certificate, tls.key, tls.key_password)
    return context
