"""Fixtures for tests of actors, and a look after each test at what its actor systems have left behind.

The fixtures: `actor_system`, `test_kit`, `simulation` and `captured_logs`. The look is at every system that the test
has started: one that was not ended, or has left a task, a timer or a thread behind, is an error of the test. Loaded by
pytest through its entry point; imports lazily. On which loop a test runs is not decided here: see
`runtime.sim.pytest_loops` for virtual time.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Generator, Iterator
from typing import Any

import pytest

try:
    from pytest_asyncio import fixture as _async_fixture
except ImportError:  # without pytest-asyncio the fixtures still import; they need it to run
    _async_fixture = pytest.fixture  # type: ignore[assignment]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    """Look at what is left of the systems of a test: before its loop is closed, and after."""
    if "runtime.living" not in sys.modules:
        yield  # nobody has started one
        return
    from runtime.leftovers import left_by_all, never_ended

    left = left_by_all()
    yield
    left += never_ended()
    if left:
        _fail(left)


@_async_fixture
async def actor_system() -> AsyncIterator[Any]:
    """A running actor system without sockets, ended after the test; what it leaves behind is an error of the test."""
    from runtime.leftovers import left_by
    from runtime.system import ActorSystem

    before = asyncio.all_tasks()
    async with ActorSystem("test") as system:
        yield system
    left = left_by(system, before)
    if left:
        _fail(left)


@_async_fixture
async def test_kit(actor_system: Any) -> Any:
    """A `TestKit` on `actor_system`."""
    from runtime.testkit import TestKit

    return TestKit(actor_system)


@_async_fixture
async def simulation(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """A `runtime.sim.World` on the test's loop, its nodes ended after the test.

    On virtual time if the loop is a `SimLoop`, else in real time. The seed is 0, or what an indirect parameter says:
    `@pytest.mark.parametrize("simulation", range(100), indirect=True)`.
    """
    from runtime.sim.world import World

    async with World(seed=getattr(request, "param", 0)) as world:
        yield world


@pytest.fixture
def captured_logs() -> Iterator[list[Any]]:
    """What is logged during the test: a list of dicts with `event`, `log_level` and the values of each line."""
    from structlog.testing import capture_logs

    with capture_logs() as lines:
        yield lines


def _fail(left: list[str]) -> None:
    pytest.fail("the test's actors have left something behind:\n  " + "\n  ".join(left), pytrace=False)
