"""The raw ceiling: what any actor runtime on this loop could reach if it did nothing but deliver."""

from __future__ import annotations

import asyncio
import time
from collections import deque

BATCH = 1000


async def ceiling(count: int) -> float:
    """Messages per second through a deque that one loop callback drains by stepping `async def receive`."""
    loop = asyncio.get_running_loop()
    queue: deque[tuple[int, None]] = deque()
    done = loop.create_future()
    seen = 0
    scheduled = False

    async def receive(message: int) -> None:
        nonlocal seen
        seen += 1
        if seen == count:
            done.set_result(None)

    def drain() -> None:
        nonlocal scheduled
        scheduled = False
        while queue:
            message, _ = queue.popleft()
            try:  # noqa: SIM105 - suppress() would cost more than the message
                receive(message).send(None)
            except StopIteration:
                pass

    def tell(message: int) -> None:
        nonlocal scheduled
        queue.append((message, None))
        if not scheduled:
            scheduled = True
            loop.call_soon(drain)

    start = time.perf_counter()
    for first in range(0, count, BATCH):
        for message in range(first, min(first + BATCH, count)):
            tell(message)
        await asyncio.sleep(0)
    await done
    return count / (time.perf_counter() - start)
