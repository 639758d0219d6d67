"""What every transport promises of datagrams: the same tests for the simulated network and for UDP on real loops."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

HOST = "127.0.0.1"


class Letterbox:
    """Keeps what comes, and lets a test wait for it."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[tuple[bytes, tuple[str, int], float]] = asyncio.Queue()

    def take(self, data: bytes, source: tuple[str, int], at: float) -> None:
        self.came.put_nowait((data, source, at))

    async def one(self) -> tuple[bytes, tuple[str, int], float]:
        async with asyncio.timeout(5.0):
            return await self.came.get()


async def test_a_datagram_arrives_whole_with_source_and_time(world: Any) -> None:
    """What is sent is got as one piece, from where it was sent, at a time of the loop's clock; it can be answered."""
    there, here = Letterbox(), Letterbox()
    server = await world.server.datagrams(HOST, 0, there.take)
    client = await world.client.datagrams(HOST, 0, here.take)
    began = asyncio.get_running_loop().time()
    for size in (0, 1, 52, 1000):
        client.send(b"x" * size, (HOST, server.port))
        data, source, at = await there.one()
        assert data == b"x" * size
        assert source == (HOST, client.port)
        assert began - 0.1 <= at <= asyncio.get_running_loop().time() + 0.001
    server.send(b"answer", (HOST, client.port))
    assert (await here.one())[:2] == (b"answer", (HOST, server.port))
    server.close()
    client.close()


async def test_ports_are_given_and_refused(world: Any) -> None:
    """Port 0 is any free one; a port in use is refused with a text that names it, and free again after `close`."""
    box = Letterbox()
    first = await world.server.datagrams(HOST, 0, box.take)
    assert first.port > 0
    with pytest.raises(OSError, match=f"{HOST}:{first.port}"):
        await world.client.datagrams(HOST, first.port, box.take)
    first.close()
    first.close()
    again = await world.client.datagrams(HOST, first.port, box.take)
    assert again.port == first.port
    again.close()


async def test_what_nobody_takes_is_lost_without_a_word(world: Any) -> None:
    """Sending to a port where nobody is, or after `close`, raises nothing and does not break the socket."""
    there, here = Letterbox(), Letterbox()
    server = await world.server.datagrams(HOST, 0, there.take)
    client = await world.client.datagrams(HOST, 0, here.take)
    gone = await world.server.datagrams(HOST, 0, there.take)
    gone.close()
    for _ in range(3):
        client.send(b"lost", (HOST, gone.port))
    client.send(b"found", (HOST, server.port))
    assert (await there.one())[0] == b"found"
    client.close()
    client.send(b"late", (HOST, server.port))
    server.close()
