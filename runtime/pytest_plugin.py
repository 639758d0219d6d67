"""Fixtures for tests of actors, and a look after each test at what its actor systems have left behind.

The fixtures: `actor_system`, `test_kit`, `simulation` and `captured_logs`. The look is at every system that the test
has started: one that was not ended, or has left a task, a timer or a thread behind, is an error of the test. Loaded by
pytest through its entry point; imports lazily. On which loop a test runs is not decided here: see
`runtime.sim.pytest_loops` for virtual time.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Tell `@seeds` how the test is called here, and whether it is known to fail: then there is nothing to look for."""
    if "runtime.sim.seeded" not in sys.modules:
        return (yield)
    from runtime.sim.harness import running

    node = seen_from(item.config.invocation_params.dir, item.path, item.nodeid)
    with running(node, lambda error: _is_known(item, error)):
        return (yield)


def seen_from(folder: Path, file: Path, node: str) -> str:
    """The name of a test for a command in that folder; pytest's own is seen from its root."""
    _, colons, rest = node.partition("::")
    return f"{os.path.relpath(file, folder)}{colons}{rest}"


def _is_known(item: pytest.Item, error: BaseException) -> bool:
    """Whether a mark says that it fails so; one with a text for its condition says nothing here."""
    if item.config.getoption("runxfail", False):
        return False
    for mark in item.iter_markers("xfail"):
        conditions = mark.args or ((mark.kwargs["condition"],) if "condition" in mark.kwargs else ())
        raises = mark.kwargs.get("raises") or BaseException
        holds = not conditions or any(not isinstance(one, str) and one for one in conditions)
        if holds and isinstance(error, raises):
            return True
    return False


@pytest.hookimpl(trylast=True)
def pytest_keyboard_interrupt(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """What Ctrl-C has to say in a process of pytest-xdist, of which nobody else tells anything."""
    if "PYTEST_XDIST_WORKER" in os.environ and str(excinfo.value):
        sys.stderr.write(f"\n{excinfo.value}\n")
        sys.stderr.flush()


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
