"""Two worlds with the same surface: the simulated network on `SimLoop`, and TCP with real child processes.

Each with TLS, too: what a transport promises, it promises with certificates as well.
"""

from __future__ import annotations

import asyncio
import ctypes
import random
import socket
import struct
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from runtime import TlsSettings
from runtime.sim.loop import SimLoop
from runtime.sim.network import SimNetwork
from runtime.transport.base import Connection, ConnectionHandler, Transport
from runtime.transport.tcp import TcpTransport
from runtime.transport.tls import TlsTransport
from tests.runtime.transport.certificates import Authority

HOST = "127.0.0.1"
ROOT = Path(__file__).parents[3]


class Recorder:
    """A handler that keeps what it was told, and lets a test wait for it."""

    def __init__(self, greeting: bytes = b"", echo: bool = False) -> None:
        self.calls: list[str] = []
        self.data = bytearray()
        self.error: BaseException | None = None
        self.connection: Connection | None = None
        self.paused = False
        self._greeting = greeting
        self._echo = echo
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, connection: Connection) -> None:
        self.connection = connection
        self._note("made")
        connection.write(self._greeting)

    def data_received(self, data: bytes) -> None:
        self.data += data
        self._note("data")
        if self._echo and self.connection is not None:
            self.connection.write(data)

    def connection_lost(self, error: BaseException | None) -> None:
        self.error = error
        self._note("lost")

    def pause_writing(self) -> None:
        self.paused = True
        self._note("pause")

    def resume_writing(self) -> None:
        self.paused = False
        self._note("resume")

    def _note(self, call: str) -> None:
        self.calls.append(call)
        task = asyncio.get_running_loop().create_task(self._notify())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def until(self, call: str) -> None:
        """Wait for a call of that name."""
        async with self._changed:
            await self._changed.wait_for(lambda: call in self.calls)

    async def until_bytes(self, count: int) -> bytes:
        """Wait for that many bytes."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.data) >= count)
        return bytes(self.data)


class World:
    """A server's and a client's transport, and another process that echoes and can be killed."""

    def __init__(self, server: Transport, client: Transport) -> None:
        self.server = server
        self.client = client
        self.accepted: asyncio.Queue[Recorder] = asyncio.Queue()

    def accept(self, greeting: bytes = b"", echo: bool = False) -> ConnectionHandler:
        """The handler of the server's next connection; it can be awaited in `accepted`."""
        handler = Recorder(greeting, echo)
        self.accepted.put_nowait(handler)
        return handler

    async def start_echo(self, port: int = 0) -> int:
        """Start the other process; its port."""
        raise AssertionError

    def kill_echo(self) -> None:
        """SIGKILL it."""
        raise AssertionError

    def swallow(self, *handlers: Recorder) -> None:
        """What is between the two ends of a connection of client and server forgets it."""
        raise AssertionError


def wrapped(transport: Transport, tls: TlsSettings | None) -> Transport:
    """The transport itself, or TLS over it."""
    return transport if tls is None else TlsTransport(transport, tls)


class SimWorld(World):
    def __init__(self, tls: TlsSettings | None) -> None:
        self.network = SimNetwork(asyncio.get_running_loop(), random.Random(1))
        self.tls = tls
        super().__init__(wrapped(self.network.transport("server"), tls), wrapped(self.network.transport("client"), tls))

    async def start_echo(self, port: int = 0) -> int:
        listener = await wrapped(self.network.transport("echo"), self.tls).listen(
            HOST, port, lambda: Recorder(echo=True)
        )
        return listener.port

    def kill_echo(self) -> None:
        self.network.kill("echo")

    def swallow(self, *handlers: Recorder) -> None:
        self.network.forget("client", "server")


ECHO_PROGRAM = """
import asyncio, sys
from runtime import TlsSettings
from runtime.transport.tcp import TcpTransport
from runtime.transport.tls import TlsTransport
class Echo:
    def connection_made(self, connection): self.connection = connection
    def data_received(self, data): self.connection.write(data)
    def connection_lost(self, error): pass
    def pause_writing(self): pass
    def resume_writing(self): pass
async def main():
    transport = TcpTransport()
    if sys.argv[2:]:
        transport = TlsTransport(transport, TlsSettings(*sys.argv[2:]))
    listener = await transport.listen("127.0.0.1", int(sys.argv[1]), Echo)
    print(listener.port, flush=True)
    await asyncio.get_running_loop().create_future()
asyncio.run(main())
"""


SO_ATTACH_FILTER = 26


def drop_all(sock: Any) -> None:
    """Let the kernel drop each segment for that socket before TCP sees it: a filter of one instruction, return 0."""
    instruction = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))
    program = struct.pack("HP", 1, ctypes.addressof(instruction))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


class TcpWorld(World):
    def __init__(self, tls: TlsSettings | None) -> None:
        super().__init__(wrapped(TcpTransport(), tls), wrapped(TcpTransport(), tls))
        self.files = [] if tls is None else [tls.certificate, tls.key, tls.ca]
        self.children: list[subprocess.Popen[bytes]] = []

    async def start_echo(self, port: int = 0) -> int:
        child = subprocess.Popen(  # noqa: ASYNC220
            [sys.executable, "-c", ECHO_PROGRAM, str(port), *self.files], stdout=subprocess.PIPE, cwd=ROOT
        )
        self.children.append(child)
        assert child.stdout is not None
        return int(child.stdout.readline())

    def kill_echo(self) -> None:
        self.children[-1].kill()

    def swallow(self, *handlers: Recorder) -> None:
        for handler in handlers:
            connection: Any = getattr(handler.connection, "_inner", handler.connection)  # below TLS
            drop_all(connection._transport.get_extra_info("socket"))

    def close(self) -> None:
        for child in self.children:
            child.kill()
            child.wait()
            if child.stdout is not None:
                child.stdout.close()


@pytest.fixture
def recorder() -> type[Recorder]:
    """The class, since test modules cannot import from here."""
    return Recorder


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> TlsSettings:
    """For this machine."""
    return Authority(tmp_path_factory.mktemp("tls")).settings(HOST)


@pytest.fixture(params=["plain", "tls"])
async def world(request: pytest.FixtureRequest, certificates: TlsSettings) -> AsyncIterator[World]:
    """The simulated world on SimLoop, the real one on the others."""
    tls = certificates if request.param == "tls" else None
    if isinstance(asyncio.get_running_loop(), SimLoop):
        yield SimWorld(tls)
    else:
        real = TcpWorld(tls)
        yield real
        real.close()
