"""TCP, on asyncio's loop and on uvloop alike. A shell over sockets.

An `asyncio.Protocol` and not streams, which would cost a task switch for each read. Both loops set TCP_NODELAY by
themselves. Deliberately not here: TLS (`tls`), and the meaning of the bytes.
"""

from __future__ import annotations

import asyncio
import copy
import errno
import ipaddress
import os
import socket
import struct
from collections.abc import Callable
from typing import Self, cast

from runtime.transport.base import Connection, ConnectionHandler, DatagramHandler, Datagrams, Listener
from runtime.transport.kernel import unacknowledged_s
from runtime.transport.tombstone import raised
from runtime.transport.udp import open_udp

WRITE_BUFFER_BYTES = 256 * 1024
_LINGER_NOT = struct.pack("ii", 1, 0)
_KEEPALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
"""Whoever dialled us, and went without a word with its machine, is known to be gone after two minutes. No detector: a
frozen process has a kernel that answers. But if we have nothing to say on a connection, nothing else would end it."""


class Exposed(PermissionError):
    """A system shall listen where other machines can reach it, and has nothing to keep strangers out."""

    def __init__(self, host: str, port: int, address: str) -> None:
        which = "" if host == address else f" ({address})"
        super().__init__(
            errno.EPERM,
            f"cannot listen on {host}:{port}: {host}{which} is not a loopback address, and whoever reaches it could "
            "send anything to any actor; give certificates with tls=TlsSettings(...), or, on a network that you "
            "trust, say insecure=True (docs/security.md)",
        )


class TcpConnection(asyncio.Protocol):
    """One end of a TCP connection: the loop's protocol on one side, our `Connection` on the other."""

    def __init__(self, handler: ConnectionHandler, write_buffer_bytes: int) -> None:
        self.peer: tuple[str, int] = ("", 0)
        self._handler = handler
        self._write_buffer_bytes = write_buffer_bytes
        self._transport: asyncio.Transport | None = None
        # The loop calls the handler itself: no frame of ours stands between the socket and the parser.
        self.data_received = handler.data_received  # type: ignore[method-assign]
        self.pause_writing = handler.pause_writing  # type: ignore[method-assign]
        self.resume_writing = handler.resume_writing  # type: ignore[method-assign]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=self._write_buffer_bytes)
        peer = transport.get_extra_info("peername")
        if peer:
            self.peer = (peer[0], peer[1])
        self._handler.connection_made(self)

    def eof_received(self) -> None:
        """Called by the loop. The other side reads no more either, so what is buffered for it is dropped."""
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Called by the loop; the handler is told once."""
        if self._transport is not None:
            self._transport = None
            self._handler.connection_lost(exc)

    @property
    def is_made(self) -> bool:
        """Whether there is a connection, or was one: then no other is dialled in its place."""
        return self._transport is not None or self.peer[1] != 0

    def give_up(self) -> None:
        """Nobody waits for this dial any more. If it was connected already, uvloop ends it without a word to us."""
        if self._transport is not None:
            self._transport.abort()
            asyncio.get_running_loop().call_soon(self.connection_lost, None)

    def write(self, data: bytes) -> None:
        """See `Connection.write`."""
        transport = self._transport
        if transport is not None and not transport.is_closing():
            transport.write(data)

    def pause_reading(self) -> None:
        """See `Connection.pause_reading`."""
        transport = self._transport
        if transport is not None and not transport.is_closing() and transport.is_reading():
            transport.pause_reading()

    def resume_reading(self) -> None:
        """See `Connection.resume_reading`."""
        transport = self._transport
        if transport is not None and not transport.is_closing() and not transport.is_reading():
            transport.resume_reading()

    def close(self) -> None:
        """See `Connection.close`."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """See `Connection.abort`."""
        if self._transport is not None:
            sock = self._transport.get_extra_info("socket")
            if sock is not None and not self._transport.is_closing():
                # Without this the kernel ends the stream in good order, and the peer cannot tell.
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            self._transport.abort()

    @property
    def is_closing(self) -> bool:
        """See `Connection.is_closing`."""
        return self._transport is None or self._transport.is_closing()

    @property
    def unacknowledged_s(self) -> float:
        """See `Connection.unacknowledged_s`."""
        sock = self._transport.get_extra_info("socket") if self._transport is not None else None
        return 0.0 if sock is None else unacknowledged_s(sock)


class TcpListener:
    """A listening socket."""

    def __init__(self, host: str, server: asyncio.Server) -> None:
        self.host = host
        self.port: int = server.sockets[0].getsockname()[1]
        self._server = server
        self._raised = [raised(sock.fileno()) for sock in server.sockets]
        for sock in server.sockets:  # what is accepted has it from there
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for name, value in _KEEPALIVE:
                if hasattr(socket, name):  # not everywhere
                    sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    async def close(self) -> None:
        """See `Listener.close`. Not `wait_closed`: from 3.12 on that waits for every open connection too."""
        self._server.close()
        for sock in self._raised:
            if sock is not None:
                sock.close()
        await asyncio.sleep(0)


class TcpTransport:
    """Opens TCP connections.

    Args:
        write_buffer_bytes: What a connection buffers before it tells its handler to pause.
        loopback_only: Whether it refuses to listen where other machines can reach it.
    """

    def __init__(self, write_buffer_bytes: int = WRITE_BUFFER_BYTES, *, loopback_only: bool = False) -> None:
        self._write_buffer_bytes = write_buffer_bytes
        self._loopback_only = loopback_only

    def on_loopback_only(self) -> Self:
        """The same, but refusing to listen where other machines can reach it."""
        same = copy.copy(self)
        same._loopback_only = True
        return same

    async def listen(self, host: str, port: int, accept: Callable[[], ConnectionHandler]) -> Listener:
        """See `Transport.listen`. Of a name's addresses it takes the first that it can have."""
        loop = asyncio.get_running_loop()
        try:
            failure: OSError | None = None
            addresses = await _addresses(host)
            if self._loopback_only and (exposed := [one for one in addresses if not is_loopback(one)]):
                raise Exposed(host, port, exposed[0])
            for address in addresses:
                try:
                    server = await loop.create_server(lambda: self._connection(accept()), address, port)
                    return TcpListener(host, server)
                except OSError as error:
                    failure = failure or error
            raise failure or OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
        except Exposed:
            raise
        except OSError as error:
            raise _cannot("listen on", host, port, error) from error

    async def datagrams(self, host: str, port: int, received: DatagramHandler) -> Datagrams:
        """See `Transport.datagrams`."""
        return open_udp(host, port, received)

    async def connect(self, host: str, port: int, handler: ConnectionHandler, timeout_s: float) -> Connection:
        """See `Transport.connect`. Tries a name's addresses one after the other; refused means that all of them did."""
        connection = TcpConnection(handler, self._write_buffer_bytes)
        try:
            async with asyncio.timeout(timeout_s):
                await self._dial(host, port, connection, timeout_s)
        except TimeoutError as error:
            connection.give_up()
            raise TimeoutError(f"{host}:{port} did not answer within {timeout_s:g} s") from error
        except OSError as error:
            raise _cannot("connect to", host, port, error) from error
        except asyncio.CancelledError:
            connection.give_up()
            raise
        return connection

    async def _dial(self, host: str, port: int, connection: TcpConnection, timeout_s: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + timeout_s
        failure: OSError | None = None
        addresses = await _addresses(host)
        for number, address in enumerate(addresses):
            try:
                async with asyncio.timeout((due - loop.time()) / (len(addresses) - number)):
                    await loop.create_connection(lambda: connection, address, port)
                return
            except ConnectionRefusedError as error:
                failure = failure or error
            except TimeoutError as error:
                if connection.is_made:
                    raise
                failure = error
            except OSError as error:
                failure = error
        raise failure or OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))

    def _connection(self, handler: ConnectionHandler) -> TcpConnection:
        return TcpConnection(handler, self._write_buffer_bytes)


def is_loopback(address: str) -> bool:
    """Whether a numeric address is reached from this machine only."""
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


async def _addresses(host: str) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(info[4][0]) for info in found))


def _cannot(what: str, host: str, port: int, error: OSError) -> OSError:
    """The same error (and so the same class) with a text for people."""
    number = error.errno if error.errno is not None else errno.EIO
    reason = "the port is in use by another process" if number == errno.EADDRINUSE else os.strerror(number)
    if isinstance(error, socket.gaierror):
        return OSError(errno.EADDRNOTAVAIL, f"cannot {what} {host}:{port}: unknown host ({error.strerror})")
    return OSError(number, f"cannot {what} {host}:{port}: {reason}")
