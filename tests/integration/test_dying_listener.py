"""Who dies refuses from the first sign of its death on: a watcher that asks at once gets the answer that is certain."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import select
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from runtime.transport.tcp import TcpTransport
from runtime.transport.tombstone import raised

ROOT = Path(__file__).resolve().parents[2]
DEATHS = 6
CONNECTIONS = 4
LISTENS = """
import asyncio, sys
from runtime.transport.tcp import TcpTransport

class Quiet:
    def __init__(self): made.append(self)
    def connection_made(self, connection): self.connection = connection
    def data_received(self, data): print(len(made), flush=True)
    def connection_lost(self, error): ...
    def pause_writing(self): ...
    def resume_writing(self): ...

made = []
async def main():
    listener = await TcpTransport().listen("127.0.0.1", 0, Quiet)
    print(listener.port, flush=True)
    await asyncio.Event().wait()

if sys.argv[1] == "uvloop":
    import uvloop
    uvloop.run(main())
else:
    asyncio.run(main())
"""


@pytest.mark.real
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_dial_at_the_first_end_of_a_connection_is_refused(loop: str) -> None:
    """SIGKILL of a process with several connections: as soon as the first of them ends, its listener is gone."""
    assert [is_refused(loop) for _ in range(DEATHS)] == [True] * DEATHS


def is_refused(loop: str) -> bool:
    """Whether a dial is, at the first end of a connection to a process that is killed."""
    with contextlib.ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen([sys.executable, "-c", LISTENS, loop], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        )
        stack.callback(process.kill)
        assert process.stdout is not None
        port = int(process.stdout.readline())
        connections = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(CONNECTIONS)]
        connections[-1].sendall(b"are all of them accepted?")
        assert int(process.stdout.readline()) == CONNECTIONS
        process.kill()
        select.select(connections, [], [])
        dial = stack.enter_context(socket.socket())
        return dial.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


@pytest.mark.real
@pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])
async def test_nothing_of_it_is_left_when_it_is_closed() -> None:
    """A listener that is closed is not reached any more, and its descriptors are gone."""
    before = sockets()
    listener = await TcpTransport().listen("127.0.0.1", 0, lambda: pytest.fail("nobody dials"))
    meanwhile = sockets() - before

    await listener.close()

    assert list(meanwhile.values()) == [2]
    assert not sockets() - before
    with socket.socket() as dial, pytest.raises(ConnectionRefusedError):
        dial.connect(("127.0.0.1", listener.port))


def sockets() -> Counter[str]:
    """How many descriptors this process has of each socket."""
    found: Counter[str] = Counter()
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # the one with which they are listed
            found[os.readlink(f"/proc/self/fd/{name}")] += 1
    return Counter({name: count for name, count in found.items() if name.startswith("socket:")})


@pytest.mark.real
def test_it_is_left_out_where_descriptors_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """No number is asked for that the process may not have, and none is better than an error."""
    with socket.socket() as sock:
        number = raised(sock.fileno())
        assert number is not None
        assert sock.fileno() < number.fileno() < 4096
        number.close()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        monkeypatch.setattr(resource, "getrlimit", lambda _: (10 * soft + 4096 * 4096, hard))
        monkeypatch.setattr("runtime.transport.tombstone.MOST", 10 * soft + 4096 * 4096)
        assert raised(sock.fileno()) is None
