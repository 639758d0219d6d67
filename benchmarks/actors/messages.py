"""Messages between actors: how many per second, and how long an answer takes. Each measurement takes a count."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from actors import Actor, ActorRef, Props
from benchmarks.actors.ceiling import BATCH
from benchmarks.loops import until
from runtime import ActorSystem

Done = asyncio.Future[None]
FAN = 100
BLOCK = -1
_AT_A_TIME = 100
RING = 1000


class Counter(Actor[int]):
    """Counts what it gets."""

    def __init__(self, count: int, done: Done) -> None:
        self.left = count
        self.done = done

    async def receive(self, message: int) -> None:
        """Handle one message."""
        self.left -= 1
        if not self.left:
            self.done.set_result(None)


class Player(Actor[int]):
    """Sends back one less, until nothing is left."""

    def __init__(self, done: Done) -> None:
        self.done = done

    async def receive(self, message: int) -> None:
        """Handle one message."""
        if message > 0:
            self.sender.tell(message - 1, self.ref)
        elif message == BLOCK:
            time.sleep(0.06)  # noqa: ASYNC251 - as a handler does that holds up the loop
        else:
            self.done.set_result(None)


class Member(Actor[int]):
    """Of a ring: sends one less to the next, until nothing is left."""

    def __init__(self, members: list[ActorRef[int]], following: int, done: Done) -> None:
        self.members, self.following, self.done = members, following, done

    async def receive(self, message: int) -> None:
        """Handle one message."""
        if message:
            self.members[self.following].tell(message - 1)
        else:
            self.done.set_result(None)


class Source(Actor[int]):
    """Sends as many messages as it is told."""

    def __init__(self, target: ActorRef[int]) -> None:
        self.target = target

    async def receive(self, message: int) -> None:
        """Send them."""
        tell = self.target.tell
        for number in range(message):
            tell(number)


class Echo(Actor[Any]):
    """Replies with what it was asked."""

    async def receive(self, message: Any) -> None:
        """Handle one message."""
        self.reply(message)


class Sleeper(Actor[Any]):
    """Never ends what it was asked to do."""

    async def receive(self, message: Any) -> None:
        """Wait for ever."""
        await asyncio.get_running_loop().create_future()


def _done() -> Done:
    return asyncio.get_running_loop().create_future()


async def tell(count: int) -> list[float]:
    """Messages per second from one sender to one actor."""
    done = _done()
    async with ActorSystem("bench") as system:
        counter = system.spawn(Props(Counter, count, done))
        start = time.process_time()
        for first in range(0, count, BATCH):
            for message in range(first, min(first + BATCH, count)):
                counter.tell(message)
            await asyncio.sleep(0)
        await done
        return [count / (time.process_time() - start)]


async def ping_pong(count: int, suspended: int = 0, *, inspected: bool = False) -> list[float]:
    """Round trips per second between two actors, one message under way at a time."""
    done = _done()
    async with ActorSystem("bench") as system:
        sleepers: list[ActorRef[Any]] = []
        while len(sleepers) < suspended:
            # A few at a time: the runtime would inspect turns for a minute after so many at once, which is another row.
            sleepers += await _asleep(system)
        one, other = system.spawn(Props(Player, done)), system.spawn(Props(Player, done))
        if inspected:
            one.tell(BLOCK)
            other.tell(BLOCK)
            await asyncio.sleep(0.01)
        start = time.process_time()
        one.tell(2 * count, other)
        await done
        rate = count / (time.process_time() - start)
        for sleeper in sleepers:
            # Otherwise the system would wait for them, as long as `stop_timeout_s` says.
            sleeper.sink.worker.task.cancel()  # type: ignore[attr-defined]
        return [rate]


async def _asleep(system: ActorSystem) -> list[ActorRef[Any]]:
    sleepers = [system.spawn(Sleeper) for _ in range(_AT_A_TIME)]
    for sleeper in sleepers:
        sleeper.tell("sleep")
    await until(lambda: all(sleeper.sink.busy for sleeper in sleepers))  # type: ignore[attr-defined]
    return sleepers


async def ping_pong_beside_sleepers(count: int) -> list[float]:
    """The same while 10,000 other handlers are suspended: they must not cost anything."""
    return await ping_pong(count, 10_000)


async def ping_pong_inspected(count: int) -> list[float]:
    """The same in the minute after something has held up the loop, in which the runtime looks for who does it."""
    return await ping_pong(count, inspected=True)


async def ring(count: int) -> list[float]:
    """Hops per second of one message round a ring."""
    done = _done()
    async with ActorSystem("bench") as system:
        members: list[ActorRef[int]] = []
        members.extend(system.spawn(Props(Member, members, (n + 1) % RING, done)) for n in range(RING))
        await asyncio.sleep(0)
        start = time.process_time()
        members[0].tell(count)
        await done
        return [count / (time.process_time() - start)]


async def fan_in(count: int) -> list[float]:
    """Messages per second from a hundred actors to one."""
    done, each = _done(), max(1, count // FAN)
    async with ActorSystem("bench") as system:
        counter = system.spawn(Props(Counter, each * FAN, done))
        sources = [system.spawn(Props(Source, counter)) for _ in range(FAN)]
        await asyncio.sleep(0)
        start = time.process_time()
        for source in sources:
            source.tell(each)
        await done
        return [each * FAN / (time.process_time() - start)]


async def ask(count: int) -> list[float]:
    """Microseconds for each of a series of questions from outside."""
    samples: list[float] = []
    async with ActorSystem("bench") as system:
        echo = system.spawn(Echo)
        await echo.ask("warm up")
        for question in range(count):
            start = time.perf_counter()
            await echo.ask(question)
            samples.append((time.perf_counter() - start) * 1e6)
    return samples
