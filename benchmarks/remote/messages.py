"""Messages between actors of two processes: how many a second, and how long an answer takes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any

from actors import DeadLetter
from benchmarks.remote.load import PAYLOAD, Load
from runtime import ActorSystem, RemoteSettings, Settings

_BATCH = 1000
_WINDOW = 16
"""Batches on their way; the next has to wait, or the queue to the peer would overflow into dead letters."""
_PATIENCE_S = 60.0


async def _rate(said: dict[str, Any], count: int, message: Any) -> float:
    lost: list[DeadLetter] = []
    async with ActorSystem("bench", Settings(remote=RemoteSettings())) as system:
        system.event_stream.subscribe(lost.append, DeadLetter)
        taker = await system.resolve(f"{said['address']}/user/taker", timeout=_PATIENCE_S)
        before = await taker.ask("count", _PATIENCE_S)
        under_way: deque[asyncio.Task[Any]] = deque()
        tell = taker.tell
        start = time.perf_counter()
        for first in range(0, count, _BATCH):
            for _ in range(min(_BATCH, count - first)):
                tell(message)
            under_way.append(asyncio.create_task(taker.ask("count", _PATIENCE_S)))
            await asyncio.sleep(0)
            if len(under_way) > _WINDOW:
                await under_way.popleft()
        counted = [await task for task in under_way][-1] - before
        rate = count / (time.perf_counter() - start)
        if counted != count or lost:
            raise AssertionError(f"{counted} of {count} messages came, {len(lost)} dead letters")
        return rate


async def tell_bytes(said: dict[str, Any], count: int) -> list[float]:
    """Messages of 100 bytes a second, one way; every one is counted there."""
    return [await _rate(said, count, PAYLOAD)]


async def tell_message(said: dict[str, Any], count: int) -> list[float]:
    """The same with a `@message` that has 100 bytes in a field."""
    return [await _rate(said, count, Load(PAYLOAD))]


async def ask(said: dict[str, Any], count: int) -> list[float]:
    """Microseconds for each of a series of questions."""
    samples: list[float] = []
    async with ActorSystem("bench", Settings(remote=RemoteSettings())) as system:
        echo = await system.resolve(f"{said['address']}/user/echo", timeout=_PATIENCE_S)
        await echo.ask(PAYLOAD, _PATIENCE_S)
        for _ in range(count):
            start = time.perf_counter()
            await echo.ask(PAYLOAD, _PATIENCE_S)
            samples.append((time.perf_counter() - start) * 1e6)
    return samples
