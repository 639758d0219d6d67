"""Async tests of this folder run on virtual time, once in one system and several times across two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from pytest_asyncio import fixture

from runtime import ActorSystem
from runtime.leftovers import left_by
from runtime.sim.pytest_loops import loops_for
from runtime.sim.world import World
from tests.runtime.across.stage import Stage

SEEDS = (0, 1, 2)
"""Of the network between the two systems: its latencies, and where it cuts a stream into pieces."""


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Pytest-asyncio's hook: `SimLoop`, unless the test marks others."""
    return loops_for(item, "sim")


@fixture(params=[None, *SEEDS], ids=["one system", *(f"two systems, seed {seed}" for seed in SEEDS)])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """The stage of a story in each of its modes; what a system leaves behind is an error of the test."""
    before = asyncio.all_tasks()
    if request.param is None:
        async with ActorSystem("test") as system:
            yield Stage(system, system)
        systems = [system]
    else:
        async with World(request.param) as world:
            systems = [await world.start("here"), await world.start("there")]
            yield Stage(*systems)
        await asyncio.sleep(0.001)  # what is on the wire arrives
    for system in systems:
        assert left_by(system, before) == []
