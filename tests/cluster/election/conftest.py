"""Fixtures of the tests of contenders."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from runtime import ActorSystem
from tests.cluster.election.contenders import World


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with ActorSystem("test") as system:
        world = World(system)
        yield world
        for process in world.processes:
            await process.driver.close()
