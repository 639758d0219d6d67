"""Who dialled us and is gone with its machine: the kernel asks after it, since we have nothing to say to it."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from runtime.transport.tcp import TcpTransport

pytestmark = [pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"]), pytest.mark.real]


class Quiet:
    """A handler that says nothing."""

    def __init__(self) -> None:
        self.connection: Any = None
        self.made = asyncio.Event()

    def connection_made(self, connection: Any) -> None:
        self.connection = connection
        self.made.set()

    def data_received(self, data: bytes) -> None: ...
    def connection_lost(self, error: BaseException | None) -> None: ...
    def pause_writing(self) -> None: ...
    def resume_writing(self) -> None: ...


async def test_accepted_connections_are_asked_after() -> None:
    """After a minute without a byte, four times, every 15 s."""
    accepted, dialled = Quiet(), Quiet()
    transport = TcpTransport()
    listener = await transport.listen("127.0.0.1", 0, lambda: accepted)
    await transport.connect("127.0.0.1", listener.port, dialled, 10.0)
    await accepted.made.wait()
    sock = accepted.connection._transport.get_extra_info("socket")
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
    assert [sock.getsockopt(socket.IPPROTO_TCP, option) for option in options] == [60, 15, 4]
    dialled.connection.abort()
    accepted.connection.abort()
    await listener.close()
