"""`look_again`: ask something of a simulated world at each of many moments, as cheaply as it can be. SHELL.

A task that sleeps between two looks costs three times as many callbacks. Deliberately not here: what is looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from runtime.sim.network import SimNetwork


async def look_again(network: SimNetwork, every_s: float, look: Callable[[], None]) -> None:
    """Look now and again, until it is cancelled.

    Args:
        network: Whose clock counts.
        every_s: World seconds between two looks.
        look: Raises if something is wrong, which ends it.
    """
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def again() -> None:
        if over.done():
            return
        try:
            look()
        except Exception as error:
            over.set_exception(error)
        else:
            network.at(network.now() + every_s, again)

    again()
    await over
