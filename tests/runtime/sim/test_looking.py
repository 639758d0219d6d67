"""Looking at a simulated world again and again."""

from __future__ import annotations

import asyncio

import pytest

from runtime.sim.looking import look_again
from runtime.sim.world import World


def test_it_is_looked_until_something_is_wrong() -> None:
    """At each moment once, the first included; and what is found ends it."""
    moments: list[float] = []

    async def story(world: World) -> None:
        def look() -> None:
            moments.append(round(world.network.now(), 6))
            if len(moments) == 4:
                raise ValueError("wrong")

        await look_again(world.network, 0.5, look)

    with pytest.raises(ValueError, match="wrong"):
        World.run(story)
    assert moments == [0.0, 0.5, 1.0, 1.5]


def test_nobody_looks_any_more_when_it_is_cancelled() -> None:
    """Cancelling it is enough: no callback of it is left to look."""
    moments: list[float] = []

    async def story(world: World) -> None:
        looking = asyncio.create_task(look_again(world.network, 0.5, lambda: moments.append(world.network.now())))
        await asyncio.sleep(0.7)
        looking.cancel()
        await asyncio.sleep(5.0)

    World.run(story)
    assert len(moments) == 2
