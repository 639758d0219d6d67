"""A session that holds the office of an election, for tests that write what only a leader may."""

from __future__ import annotations

import asyncio

from cluster.election.driver import ElectionDriver
from cluster.election.reader import Reader


async def lead(driver: ElectionDriver) -> int:
    """Start a driver, stand, and wait for the office; returns its epoch. The driver is for the test to close."""
    granted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    class Leader(Reader):
        def granted(self, epoch: int) -> None:
            granted.set_result(epoch)

    await driver.start(Leader())
    await driver.stand("a")
    return await granted
