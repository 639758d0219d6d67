"""A cluster on virtual time, and an HTTP client of each of its JobManagers, without sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from runtime import ActorSystem
from tests.cluster.leader.scene import Scene
from tests.cluster.rest.web import Web


@pytest_asyncio.fixture
async def scene() -> AsyncIterator[Scene]:
    """An empty cluster; nobody leads yet."""
    async with ActorSystem("test") as system:
        yield Scene(system)


@pytest_asyncio.fixture
async def web(scene: Scene) -> AsyncIterator[Web]:
    """A leader and a standby, each with its HTTP interface."""
    web = Web(scene)
    await web.open(2)
    await scene.leading()
    yield web
    await web.close()
