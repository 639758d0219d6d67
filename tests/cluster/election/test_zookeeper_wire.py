"""The sockets under kazoo: what the ensemble's greeting says, whom to ask last, and leaving without a word."""

from __future__ import annotations

import itertools
import socket
import struct
from collections.abc import Iterator

import pytest

from cluster.election.zookeeper.wire import Wire, WireHandler

pytestmark = pytest.mark.real


@pytest.fixture
def pair() -> Iterator[tuple[Wire, socket.socket]]:
    """A wire and its other end."""
    ours, theirs = socket.socketpair()
    wire = Wire(ours)
    yield wire, theirs
    wire.close()
    theirs.close()


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """Somebody who listens, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.mark.parametrize("cuts", [(0, 12, 30), (0, 1, 5, 11, 30), (0, 30)])
def test_the_ensembles_timeout_is_in_the_greeting(pair: tuple[Wire, socket.socket], cuts: tuple[int, ...]) -> None:
    """However the bytes come in; what is read is passed on unchanged."""
    wire, theirs = pair
    greeting = struct.pack(">iiiqi", 36, 0, 4000, 77, 16) + bytes(6)
    read = b""
    assert wire.session_timeout_s == 0.0
    for start, end in itertools.pairwise(cuts):
        theirs.sendall(greeting[start:end])
        read += wire.recv(100)

    assert wire.session_timeout_s == 4.0
    assert read == greeting


def test_a_severed_wire_has_ended(pair: tuple[Wire, socket.socket]) -> None:
    """Whoever reads finds the end, on both sides, and nothing was said before it."""
    wire, theirs = pair
    wire.sever()
    wire.sever()

    assert wire.recv(1) == b""
    assert theirs.recv(1) == b""


def test_the_member_that_was_silent_is_asked_last(server: socket.socket) -> None:
    """It is refused once after it was dropped, so that the others are tried first; not for ever."""
    handler, address = WireHandler(1.0, None), server.getsockname()
    first = handler.create_connection(address)
    handler.drop()

    with pytest.raises(ConnectionAbortedError, match="others are asked first"):
        handler.create_connection(address)
    second = handler.create_connection(address)
    assert handler.last_error == ""
    for wire in (first, second):
        wire.close()


def test_a_severed_handler_connects_no_more(server: socket.socket) -> None:
    """What others find then is what a process that was killed leaves."""
    handler = WireHandler(1.0, None)
    wire = handler.create_connection(server.getsockname())
    handler.sever()

    assert wire.recv(1) == b""
    with pytest.raises(ConnectionAbortedError):
        handler.create_connection(server.getsockname())
    wire.close()


def test_why_there_is_no_connection_is_kept(unused_tcp_port: int) -> None:
    """For the message to people."""
    handler = WireHandler(1.0, None)
    with pytest.raises(ConnectionRefusedError):
        handler.create_connection(("127.0.0.1", unused_tcp_port), hostname="zk1")

    assert handler.last_error.startswith(f"zk1:{unused_tcp_port}: ")
