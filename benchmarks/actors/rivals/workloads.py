"""The workloads of `benchmarks.actors`, for any library: a rival says how to spawn, tell and ask.

An actor of a rival does nothing but await its reaction, and what is told is awaited. That costs it two coroutines, a
fifth of a microsecond; the fastest takes one and a half or more for a message, so no ratio above 1.2 is owed to it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

Reaction = Callable[[Any], Coroutine[Any, Any, Any]]
BATCH = 1000
FAN = 100
RING = 1000


class Rival(Protocol):
    """An actor library: as an async context manager it is one running system.

    Attributes:
        package: Its distribution.
        threads: Its actors run in threads of their own.
    """

    package: str
    threads: bool

    async def __aenter__(self) -> Any: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def spawn(self, reaction: Reaction) -> Any:
        """Make an actor that awaits `reaction(message)` for each message, and answers an ask with what it returns."""

    async def tell(self, ref: Any, message: Any) -> None:
        """Send a message."""

    async def ask(self, ref: Any, message: Any) -> Any:
        """Send a message and wait for the answer."""

    async def end(self, ref: Any) -> None:
        """Stop an actor and wait until it is known to be gone; left out where there is no way to know."""


class Stopwatch:
    """By the clock on the wall or by the processor, whichever is better for the rival.

    On a busy machine the wall counts what other programs do, and a rival with threads takes more processor than time.
    """

    def __init__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def rate(self, count: int) -> list[float]:
        """So many operations, per second."""
        wall, processor = self._began
        return [count / min(time.perf_counter() - wall, time.process_time() - processor)]


class Countdown:
    """A future that ends when it was called so often, from whichever thread."""

    def __init__(self, count: int) -> None:
        self.left = count
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self.loop.create_future()

    def __call__(self) -> None:
        """Count one."""
        self.left -= 1
        if not self.left:
            self.loop.call_soon_threadsafe(self.done.set_result, None)


async def tell(rival: Rival, count: int) -> list[float]:
    """Messages per second from one sender to one actor."""
    countdown = Countdown(count)

    async def reaction(message: int) -> None:
        countdown()

    ref = await rival.spawn(reaction)
    send = rival.tell
    watch = Stopwatch()
    for first in range(0, count, BATCH):
        for message in range(first, min(first + BATCH, count)):
            await send(ref, message)
        await asyncio.sleep(0)
    await countdown.done
    return watch.rate(count)


async def ring(rival: Rival, count: int, size: int = RING) -> list[float]:
    """Hops per second of one message round a ring."""
    last, send = Countdown(1), rival.tell
    members: list[Any] = []

    def member(following: int) -> Reaction:
        async def reaction(hops: int) -> None:
            if hops:
                await send(members[following], hops - 1)
            else:
                last()

        return reaction

    members.extend([await rival.spawn(member((position + 1) % size)) for position in range(size)])
    watch = Stopwatch()
    await send(members[0], count)
    await last.done
    return watch.rate(count)


async def ping_pong(rival: Rival, count: int) -> list[float]:
    """Round trips per second between two actors, one message under way at a time: a ring of two."""
    return [rate / 2 for rate in await ring(rival, 2 * count, 2)]


async def fan_in(rival: Rival, count: int) -> list[float]:
    """Messages per second from a hundred actors to one."""
    each = count // FAN
    countdown, send = Countdown(each * FAN), rival.tell

    async def reaction(message: int) -> None:
        countdown()

    target = await rival.spawn(reaction)

    async def source(message: int) -> None:
        for number in range(message):
            await send(target, number)

    sources = [await rival.spawn(source) for _ in range(FAN)]
    watch = Stopwatch()
    for each_source in sources:
        await send(each_source, each)
    await countdown.done
    return watch.rate(each * FAN)


async def ask(rival: Rival, count: int) -> list[float]:
    """Microseconds for each of a series of questions from outside."""

    async def reaction(message: int) -> int:
        return message

    samples: list[float] = []
    ref = await rival.spawn(reaction)
    if await rival.ask(ref, 1) != 1:
        raise AssertionError(f"{rival.package} gave a wrong answer")
    for question in range(count):
        start = time.perf_counter()
        await rival.ask(ref, question)
        samples.append((time.perf_counter() - start) * 1e6)
    return samples


async def spawn(rival: Rival, count: int) -> list[float]:
    """Actors per second that are made, started and handle their first message."""
    countdown = Countdown(count)

    async def reaction(message: int) -> None:
        countdown()

    watch = Stopwatch()
    kept = []
    for _ in range(count):
        kept.append(await rival.spawn(reaction))
        await rival.tell(kept[-1], 1)
    await countdown.done
    return watch.rate(count)


async def death(rival: Rival, count: int) -> list[float]:
    """Microseconds from the stop of an actor until who waits for it knows that it is gone."""
    samples: list[float] = []

    async def reaction(message: int) -> int:
        return message

    for _ in range(count):
        ref = await rival.spawn(reaction)
        await rival.ask(ref, 1)
        start = time.perf_counter()
        await rival.end(ref)
        samples.append((time.perf_counter() - start) * 1e6)
    return samples


Measured = Callable[[Rival, int], Coroutine[Any, Any, list[float]]]

WORKLOADS: dict[str, tuple[Measured, int]] = {
    "tell": (tell, 30_000),
    "ping-pong round trips": (ping_pong, 10_000),
    "ring of 1,000": (ring, 10_000),
    "fan-in 100 to 1": (fan_in, 30_000),
    "ask from outside": (ask, 3_000),
    "spawn + first message": (spawn, 2_000),
    "death to Terminated": (death, 2_000),
}
"""By the name of our row: what measures it, and how many operations."""

FEWER_THREADS = 20
"""A thread for each actor: so many times fewer actors and messages."""
