"""A fresh TaskManager for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from runtime import ActorSystem
from tests.cluster.taskmanager.world import World


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with ActorSystem("test") as system:
        yield World(system)
