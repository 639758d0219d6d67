"""Async tests of this folder run on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from runtime.sim.pytest_loops import loops_for


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Pytest-asyncio's hook: `SimLoop`, unless the test marks others."""
    return loops_for(item, "sim")
