"""`Roll`: which tasks a simulated loop still has, and that those which are gone do not add up."""

from __future__ import annotations

import asyncio

from runtime.sim.loop import SimLoop


async def _nothing() -> None:
    return


def test_tasks_are_on_the_roll_as_long_as_anybody_has_them() -> None:
    """Of a thousand tasks only those that somebody keeps are left, in the order in which they were made."""
    loop = SimLoop()

    async def main() -> None:
        kept = []
        for number in range(1000):
            task = loop.create_task(_nothing(), name=f"t{number}")
            if number % 100 == 0:
                kept.append(task)
            await task
            del task
        await asyncio.sleep(0)  # what wakes us holds the last one
        me = asyncio.current_task()
        assert [task for task in loop._tasks if task is not me] == kept
        assert len(loop._tasks._tasks) < 600, "what is gone is left out now and then"

    try:
        loop.run_until_complete(main())
    finally:
        loop.close()
