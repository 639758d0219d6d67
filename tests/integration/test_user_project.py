"""A project of a user, outside of this repository, tests its service with the installed plugin."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

FILES = {
    "pytest.ini": "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n",
    "conftest.py": """
from runtime.sim.pytest_loops import loops_for


def pytest_asyncio_loop_factories(item):
    return loops_for(item, "sim")
""",
    "test_service.py": """
import asyncio

import pytest

from actors import Actor, DeathCause
from runtime import TestProbe
from runtime.sim.campaign import seeds


class Echo(Actor[str]):
    def receive(self, message):
        self.reply(message)


async def watched_echo(world):
    here, there = await world.start("here"), await world.start("there")
    there.spawn(Echo, name="echo")
    probe = TestProbe(here)
    return probe, probe.watch(await here.resolve(f"{there.address}/user/echo"))


@pytest.mark.parametrize("simulation", range(3), indirect=True)
async def test_a_cut_is_noticed(simulation):
    probe, echo = await watched_echo(simulation)
    simulation.network.cut("here", "there")
    before = asyncio.get_running_loop().time()
    end = await probe.expect_terminated(echo, timeout_s=3600.0)
    assert end.cause is DeathCause.UNREACHABLE
    assert asyncio.get_running_loop().time() - before > 1.0


@seeds(3)
async def test_a_death_is_certain(world):
    probe, echo = await watched_echo(world)
    await world.crash("there")
    assert (await probe.expect_terminated(echo)).is_certain


@seeds(5)
async def test_that_fails(world):
    await world.start("here")
    assert world.chance.random() < 0.5
""",
}


def test_the_simulation_serves_a_project_of_its_own(tmp_path: Path) -> None:
    """The fixture, virtual time and `@seeds` need nothing but the installed package; a failing seed leaves its page."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHONPATH"))}
    done = subprocess.run(command, cwd=tmp_path, env=kept, capture_output=True, text=True, timeout=200, check=False)
    assert "1 failed, 4 passed" in done.stdout, done.stdout + done.stderr
    (page,) = (tmp_path / "simulation-reports").glob("*.test_that_fails-*.html")
    assert f"What happened: {page.relative_to(tmp_path)}" in done.stdout
