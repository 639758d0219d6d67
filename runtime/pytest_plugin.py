"""Fixtures for tests of actors: `actor_system` and `test_kit`.

Loaded by pytest through its entry point; imports lazily.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

try:
    from pytest_asyncio import fixture as _async_fixture
except ImportError:  # without pytest-asyncio the fixtures still import; they need it to run
    _async_fixture = pytest.fixture  # type: ignore[assignment]


@_async_fixture
async def actor_system() -> AsyncIterator[Any]:
    """A running actor system without sockets, ended after the test."""
    from runtime.system import ActorSystem

    async with ActorSystem("test") as system:
        yield system


@_async_fixture
async def test_kit(actor_system: Any) -> Any:
    """A `TestKit` on `actor_system`."""
    from runtime.testkit import TestKit

    return TestKit(actor_system)
