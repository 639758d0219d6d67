"""Fixtures of the tests of contenders, and of keepers of leases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from runtime import ActorSystem
from tests.cluster.election.contenders import World
from tests.cluster.election.machine import Machine


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with ActorSystem("test") as system:
        world = World(system)
        yield world
        for process in world.processes:
            await process.driver.close()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """With a file that is not there yet."""
    machine = Machine(tmp_path)
    yield machine
    for keeper in machine.keepers:
        keeper.close()
