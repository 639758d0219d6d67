"""`Roll`: which tasks a simulated loop still has, and that those which are gone do not add up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import pytest

from runtime.sim import World
from runtime.sim.loop import LivelockError, SimLoop


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


def _order_of_cancellation() -> list[int]:
    ended: list[int] = []

    async def linger(number: int) -> None:
        try:
            await asyncio.sleep(60.0)
        finally:
            ended.append(number)

    async def main() -> None:
        tasks = {asyncio.create_task(linger(number)) for number in range(40)}
        await asyncio.sleep(1.0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    loop = SimLoop(seed=1)
    try:
        loop.run_until_complete(main())
    finally:
        loop.close()
    return ended


def test_tasks_come_out_of_a_set_in_the_same_order_in_each_run() -> None:
    """As when `asyncio.TaskGroup` cancels those that are left; where they are in memory differs each time."""
    held, orders = [], []
    for number in range(4):
        held.append([object() for _ in range(number * 101)])
        orders.append(_order_of_cancellation())
    assert all(order == orders[0] for order in orders), orders


def test_nothing_is_left_open_where_time_stands_still() -> None:
    """A story that cannot be cancelled, since nothing comes to its turn, is closed: what it has changed is undone."""
    changed: list[str] = []

    @contextlib.contextmanager
    def change() -> Iterator[None]:
        changed.append("changed")
        try:
            yield
        finally:
            changed.pop()

    async def story(world: World) -> None:
        def again() -> None:
            asyncio.get_running_loop().call_soon(again)

        with change():
            try:
                again()
                await asyncio.sleep(1.0)
            finally:
                await asyncio.sleep(1.0)  # it takes its time to end, too
                await asyncio.sleep(1.0)

    with pytest.raises(LivelockError) as caught:  # which keeps all frames
        World.run(story)
    assert changed == []
    del caught


def test_who_is_killed_before_its_task_begins_just_stops() -> None:
    """What waits for a thaw is all that knows of a task which has not begun; the process dies instead."""

    async def story(world: World) -> None:
        process = world.network.transport("a").process
        world.network.freeze("a")
        process.call(asyncio.get_running_loop().create_task, _nothing())
        await asyncio.sleep(0.1)
        world.network.kill("a")

    World.run(story)


def test_who_is_killed_before_it_looks_at_an_error_looks_at_none() -> None:
    """One of its tasks has failed, and the one that waits for it is killed before it hears so (cues 9220202)."""

    async def story(world: World) -> None:
        async def fails() -> None:
            await asyncio.sleep(1.0)
            raise ValueError("while it is killed")

        async def waits() -> None:
            await asyncio.get_running_loop().create_task(fails())

        process = world.network.transport("a").process
        process.call(asyncio.get_running_loop().create_task, waits())
        await asyncio.sleep(1.0)
        world.network.kill("a")

    for seed in range(40):  # in some the kill comes in between
        World.run(story, seed=seed)
