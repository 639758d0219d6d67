"""UDP, on asyncio's loop and on uvloop alike. A shell over one socket.

Datagrams are read with the time at which the kernel got them, so that our own lateness is not taken for the peer's.
That time is of the wall clock and only its age counts; a step of that clock in between is cut to a plausible age.
Deliberately not here: what datagrams mean (`runtime.protocol.beats`).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import socket
import struct
import time

from runtime.transport.base import DatagramHandler

_TIMESTAMP = getattr(socket, "SO_TIMESTAMPNS", 35)
_TIMESPEC = struct.Struct("@qq")
_ROOM = socket.CMSG_SPACE(_TIMESPEC.size)
_LONGEST_BYTES = 2048
_AT_ONCE = 64
_OLDEST_S = 60.0
_NAMES_S = 30.0
"""After so long a name is looked up anew: whoever lives again under it may have another address."""
_HOSTS_KEPT = 4096
"""Beyond that the one that was first used longest ago is forgotten, and looked up anew when it is used again."""


class UdpSocket:
    """One socket; see `runtime.transport.base.Datagrams`."""

    def __init__(self, sock: socket.socket, received: DatagramHandler) -> None:
        self.port: int = sock.getsockname()[1]
        self._loop = asyncio.get_running_loop()
        self._socket = sock
        self._received = received
        self._addresses: dict[str, str | None] = {}
        self._looked_up_at: dict[str, float] = {}  # of names only
        self._resolving: set[asyncio.Task[None]] = set()
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, _TIMESTAMP, 1)
        self._loop.add_reader(sock.fileno(), self._readable)

    def send(self, data: bytes, to: tuple[str, int]) -> None:
        """See `Datagrams.send`. Until a name is looked up, what is sent there is lost."""
        host = self._address(to[0])
        if host is not None and self._socket.fileno() >= 0:
            with contextlib.suppress(OSError):  # no route, no room, refused before: it is lost, as datagrams are
                self._socket.sendto(data, (host, to[1]))

    def close(self) -> None:
        """See `Datagrams.close`."""
        for task in self._resolving:
            task.cancel()
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    def _readable(self) -> None:
        wall_ns, now = time.time_ns(), self._loop.time()
        for _ in range(_AT_ONCE):
            try:
                data, extra, _, source = self._socket.recvmsg(_LONGEST_BYTES, _ROOM)
            except OSError:
                return
            self._received(data, (source[0], source[1]), now - _age_s(extra, wall_ns))
            if self._socket.fileno() < 0:
                return

    def _address(self, host: str) -> str | None:
        """The number of a host, once it is known."""
        if host not in self._addresses:
            if len(self._addresses) >= _HOSTS_KEPT:
                self._forget(next(iter(self._addresses)))
            try:
                self._addresses[host] = str(ipaddress.ip_address(host))
            except ValueError:
                self._addresses[host] = None
                self._begin_to_look_up(host)
        elif host in self._looked_up_at and self._loop.time() - self._looked_up_at[host] > _NAMES_S:
            self._begin_to_look_up(host)
        return self._addresses[host]

    def _begin_to_look_up(self, host: str) -> None:
        self._looked_up_at[host] = self._loop.time()
        task = self._loop.create_task(self._look_up(host), name=f"look up {host}")
        self._resolving.add(task)
        task.add_done_callback(self._resolving.discard)

    async def _look_up(self, host: str) -> None:
        try:
            found = await self._loop.getaddrinfo(host, None, family=self._socket.family, type=socket.SOCK_DGRAM)
        except (OSError, ValueError):  # no such name, or none that could be one
            if self._addresses.get(host) is None:
                self._forget(host)  # the next one tries again
        else:
            if host in self._addresses:  # else it is forgotten
                self._addresses[host] = str(found[0][4][0])

    def _forget(self, host: str) -> None:
        self._addresses.pop(host, None)
        self._looked_up_at.pop(host, None)


def open_udp(host: str, port: int, received: DatagramHandler) -> UdpSocket:
    """Take datagrams at an address of this machine; see `Transport.datagrams`.

    Raises:
        OSError: If that cannot be.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    family, kind, protocol, _, address = found[0]
    sock = socket.socket(family, kind | socket.SOCK_NONBLOCK, protocol)
    try:
        sock.bind(address)
        return UdpSocket(sock, received)
    except OSError as error:
        sock.close()
        number = error.errno or errno.EIO
        raise OSError(number, f"cannot take datagrams at {host}:{port}: {os.strerror(number)}") from error


def _age_s(extra: list[tuple[int, int, bytes]], wall_ns: int) -> float:
    for level, kind, content in extra:
        if level == socket.SOL_SOCKET and kind == _TIMESTAMP and len(content) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(content)
            age_s: float = (wall_ns - seconds * 1_000_000_000 - nanoseconds) / 1e9
            return min(max(age_s, 0.0), _OLDEST_S)
    return 0.0
