"""Births, deaths and restarts: how many per second, how long until others know, how much memory."""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from actors import Actor, ActorRef, OneForOneStrategy, Props, Terminated
from actors.lifecycle import State
from benchmarks.loops import until
from runtime import ActorSystem

Done = asyncio.Future[None]


class Idle(Actor[Any]):
    """Does nothing."""

    async def receive(self, message: Any) -> None:
        """Do nothing."""


class Newborn(Actor[Any]):
    """Counts its first message, and its end."""

    def __init__(self, count: Callable[[], None]) -> None:
        self.count = count

    async def receive(self, message: Any) -> None:
        """Count."""
        self.count()

    async def post_stop(self) -> None:
        """Count."""
        self.count()


class Mourner(Actor[Any]):
    """Stops the children that it watches one by one, and notes how long it takes until it hears of each death."""

    def __init__(self, count: int, samples: list[float], done: Done) -> None:
        self.left, self.samples, self.done = count, samples, done
        self.start = 0.0

    async def receive(self, message: Any) -> None:
        """Handle one message."""
        now = time.perf_counter()
        if isinstance(message, Terminated):
            self.samples.append((now - self.start) * 1e6)
            self.left -= 1
            if not self.left:
                self.done.set_result(None)
                return
        if isinstance(message, ActorRef):
            self.start = time.perf_counter()
            self.context.stop(message)
        else:  # the child is told to come back, so that it has started when it is stopped
            self.context.watch(self.context.spawn(Greeter)).tell(self.ref)


class Greeter(Actor[ActorRef[Any]]):
    """Tells whom it is told that it lives."""

    async def receive(self, message: ActorRef[Any]) -> None:
        """Tell."""
        message.tell(self.ref)


class Witness(Actor[Any]):
    """Watches one actor."""

    def __init__(self, subject: ActorRef[Any], told: Callable[[], None]) -> None:
        self.subject, self.told = subject, told

    async def pre_start(self) -> None:
        """Watch it."""
        self.context.watch(self.subject)

    async def receive(self, message: Any) -> None:
        """Count the notice."""
        if isinstance(message, Terminated):
            self.told()


class Phoenix(Actor[Any]):
    """Fails at each message, and notes how long it takes until its next instance has started."""

    def __init__(self, samples: list[float], started: list[float]) -> None:
        self.samples, self.started = samples, started

    async def pre_start(self) -> None:
        """Ready again."""
        if self.started:
            self.samples.append((time.perf_counter() - self.started.pop()) * 1e6)

    async def receive(self, message: Any) -> None:
        """Fail."""
        self.started.append(time.perf_counter())
        raise ValueError(message)


class Nest(Actor[Any]):
    """Restarts its child, and says nothing about it."""

    supervisor_strategy = OneForOneStrategy(logging=False)

    def __init__(self, egg: Props[Any]) -> None:
        self.child = self.context.spawn(egg)

    async def receive(self, message: Any) -> None:
        """Pass it on."""
        self.child.tell(message)


class Countdown:
    """A future that ends when it was called so often."""

    def __init__(self, count: int) -> None:
        self.left = count
        self.done: Done = asyncio.get_running_loop().create_future()

    def __call__(self) -> None:
        """Count one."""
        self.left -= 1
        if not self.left:
            self.done.set_result(None)


async def spawn(count: int) -> list[float]:
    """Actors per second that are made, started and handle their first message."""
    countdown = Countdown(count)
    async with ActorSystem("bench") as system:
        props = Props(Newborn, countdown)
        gc.collect()
        start = time.process_time()
        for _ in range(count):
            system.spawn(props).tell("first")
        await countdown.done
        return [count / (time.process_time() - start)]


async def stop(count: int) -> list[float]:
    """Actors per second that are stopped."""
    countdown = Countdown(2 * count)
    async with ActorSystem("bench") as system:
        props = Props(Newborn, countdown)
        actors = [system.spawn(props) for _ in range(count)]
        for actor in actors:
            actor.tell("first")
        await until(lambda: countdown.left == count)
        gc.collect()
        start = time.process_time()
        for actor in actors:
            system.stop(actor)
        await countdown.done
        return [count / (time.process_time() - start)]


async def memory(count: int) -> list[float]:
    """Bytes of an actor that has started and has no message yet."""
    async with ActorSystem("bench") as system:
        tracemalloc.start()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(count - 1):
            system.spawn(Idle)
        last = system.spawn(Idle)
        await until(lambda: last.sink.state is State.RUNNING)  # type: ignore[attr-defined]
        gc.collect()
        used = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        return [used / count]


async def death(count: int) -> list[float]:
    """Microseconds from the stop of a child to its `Terminated`."""
    samples: list[float] = []
    done: Done = asyncio.get_running_loop().create_future()
    async with ActorSystem("bench") as system:
        system.spawn(Props(Mourner, count, samples, done)).tell("begin")
        await done
        return samples


async def many_watchers(count: int) -> list[float]:
    """Milliseconds from the stop of one actor until the last of so many watchers is told."""
    countdown = Countdown(count)
    async with ActorSystem("bench") as system:
        subject = system.spawn(Idle)
        props = Props(Witness, subject, countdown)
        for _ in range(count):
            system.spawn(props)
        await until(lambda: subject.sink.book is not None and len(subject.sink.book.watchers) == count)  # type: ignore[attr-defined]
        gc.collect()
        start = time.perf_counter()
        system.stop(subject)
        await countdown.done
        return [(time.perf_counter() - start) * 1e3]


async def restart(count: int) -> list[float]:
    """Microseconds from the exception in a handler to the end of the next instance's `pre_start`."""
    samples: list[float] = []
    started: list[float] = []
    async with ActorSystem("bench") as system:
        nest = system.spawn(Props(Nest, Props(Phoenix, samples, started)))
        for number in range(count):
            nest.tell(number)
            await until(lambda: len(samples) > number)  # noqa: B023 - awaited in this round
        return samples
