"""The raw ceiling: what any actor runtime on this loop could reach if it did nothing but deliver.

One deque for everybody, drained by one loop callback that steps an `async def` handler. There are no mailboxes, names,
supervisors or watches, and a handler that waits would break it.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any

BATCH = 1000
Receive = Callable[[Any], Any]


class Line:
    """The deque and its callback."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.queue: deque[tuple[Receive, Any]] = deque()
        self.armed = False

    def tell(self, receive: Receive, message: Any) -> None:
        """Deliver a message."""
        self.queue.append((receive, message))
        if not self.armed:
            self.armed = True
            self.loop.call_soon(self._drain)

    def _drain(self) -> None:
        self.armed = False
        queue = self.queue
        while queue:
            receive, message = queue.popleft()
            try:  # noqa: SIM105 - suppress() would cost more than the message
                receive(message).send(None)
            except StopIteration:
                pass


async def tell(count: int) -> list[float]:
    """Messages per second to one handler, told one after the other."""
    line, done, left = Line(), asyncio.get_running_loop().create_future(), count

    async def receive(message: int) -> None:
        nonlocal left
        left -= 1
        if not left:
            done.set_result(None)

    start = time.process_time()
    for first in range(0, count, BATCH):
        for message in range(first, min(first + BATCH, count)):
            line.tell(receive, message)
        await asyncio.sleep(0)
    await done
    return [count / (time.process_time() - start)]


async def ring(count: int, size: int = 1000) -> list[float]:
    """Hops per second of one message that goes round a ring of handlers."""
    line, done = Line(), asyncio.get_running_loop().create_future()
    members: list[Receive] = []

    def member(following: int) -> Receive:
        async def receive(hops: int) -> None:
            if hops:
                line.tell(members[following], hops - 1)
            else:
                done.set_result(None)

        return receive

    members.extend(member((position + 1) % size) for position in range(size))
    start = time.process_time()
    line.tell(members[0], count)
    await done
    return [count / (time.process_time() - start)]


async def ping_pong(count: int) -> list[float]:
    """Round trips per second between two handlers: a ring of two."""
    return [rate / 2 for rate in await ring(2 * count, 2)]


async def fan_in(count: int) -> list[float]:
    """Messages per second from a hundred handlers, that are told to send, to one."""
    line, done, left = Line(), asyncio.get_running_loop().create_future(), count
    each = max(1, count // 100)

    async def receive(message: int) -> None:
        nonlocal left
        left -= 1
        if not left:
            done.set_result(None)

    async def send(message: int) -> None:
        for number in range(message):
            line.tell(receive, number)

    start = time.process_time()
    left = each * 100
    for _ in range(100):
        line.tell(send, each)
    await done
    return [each * 100 / (time.process_time() - start)]


async def ask(count: int) -> list[float]:
    """Microseconds from a question to the answer in a future."""
    line, loop = Line(), asyncio.get_running_loop()
    samples: list[float] = []

    async def receive(asker: asyncio.Future[int]) -> None:
        asker.set_result(1)

    for _ in range(count):
        start = time.perf_counter()
        future: asyncio.Future[int] = loop.create_future()
        line.tell(receive, future)
        await future
        samples.append((time.perf_counter() - start) * 1e6)
    return samples


class Bare:
    """As little as an actor can be."""

    __slots__ = ("line", "started")

    def __init__(self, line: Line, started: Callable[[], None]) -> None:
        self.line, self.started = line, started

    async def receive(self, message: Any) -> None:
        """Count the first message."""
        self.started()


async def spawn(count: int) -> list[float]:
    """Bare objects per second, each made, kept and told its first message."""
    line, done, left = Line(), asyncio.get_running_loop().create_future(), count

    def started() -> None:
        nonlocal left
        left -= 1
        if not left:
            done.set_result(None)

    kept: dict[int, Bare] = {}
    start = time.process_time()
    for number in range(count):
        kept[number] = Bare(line, started)
        line.tell(kept[number].receive, 0)
    await done
    return [count / (time.process_time() - start)]


async def many_watchers(count: int) -> list[float]:
    """Milliseconds until the last of so many handlers is told."""
    line, done, left = Line(), asyncio.get_running_loop().create_future(), count

    async def receive(message: Any) -> None:
        nonlocal left
        left -= 1
        if not left:
            done.set_result(None)

    start = time.perf_counter()
    for _ in range(count):
        line.tell(receive, "dead")
    await done
    return [(time.perf_counter() - start) * 1e3]
