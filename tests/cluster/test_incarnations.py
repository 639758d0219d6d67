"""A process that goes on as another incarnation."""

from __future__ import annotations

import asyncio

from cluster.node import OK, START_AGAIN, one_after_another


async def test_who_fails_as_soon_as_it_begins_rests_in_between() -> None:
    """What ends each incarnation at once is tried once a second; who was taken for dead is back at once."""
    loop, began = asyncio.get_running_loop(), list[float]()
    lives = [0.0, 0.5, 60.0, 0.0]

    async def serve() -> int:
        began.append(loop.time())
        await asyncio.sleep(lives.pop(0))
        return START_AGAIN if lives else OK

    assert await one_after_another(serve) == OK
    assert [moment - began[0] for moment in began] == [0.0, 1.0, 2.5, 62.5]
