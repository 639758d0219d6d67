"""`@seeds` looks for fewer mishaps with which a seed fails: which errors are looked into, and what ends that."""

from __future__ import annotations

import asyncio
import functools
import signal
from pathlib import Path

import pytest

from runtime.sim import World
from runtime.sim.campaign import seeds
from runtime.sim.failures import UnhandledErrors
from runtime.sim.services import Services
from runtime.system import ActorSystem


async def fails_by(error: BaseException, world: World, played: list[int], later: BaseException | None = None) -> None:
    """Fails so, and when it is played again by another error, if there is one."""
    async with Services(world, {"a": ActorSystem.when_terminated}) as services:
        await services.suffer(most=3)
        played.append(world.drawn)
        raise later if later is not None and len(played) > 1 else error


class Failed(BaseException):
    """As `pytest.fail` raises."""


class XFailed(Failed):
    """As `pytest.xfail` raises."""


@pytest.mark.parametrize(
    ("error", "is_looked_into", "is_explained"),
    [
        (Failed("somebody died"), True, True),
        (Failed("Timeout (>60.0s) from pytest-timeout."), False, True),
        (XFailed("known"), False, False),
    ],
)
def test_what_is_no_exception(tmp_path: Path, error: BaseException, is_looked_into: bool, is_explained: bool) -> None:
    """What pytest fails by is; it was not. A test that is known to fail was played again, and had a page."""
    played: list[int] = []

    with pytest.raises(type(error)) as caught:
        seeds(1, reports=tmp_path)(functools.partial(fails_by, error, played=played))()

    assert (len(played) > 1) == is_looked_into
    assert any(note.startswith("The fewest") for note in notes_of(caught.value)) == is_looked_into
    (*pages,) = tmp_path.iterdir()
    assert len(pages) == is_explained
    assert all("test_fewer_mishaps.fails_by" in page.name for page in pages)  # and not "functools.partial"


def test_another_assert_is_another_failure(tmp_path: Path) -> None:
    """The fewest mishaps were those with which any `assert` of the test failed, most often none."""

    @seeds(30, reports=tmp_path)
    async def fails_twice(world: World) -> None:
        async with Services(world, {"a": ActorSystem.when_terminated}) as services:
            await services.suffer(most=8)
            await asyncio.sleep(1.0)
            assert world._lives["a"] == 1 or world.seed < 3, "it died"
            assert world.seed < 3 or len(world.suffered) > 0, "nothing happened"

    with pytest.raises(AssertionError, match="it died") as caught:
        fails_twice()
    (fewest,) = [note for note in notes_of(caught.value) if note.startswith("The fewest")]
    assert "(AssertionError: it died" in fewest
    assert "DEATHWATCH_ONLY=none" not in fewest


def test_the_load_goes_on_for_as_long(tmp_path: Path) -> None:
    """With fewer mishaps, too: whatever fails by itself, late, seemed to need one of them."""

    @seeds(1, first=3, reports=tmp_path, shrink=2)
    async def fails_late(world: World) -> None:
        async with Services(world, {"a": ActorSystem.when_terminated}) as services:
            begun_s = world.network.now()
            await services.suffer(most=20)
            assert world.network.now() - begun_s < 15.0

    with pytest.raises(AssertionError) as caught:
        fails_late()
    assert any(
        "DEATHWATCH_ONLY=none" in note and note.endswith(" nothing\nThe events below, and the page, are of that.")
        for note in notes_of(caught.value)
    )


def test_a_load_that_has_failed_is_told(tmp_path: Path) -> None:
    """Its story cancels it in the end, which asyncio takes for a look at its error: without any load all was well."""

    async def load() -> None:
        raise KeyError("load")

    @seeds(1, reports=tmp_path)
    async def test(world: World) -> None:
        loading = asyncio.create_task(load())
        await asyncio.sleep(1.0)
        loading.cancel()

    with pytest.raises(UnhandledErrors) as caught:
        test()
    assert isinstance(caught.value.exceptions[0], KeyError)


def test_a_limit_of_time_ends_the_search(tmp_path: Path) -> None:
    """It was taken for a seed that fails otherwise, and the search went on without any limit."""
    played: list[int] = []
    test = functools.partial(fails_by, AssertionError(), played=played, later=Failed("Timeout"))

    with pytest.raises(AssertionError) as caught:
        seeds(1, reports=tmp_path)(test)()

    assert len(played) == 2
    assert any(note.endswith(f"were looked for, until {__name__}.Failed: Timeout") for note in notes_of(caught.value))


def test_ctrl_c_in_the_search_tells_what_has_failed(tmp_path: Path) -> None:
    """It was as if nothing had: pytest tells no more of it than the first line of its text."""
    test = functools.partial(fails_by, AssertionError("somebody died"), played=[], later=KeyboardInterrupt())

    with pytest.raises(
        KeyboardInterrupt, match="seed 0 of fails_by had failed, AssertionError: somebody died"
    ) as caught:
        seeds(1, reports=tmp_path)(test)()

    (page,) = tmp_path.iterdir()
    assert str(caught.value).endswith(f": {page}")


def test_ctrl_c_is_no_failure_of_a_seed(tmp_path: Path) -> None:
    """Whatever its test makes of it; it was told as one, and looked into."""

    @seeds(2, reports=tmp_path)
    async def test(world: World) -> None:
        try:
            await asyncio.sleep(1.0)
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(1.0)
        except BaseException as error:
            raise AssertionError("whatever") from error

    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            test()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def notes_of(error: BaseException) -> list[str]:
    """What was added to it."""
    return getattr(error, "__notes__", [])
