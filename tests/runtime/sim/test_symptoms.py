"""What the report of a seed says may be wrong: who ended or failed again and again, or went on without its system."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from actors import Actor
from runtime.sim import World
from runtime.sim.campaign import seeds
from runtime.sim.harness import running
from runtime.sim.repeats import condensed
from runtime.sim.services import Services
from runtime.sim.symptoms import MOST, symptoms
from runtime.sim.trace import LOGGED_ERROR, Event
from runtime.system import ActorSystem
from tests.runtime.sim.test_seeds import told


class Misspelt(Actor[object]):
    def __init__(self) -> None:
        self.log: list[str] = []  # there is one already

    def receive(self, message: object) -> None:
        """Never comes to it."""


def test_a_program_that_ends_again_and_again_is_told(tmp_path: Path) -> None:
    """It may be what is wrong, and was to be seen on the page alone."""

    async def misspelt(system: ActorSystem) -> None:
        raise AttributeError("spwan\nDid you mean: 'spawn'?")

    @seeds(1, reports=tmp_path)
    async def fails(world: World) -> None:
        async with Services(world, {"a": misspelt, "b": ActorSystem.when_terminated}):
            await asyncio.sleep(1.0)
            raise AssertionError

    assert re.search(r"(?m)^The program of a ended \d times with AttributeError: spwan$", told(fails))
    assert "The program of b" not in told(fails)


def test_an_actor_that_fails_is_told(tmp_path: Path) -> None:
    """With the line of the program where it does: the test itself says only that somebody did not answer."""

    async def spawns(system: ActorSystem) -> None:
        system.spawn(Misspelt, name="worker")
        await system.when_terminated()

    @seeds(1, reports=tmp_path)
    async def fails(world: World) -> None:
        async with Services(world, {"a": spawns}) as services:
            await services.suffer(most=2)
            raise AssertionError("nobody answers")

    notes = told(fails)
    assert re.search(
        r"Errors in the log, each where it came first:\n +0\.0000 a +actor failed: stop actor=actor://a/user/worker "
        r"error=.*AttributeError: property 'log' .*; at .*test_symptoms\.py:\d+$",
        notes,
        re.MULTILINE,
    )
    page = next(tmp_path.iterdir()).read_text(encoding="utf-8")
    assert "During handling of the above exception" not in page  # what it failed by before is no part of it


def test_errors_are_told_once_each() -> None:
    """Whichever life of an actor they are of, and of many only the first."""
    events = [Event(float(at), "a", LOGGED_ERROR, f"failed #{at} silence=x\nTraceback") for at in range(3)]
    assert [*symptoms(events)] == ["Errors in the log, each where it came first:\n    0.0000 a        failed ; 3 times"]
    (text,) = symptoms([Event(0.0, "a", LOGGED_ERROR, f"failed: {'x' * at}") for at in range(MOST + 2)])
    assert len(text.splitlines()) == MOST + 2
    assert text.endswith("and 2 others, which the page has")


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_program_that_outlives_its_system_is_told(tmp_path: Path, goes_on: bool) -> None:
    """Its process is up, and reaches nobody; the page showed nothing of it."""

    async def program(system: ActorSystem) -> None:
        system.begin_to_terminate("I am taken for dead")
        await (asyncio.sleep(1e6) if goes_on else system.when_terminated())

    @seeds(1, reports=tmp_path)
    async def fails(world: World) -> None:
        async with Services(world, {"a": program}):
            await asyncio.sleep(5.0)
            raise AssertionError

    notes = told(fails)
    assert "system ended I am taken for dead" in notes
    assert (
        "The actor system of a ended at 0.0000 s (I am taken for dead), and its program goes on" in notes
    ) == goes_on


def test_what_comes_again_and_again_is_one_line() -> None:
    """Also if several take turns: what began it is among the last events then."""
    told = ["begun", *["killed", "started", "ended"] * 40, "refused", "refused", "over"]
    events = [Event(float(at), "a", kind) for at, kind in enumerate(told)]
    events.insert(50, Event(50.0, "b", "killed"))

    lines = [f"{line}".split(maxsplit=1)[1] for line in condensed(events)]

    assert lines == [
        "a        begun",
        "a        killed (40 times since 1.0000)",
        "a        started (40 times since 2.0000)",
        "a        ended (40 times since 3.0000)",
        "a        refused (2 times since 121.0000)",
        "a        over",
        "b        killed",
    ]


def test_the_command_is_that_of_the_folder(tmp_path: Path) -> None:
    """The one from pytest's root names no file where pytest was called in a folder below."""

    @seeds(1, reports=tmp_path)
    async def fails(world: World) -> None:
        raise AssertionError

    with running("../test_a.py::test[it's]", lambda error: False):
        notes = told(fails)
    assert """=0 python -m pytest '../test_a.py::test[it'"'"'s]', or""" in notes
