"""`storm`: what most scenarios are: work under faults, then all is healed, and in the calm all must become well. SHELL.

Deliberately not here: which faults there are, what is done meanwhile, and what is right.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from runtime.sim.campaign import Record
from runtime.sim.looking import look_again
from runtime.sim.world import World


@contextlib.asynccontextmanager
async def storm(
    world: World,
    record: Record,
    look: Callable[[], None],
    every_s: float,
    *works: Coroutine[Any, Any, None],
    for_s: float,
    heal: Callable[[], None],
) -> AsyncIterator[None]:
    """Let it rage, then heal everything; the block is the calm after it.

    Args:
        world: Where.
        record: Is told.
        look: Raises if something is wrong; called again and again, also in the calm.
        every_s: World seconds between two looks.
        works: What goes on meanwhile, faults included; cancelled when it is over.
        for_s: So long.
        heal: Undoes all faults.
    """

    def checked() -> None:
        record.check()
        look()

    async with asyncio.TaskGroup() as group:
        looking = group.create_task(look_again(world.network, every_s, checked))
        raging = [group.create_task(work) for work in works]
        await asyncio.sleep(for_s)
        for work in reversed(raging):
            work.cancel()
        heal()
        record.tell("", "healed")
        yield
        looking.cancel()
