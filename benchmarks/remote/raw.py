"""The raw ceiling: frames over one connection of the same loop, with nothing between `data_received` and a counter.

`Counting` takes frames with a length before them, `Unpacking` also reads each as MessagePack, `Echoing` sends back what
comes. There are no actors, no names, no order between senders, no acknowledgements and no heartbeats.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Callable
from typing import Any

import msgpack

from benchmarks.remote.load import PAYLOAD

_LENGTH = struct.Struct(">I")
_BATCH = 1000


class Server(asyncio.Protocol):
    """One end of a connection."""

    transport: Any

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self.transport = transport


class Counting(Server):
    """Counts frames, and says so once a second frame is empty."""

    def __init__(self) -> None:
        self.buffer = b""
        self.count = 0

    def data_received(self, data: bytes) -> None:
        """Cut what came into frames."""
        data = self.buffer + data
        at, have = 0, len(data)
        while have - at >= 4:
            end = at + 4 + _LENGTH.unpack_from(data, at)[0]
            if end > have:
                break
            self.take(data[at + 4 : end])
            at = end
        self.buffer = data[at:]

    def take(self, body: bytes) -> None:
        """One frame; an empty one asks for the count."""
        if body:
            self.count += 1
        else:
            self.transport.write(_LENGTH.pack(self.count))


class Unpacking(Counting):
    """Reads each frame."""

    def take(self, body: bytes) -> None:
        """One frame: an array of recipient and message, or an empty one."""
        if body:
            msgpack.unpackb(body)
        super().take(body)


class Echoing(Server):
    """Sends back what comes."""

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self.transport.write(data)


SERVERS: dict[str, Callable[[], Server]] = {"counting": Counting, "unpacking": Unpacking, "echoing": Echoing}


class Client(Server):
    """Writes, and waits for an answer."""

    def __init__(self) -> None:
        self.room = asyncio.Event()
        self.room.set()
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def pause_writing(self) -> None:
        """Called by the loop."""
        self.room.clear()

    def resume_writing(self) -> None:
        """Called by the loop."""
        self.room.set()

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self.answer.set_result(data)

    async def ask(self, data: bytes) -> bytes:
        """Write and wait."""
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(data)
        return await self.answer


async def _dial(port: int) -> Client:
    _, client = await asyncio.get_running_loop().create_connection(Client, "127.0.0.1", port)
    return client


async def _rate(port: int, count: int, body: Callable[[], bytes]) -> float:
    client = await _dial(port)
    start = time.perf_counter()
    for first in range(0, count, _BATCH):
        frames: list[bytes] = []
        for _ in range(min(_BATCH, count - first)):
            packed = body()
            frames.append(_LENGTH.pack(len(packed)) + packed)
        client.transport.write(b"".join(frames))
        await client.room.wait()
        await asyncio.sleep(0)
    (counted,) = _LENGTH.unpack(await client.ask(_LENGTH.pack(0)))
    rate = count / (time.perf_counter() - start)
    client.transport.close()
    if counted != count:
        raise AssertionError(f"{counted} of {count} frames came")
    return rate


async def tell_bytes(ports: dict[str, Any], count: int) -> list[float]:
    """Frames of bytes a second, one way."""
    return [await _rate(ports["counting"], count, lambda: PAYLOAD)]


async def tell_msgpack(ports: dict[str, Any], count: int) -> list[float]:
    """Frames a second, one way, packed here and unpacked there."""
    return [await _rate(ports["unpacking"], count, lambda: msgpack.packb([7, None, PAYLOAD]))]


async def ask(ports: dict[str, Any], count: int, pause_s: float = 0.0) -> list[float]:
    """Microseconds for each of a series of frames there and back, with pauses in between."""
    client = await _dial(ports["echoing"])
    samples: list[float] = []
    for _ in range(count):
        if pause_s:
            await asyncio.sleep(pause_s)
        start = time.perf_counter()
        await client.ask(PAYLOAD)
        samples.append((time.perf_counter() - start) * 1e6)
    client.transport.close()
    return samples
