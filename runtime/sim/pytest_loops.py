"""Which event loops the async tests of a folder run on; for use with pytest-asyncio 1.4 or later.

A folder's `conftest.py` says it with pytest-asyncio's own hook::

    from runtime.sim.pytest_loops import loops_for

    def pytest_asyncio_loop_factories(config, item):
        return loops_for(item, "sim")                          # or: "uvloop"; or: "sim", "asyncio", "uvloop"

Several names run each test once per loop. A test (or a whole module, by `pytestmark`) that needs other loops than its
folder, because it has a thread or a socket, says so with `@pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])`.
Each test gets a fresh loop, which begins at 0 virtual seconds if it is a `SimLoop`. An `async def` test under
Hypothesis's `@given` runs all its examples on the same loop, so measure time as a difference.

Deliberately not here: fixtures; those are `runtime.pytest_plugin`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from runtime.sim.loop import SimLoop

DAY_S = 86_400.0


def sim_loop() -> SimLoop:
    """A `SimLoop` that gives up after one virtual day: a test that waits for ever fails instead of hanging."""
    return SimLoop(limit_s=DAY_S)


def uv_loop() -> asyncio.AbstractEventLoop:
    """A uvloop loop. Imported here because uvloop is optional."""
    import uvloop

    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


LOOPS: Mapping[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "sim": sim_loop,
    "asyncio": asyncio.SelectorEventLoop,
    "uvloop": uv_loop,
}


def loops_for(item: pytest.Item, *names: str) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The answer to `pytest_asyncio_loop_factories`.

    Args:
        item: The test, as the hook got it.
        names: The folder's loops, of `sim`, `asyncio`, `uvloop`.

    Returns:
        Those loops; or all that there are when the test selects its own by `loop_factories` (pytest-asyncio picks).
    """
    marker = item.get_closest_marker("asyncio")
    if marker is not None and "loop_factories" in marker.kwargs:
        return dict(LOOPS)
    return {name: LOOPS[name] for name in names}
