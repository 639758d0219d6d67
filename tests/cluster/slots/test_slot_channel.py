"""The link of a slot process over a real socket pair."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from cluster.slots import slot_link as link
from cluster.slots.slot_channel import SlotChannel

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])]


class End:
    """One end of a link, with what came out of it."""

    def __init__(self, sock: socket.socket) -> None:
        self.got: list[link.LinkMessage] = []
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self.news = asyncio.Event()
        self.channel = SlotChannel(sock, self._take, self.lost.set_result, asyncio.get_running_loop())

    def _take(self, message: link.LinkMessage) -> None:
        self.got.append(message)
        self.news.set()

    async def has(self, count: int) -> None:
        while len(self.got) < count:
            self.news.clear()
            await self.news.wait()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


async def test_a_message_larger_than_the_socket_buffer(pair: tuple[socket.socket, socket.socket]) -> None:
    """A large message is sent as the other end reads; `flush` waits for that."""
    left, right = End(pair[0]), End(pair[1])
    left.channel.send(link.Finished(bytes(3_000_000)))
    left.channel.send(link.Ready())
    assert left.channel.unsent_bytes > 0
    await left.channel.flush()
    await right.has(2)
    assert right.got == [link.Finished(bytes(3_000_000)), link.Ready()]
    left.channel.close()
    assert await right.lost is None


async def test_what_was_sent_before_the_end_is_read(pair: tuple[socket.socket, socket.socket]) -> None:
    """A process sends its result and exits: `drain` gets the result at once, also when a write to it has failed."""
    left, right = End(pair[0]), End(pair[1])
    left.channel.send(link.Finished(b"x"))
    left.channel.close()
    right.channel.send(link.Snapshot(1))
    right.channel.drain()
    assert right.got == [link.Finished(b"x")]
    assert right.lost.done()


async def test_garbage_ends_the_link_once(pair: tuple[socket.socket, socket.socket]) -> None:
    """An end that speaks no sense is cut off, and said so once."""
    left = End(pair[0])
    pair[1].sendall(b"\xff" * 100)
    assert isinstance(await left.lost, link.LinkError)
    left.channel.close()
    left.channel.send(link.Cancel())


async def test_close_is_quiet(pair: tuple[socket.socket, socket.socket]) -> None:
    """Who closes an end hears nothing more of it, not even messages that came in the same read."""
    left, right = End(pair[0]), End(pair[1])
    left.channel.send(link.Ready())
    right.channel.close()
    right.channel.close()
    assert right.got == []
    assert not right.lost.done()
    await left.lost
