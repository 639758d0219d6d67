"""Fixtures for the tests of the leader's actors."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from runtime import ActorSystem
from tests.cluster.leader.scene import Scene


@pytest_asyncio.fixture
async def scene() -> AsyncIterator[Scene]:
    """An empty cluster; nobody leads yet."""
    async with ActorSystem("test") as system:
        yield Scene(system)
