"""What the tests of remoting share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.runtime.remote.nodes import Nodes


@pytest_asyncio.fixture
async def nodes() -> AsyncIterator[Nodes]:
    """Systems on a simulated network, ended after the test."""
    made = Nodes()
    yield made
    await made.end()
