"""Watches by the thousand between two processes, and how control traffic gets past a flood of messages."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import Any

from actors import Actor, ActorRef, Props, Terminated
from benchmarks.remote.load import PAYLOAD, Die, Hatch
from runtime import ActorSystem, FailureDetectorSettings, RemoteSettings, Settings
from runtime.remote.events import NodeSuspected

_PATIENCE_S = 60.0
_TICK_S = 0.002
PAUSE_S = 0.01
"""Between two control round trips. Long enough for an idle core to fall asleep and for its caches to be another's."""
LARGE = b"x" * (8 * 1024 * 1024 - 8192)


class Watcher(Actor[Any]):
    """Watches many, and counts deaths.

    Args:
        subjects: Whom.
        done: Ends when each has died.
    """

    def __init__(self, subjects: list[ActorRef[Any]], done: asyncio.Future[None]) -> None:
        self.subjects = subjects
        self.left = dict.fromkeys(subjects)
        self.done = done

    def pre_start(self) -> None:
        """Watch them."""
        for subject in self.subjects:
            self.context.watch(subject)

    def receive(self, message: Any) -> None:
        """Handle one message."""
        if isinstance(message, Terminated):
            del self.left[message.ref]  # a second notice would be an error
            if not self.left:
                self.done.set_result(None)


class Curious(Actor[Any]):
    """Watches what is not there: the answer takes one round trip on the control lanes."""

    def __init__(self) -> None:
        self.asked: asyncio.Future[None] | None = None

    def receive(self, message: Any) -> None:
        """Handle one message."""
        match message:
            case Terminated() if self.asked is not None:
                self.asked.set_result(None)
            case (nobody, asked):
                self.asked = asked
                self.context.watch(nobody)


class Pulse:
    """How late the loop was, at worst."""

    def __init__(self) -> None:
        self.worst_s = 0.0
        self._task = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            due = time.perf_counter() + _TICK_S
            await asyncio.sleep(_TICK_S)
            self.worst_s = max(self.worst_s, time.perf_counter() - due)

    def stop(self) -> float:
        """The worst, in milliseconds."""
        self._task.cancel()
        return self.worst_s * 1e3


async def many(said: dict[str, Any], count: int) -> dict[str, list[float]]:
    """Milliseconds for `count` watches, for the deaths of all one by one, and for the death of their process."""
    found: dict[str, list[float]] = {}
    async with ActorSystem("bench", Settings(remote=RemoteSettings())) as system:
        loop = asyncio.get_running_loop()
        nest = await system.resolve(f"{said['address']}/user/nest", timeout=_PATIENCE_S)
        for what in ("die one by one", "process killed"):
            chicks: list[ActorRef[Any]] = await nest.ask(Hatch(count), _PATIENCE_S)
            done = loop.create_future()
            pulse, start = Pulse(), time.perf_counter()
            system.spawn(Props(Watcher, chicks, done))
            await asyncio.sleep(0)
            address = chicks[0].path.address
            while not system.remote.peer(address)._outbox.is_done:  # noqa: ASYNC110 - all are acknowledged
                await asyncio.sleep(0)
            found.setdefault(f"{count:,} watches", []).append((time.perf_counter() - start) * 1e3)
            start = time.perf_counter()
            if what == "die one by one":
                nest.tell(Die())
            else:
                os.kill(said["pid"], signal.SIGKILL)
            async with asyncio.timeout(_PATIENCE_S):
                await done
            found[f"  {what}, all told"] = [(time.perf_counter() - start) * 1e3]
            found[f"  {what}, loop late at most"] = [pulse.stop()]
    return found


async def round_trips(
    said: dict[str, Any], count: int, flood: bytes | None, detector: FailureDetectorSettings | None = None
) -> list[float]:
    """Milliseconds for each of a series of control round trips, beside a flood of messages of that kind, if any.

    Raises:
        AssertionError: If the other process was suspected meanwhile, by the detector of a lan unless another is given.
    """
    remote = RemoteSettings(failure_detector=detector or FailureDetectorSettings.lan(), queue_messages=20_000)
    suspected: list[NodeSuspected] = []
    samples: list[float] = []
    async with ActorSystem("bench", Settings(remote=remote)) as system:
        system.event_stream.subscribe(suspected.append, NodeSuspected)
        loop = asyncio.get_running_loop()
        taker = await system.resolve(f"{said['address']}/user/taker", timeout=_PATIENCE_S)
        curious = system.spawn(Curious)
        # Else each round trip would also begin and end the monitoring of the node, with a heartbeat and its answer.
        system.spawn(Curious).tell((taker, loop.create_future()))
        task = asyncio.create_task(_flood(system, taker, flood)) if flood else None
        for number in range(count):
            await asyncio.sleep(PAUSE_S)
            nobody = system.remote.resolve_text(f"{said['address']}/user/nobody#{number + 1}")
            asked = loop.create_future()
            start = time.perf_counter()
            curious.tell((nobody, asked))
            async with asyncio.timeout(_PATIENCE_S):
                await asked
            samples.append((time.perf_counter() - start) * 1e3)
        if task is not None:
            task.cancel()
        if suspected:
            raise AssertionError(f"suspected {len(suspected)} times: {suspected[0]}")
    return samples


async def _flood(system: ActorSystem, taker: ActorRef[Any], message: bytes) -> None:
    """Keep the queue to the peer filled, and leave the loop its turns."""
    outbox = system.remote.peer(taker.path.address)._outbox
    most = 10_000 if message is PAYLOAD else 2
    while True:
        for _ in range(max(0, min(500, most - len(outbox._backlog)))):
            taker.tell(message)
        await asyncio.sleep(0)
