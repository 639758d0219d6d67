"""`@seeds`: what is told of a seed that fails, which tests it takes, and how one seed is seen again."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import re
from pathlib import Path
from typing import Any

import pytest
import structlog

from runtime.sim import World
from runtime.sim.campaign import seeds
from runtime.sim.failures import VirtualTimeLimitError
from runtime.sim.schedule import parsed
from runtime.sim.seeded import ONE_SEED, ONLY
from runtime.sim.services import Services
from runtime.system import ActorSystem
from tests.runtime.sim.flawed import Silent


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("it has no words")


def told(test: Any, kind: type[BaseException] = AssertionError) -> str:
    """The notes of the error that a test ends with."""
    with pytest.raises(kind) as caught:
        test()
    return "\n".join(caught.value.__notes__)


def test_a_test_with_seeds_leaves_a_page(tmp_path: Path) -> None:
    """The first seed that fails is named with its page, on which is what the test itself told."""

    @seeds(3, first=5, reports=tmp_path)
    async def never(world: World) -> None:
        system = await world.start("a")
        system.spawn(Silent, "silent")
        world.tell("a", "thought", "about <it>")
        world.tell("a", "counted", 17)  # type: ignore[arg-type]  # as people do who check no types
        raise AssertionError("never")

    notes = told(never)
    (page,) = tmp_path.iterdir()
    assert "Seed 5" in notes
    assert str(page) in notes
    text = page.read_text(encoding="utf-8")
    assert "thought about &lt;it&gt;" in text
    assert "counted 17" in text
    assert "0.0000          violation AssertionError: never" in text


def test_the_command_that_replays_a_seed_can_be_pasted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """With pytest it is a whole command; its variable plays that seed alone, whatever the test says."""
    played: list[int] = []

    @seeds(3, reports=tmp_path)
    async def fails(world: World) -> None:
        played.append(int(world.seed))
        assert world.seed < 2

    notes = told(fails)
    assert f"{ONE_SEED}=2 python -m pytest {request.node.nodeid}, or @seeds(1, first=2)" in notes
    monkeypatch.setenv(ONE_SEED, "2")
    told(fails)
    assert played == [0, 1, 2, 2]
    monkeypatch.setenv(ONE_SEED, "two")
    with pytest.raises(ValueError, match="is 'two', and not the number of a seed"):
        fails()


def test_what_machines_suffered_is_told(tmp_path: Path) -> None:
    """As a schedule, in the notes and on the page."""

    async def idle(system: ActorSystem) -> None:
        await system.when_terminated()

    @seeds(1, reports=tmp_path)
    async def fails(world: World) -> None:
        async with Services(world, {"a": idle, "b": idle}) as services:
            await services.suffer(parsed("1.0 cut a b for=2.0"))
            raise AssertionError("no")

    notes = told(fails)
    (page,) = tmp_path.glob("*.html")
    assert "1.0 cut a b for=2.0" in notes
    assert "<h2>Faults</h2><pre>1.0 cut a b for=2.0" in page.read_text(encoding="utf-8")


def test_an_error_without_words_is_not_hidden(tmp_path: Path) -> None:
    """Neither by its own text, nor by a folder in which no page can be written, nor by a character that is none."""
    (tmp_path / "file").write_text("")

    @seeds(1, reports=tmp_path / "file")
    async def fails(world: World) -> None:
        world.tell("a", "said", "\ud800")
        raise Unspeakable

    assert "cannot be written" in told(fails, Unspeakable)


def test_a_test_that_never_ends_fails(tmp_path: Path) -> None:
    """Something always happens where nodes live, so waiting in vain would have no end."""

    async def condition() -> None:
        for _ in range(1_000):
            await asyncio.sleep(1.0)

    @seeds(1, reports=tmp_path, limit_s=5.0)
    async def waits(world: World) -> None:
        await condition()

    assert "Seed 0" in told(waits, VirtualTimeLimitError)
    page = next(tmp_path.iterdir()).read_text(encoding="utf-8")
    assert "Task-1 in test_a_test_that_never_ends_fails.&lt;locals&gt;.condition at " in page  # where it waits


@pytest.mark.parametrize("wrong", [0, -1])
def test_no_seeds_are_a_mistake(wrong: int) -> None:
    """A test that plays none would always be well."""
    with pytest.raises(ValueError, match="1 seed at least"):
        seeds(wrong)


def test_a_decorator_without_a_number_is_named() -> None:
    """`@seeds` alone would be taken for a test that asks for a fixture."""
    with pytest.raises(TypeError, match=r"@seeds\(100\)"):
        seeds(told)  # type: ignore[arg-type]


def test_a_test_that_is_not_async_is_named(tmp_path: Path) -> None:
    """It would be over before anything has happened."""

    @seeds(1, reports=tmp_path)  # type: ignore[arg-type]
    def plain(world: World) -> None:
        pass

    told(plain, TypeError)


class TestInAClass:
    """A method is a test, too."""

    @pytest.mark.parametrize("much", [1, 2])
    @seeds(2)
    async def test_with_fixtures(self, world: World, tmp_path: Path, much: int) -> None:
        """Fixtures and parameters are those of the test; the world is each seed's own."""
        assert tmp_path.parts
        assert much in (1, 2)
        assert world.seed in (0, 1)
        await asyncio.sleep(1.0)


@seeds(1)
async def test_another_name_for_the_world(w: World) -> None:
    """The first parameter is the world where none has its name."""
    assert w.nodes == {}


def test_what_nodes_log_is_on_the_page(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """At its virtual time, with its traceback, and not on the terminal, where those of all seeds are one heap."""

    class Fails(Silent):
        def receive(self, message: object) -> None:
            raise ValueError("no such thing")

    @seeds(1, reports=tmp_path)
    async def fails(world: World) -> None:
        system = await world.start("a")
        await asyncio.sleep(2.0)
        system.spawn(Fails, "failing").tell("something")
        await asyncio.sleep(2.0)
        raise AssertionError("no")

    notes = told(fails)
    text = next(tmp_path.iterdir()).read_text(encoding="utf-8")
    assert "    2.0000 a        log error " in notes
    assert "Traceback" not in notes
    assert "raise ValueError(&quot;no such thing&quot;)" in text
    assert capfd.readouterr() == ("", "")
    assert not structlog.is_configured()


async def nobody_dies(world: World, seen: list[int] | None = None) -> None:
    """Fails if anybody dies."""
    async with Services(world, {"a": ActorSystem.when_terminated, "b": ActorSystem.when_terminated}) as services:
        await services.suffer(most=6)
        if seen is not None:
            seen.append(len(world.suffered))
        await asyncio.sleep(1.0)
        assert world._lives["a"] == world._lives["b"] == 1, "somebody died"


def test_the_fewest_mishaps_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those with which a seed fails, the command that plays just these, and their page."""
    test = seeds(30, reports=tmp_path)(nobody_dies)

    notes = told(test)
    (play_that,) = [line for line in notes.splitlines() if line.startswith("The fewest")]
    seed, only = re.findall(rf"{ONE_SEED}=(\d+) {ONLY}=(\d+) python -m pytest .*:$", play_that)[0]
    assert "(AssertionError: somebody died)" in play_that
    text = next(tmp_path.iterdir()).read_text(encoding="utf-8")
    assert f"{ONE_SEED}={seed} {ONLY}={only}" in text

    seen: list[int] = []
    monkeypatch.setenv(ONE_SEED, seed)
    for numbers, suffered in ((only, [1]), ("none", [0])):
        monkeypatch.setenv(ONLY, numbers)
        seen.clear()
        with contextlib.suppress(AssertionError):
            seeds(1, reports=tmp_path, shrink=0)(functools.partial(nobody_dies, seen=seen))()
        assert seen == suffered
    monkeypatch.setenv(ONLY, "0;1")
    with pytest.raises(ValueError, match="is '0;1', and neither numbers of mishaps, such as 0,3, nor none"):
        test()


def test_what_outlives_a_seed_is_said(tmp_path: Path) -> None:
    """A seed that does not fail again is no seed's failure, and fewer mishaps of it would say nothing."""
    kept: list[int] = []

    @seeds(3, reports=tmp_path)
    async def fails_once(world: World) -> None:
        async with Services(world, {"a": ActorSystem.when_terminated}) as services:
            await services.suffer(most=3)
            kept.append(1)
            assert len(kept) != 2

    notes = told(fails_once)
    assert "Played again at once, it did not fail so" in notes
    assert "The fewest" not in notes


def test_seeds_twice_are_refused() -> None:
    """The inner ones take the world; it was said that the test had no parameter for one."""

    async def test(world: World) -> None:
        raise AssertionError

    with pytest.raises(TypeError, match="has @seeds already"):
        seeds(2)(seeds(2)(test))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="that can be given by name"):

        @seeds(2)
        async def gets_all(*worlds: World) -> None:
            raise AssertionError

    with pytest.raises(TypeError, match="first is the number of a seed, and not 'a'"):
        seeds(2, first="a")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"say how many seeds: .* not with True"):
        seeds(True)


@pytest.mark.parametrize("name", ["a/b\\c", "<b>&"])
def test_each_parameter_has_a_page_of_its_own(tmp_path: Path, name: str, request: pytest.FixtureRequest) -> None:
    """The last one to fail took the place of all others'."""

    @seeds(1, reports=tmp_path)
    async def fails(world: World) -> None:
        world.tell(name, "<i>", "</script>")
        raise AssertionError(name)

    told(fails)
    (page,) = tmp_path.iterdir()
    assert (".fails-a-b-c-" if "/" in name else ".fails-b-") in page.name
    assert "<i>" not in page.read_text(encoding="utf-8")
