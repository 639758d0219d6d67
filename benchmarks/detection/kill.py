"""One kill and its three moments, all on the clock of one process; and an actor that notes the last of them."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import dataclass
from typing import Any

from actors import Actor, ActorRef, Terminated
from runtime.process import Child


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill.

    Attributes:
        killed_at: Just before the system call, in seconds.
        gone_at: The pidfd is readable: the kernel has torn the process down.
        terminated_at: The handler of `Terminated` is entered.
        cause: What `Terminated` says.
    """

    killed_at: float
    gone_at: float
    terminated_at: float
    cause: str

    @property
    def teardown_ms(self) -> float:
        """The kernel's share."""
        return (self.gone_at - self.killed_at) * 1000

    @property
    def detection_ms(self) -> float:
        """From the system call to the handler."""
        return (self.terminated_at - self.killed_at) * 1000


class Witness(Actor[ActorRef[Any] | Terminated]):
    """Watches each reference it gets, and notes when it hears of the death."""

    def __init__(self, deaths: asyncio.Queue[tuple[float, Terminated]]) -> None:
        self.deaths = deaths

    async def receive(self, message: ActorRef[Any] | Terminated) -> None:
        """Handle one message."""
        now = time.perf_counter()
        if isinstance(message, Terminated):
            self.deaths.put_nowait((now, message))
        else:
            self.context.watch(message)
            self.reply(True)


async def kill(pid: int, gone: asyncio.Future[float], deaths: asyncio.Queue[tuple[float, Terminated]]) -> Kill:
    """Kill a process that is watched by pidfd (`gone`) and by a `Witness` (`deaths`)."""
    killed_at = time.perf_counter()
    os.kill(pid, signal.SIGKILL)
    terminated_at, terminated = await deaths.get()
    return Kill(killed_at, await gone, terminated_at, terminated.cause.value)


async def first_line(reading: int) -> str:
    """The first line that a child process writes into a pipe."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(reading, readable.set)
    await readable.wait()
    loop.remove_reader(reading)
    return os.read(reading, 4096).decode().strip()


class Subject:
    """A child process that writes a line when it is ready, and that is never left behind.

    Attributes:
        gone: When its pidfd became readable.
    """

    def __init__(self, argv: list[str]) -> None:
        self.gone: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._reading, writing = os.pipe()
        self._child = Child(argv, lambda _: self.gone.set_result(time.perf_counter()), stdout=writing)
        os.close(writing)
        self.pid = self._child.pid

    async def ready(self) -> str:
        """Its line."""
        return await first_line(self._reading)

    async def __aenter__(self) -> Subject:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._child.status is None:
            await self._child.end(0.0)
        os.close(self._reading)
