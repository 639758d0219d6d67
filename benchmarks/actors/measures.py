"""The measurements of one process: each takes a count and returns operations per second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from actors import Actor, Props, Terminated
from benchmarks.actors.ceiling import BATCH
from runtime import ActorSystem

Done = asyncio.Future[None]


class Sink(Actor[int]):
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
        if message:
            self.sender.tell(message - 1, self.ref)
        else:
            self.done.set_result(None)


class Echo(Actor[Any]):
    """Replies with what it was asked."""

    async def receive(self, message: Any) -> None:
        """Handle one message."""
        self.reply(message)


class Newborn(Actor[Any]):
    """Counts itself at its start."""

    def __init__(self, started: Callable[[], None]) -> None:
        self.started = started

    async def pre_start(self) -> None:
        """Count."""
        self.started()


class Mourner(Actor[Any]):
    """Has a child, stops it, and when it hears of the death has the next."""

    def __init__(self, count: int, done: Done) -> None:
        self.left = count
        self.done = done

    async def receive(self, message: Any) -> None:
        """Handle one message."""
        if isinstance(message, Terminated):
            self.left -= 1
        if self.left:
            child = self.context.watch(self.context.spawn(Echo))
            self.context.stop(child)
        else:
            self.done.set_result(None)


def _done() -> Done:
    return asyncio.get_running_loop().create_future()


async def tell(count: int) -> float:
    """Messages from one sender to one actor."""
    done = _done()
    async with ActorSystem("bench") as system:
        sink = system.spawn(Props(Sink, count, done))
        start = time.perf_counter()
        for first in range(0, count, BATCH):
            for message in range(first, min(first + BATCH, count)):
                sink.tell(message)
            await asyncio.sleep(0)
        await done
        return count / (time.perf_counter() - start)


async def ping_pong(count: int) -> float:
    """Round trips between two actors, one message under way at a time."""
    done = _done()
    async with ActorSystem("bench") as system:
        one, other = system.spawn(Props(Player, done)), system.spawn(Props(Player, done))
        start = time.perf_counter()
        one.tell(2 * count, other)
        await done
        return count / (time.perf_counter() - start)


async def ask(count: int) -> float:
    """Questions from outside, one after the other."""
    async with ActorSystem("bench") as system:
        echo = system.spawn(Echo)
        start = time.perf_counter()
        for question in range(count):
            await echo.ask(question)  # type: ignore[arg-type]
        return count / (time.perf_counter() - start)


async def spawn(count: int) -> float:
    """Actors made and started under one parent."""
    done = _done()
    left = count

    def started() -> None:
        nonlocal left
        left -= 1
        if not left:
            done.set_result(None)

    async with ActorSystem("bench") as system:
        props = Props(Newborn, started)
        start = time.perf_counter()
        for _ in range(count):
            system.spawn(props)
        await done
        return count / (time.perf_counter() - start)


async def mourn(count: int) -> float:
    """Whole lives in a row: spawn, watch, stop, `Terminated`."""
    done = _done()
    async with ActorSystem("bench") as system:
        mourner = system.spawn(Props(Mourner, count, done))
        start = time.perf_counter()
        mourner.tell("begin")
        await done
        return count / (time.perf_counter() - start)


MEASURES: dict[str, tuple[int, Callable[[int], Coroutine[Any, Any, float]]]] = {
    "tell": (300_000, tell),
    "ping-pong round trip": (100_000, ping_pong),
    "ask, one at a time": (20_000, ask),
    "spawn": (10_000, spawn),
    "spawn to Terminated": (10_000, mourn),
}
