"""`seeds`: an async test of somebody's own, once for each seed, on virtual time; no plugin is needed. SHELL.

The first seed that fails ends it, with notes on its error: how to see it again, what the machines suffered, the last
events, and the page that shows what happened. What the nodes log is on that page, at its virtual time, unless the
program has configured structlog itself: the lines of a hundred seeds would hide what matters. Such a test knows its
world by `World` alone; it has no `Record` and no rules.
Deliberately not here: scenarios (`runtime.sim.campaign`), the mishaps of machines (`runtime.sim.services`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import inspect
import logging
import os
import shlex
import traceback
from collections.abc import Callable, Coroutine, Iterator, MutableMapping
from pathlib import Path
from typing import Any, NoReturn

import structlog

from runtime.sim.failures import reason
from runtime.sim.report import REPORTS, file_name, last_by_host, write_page
from runtime.sim.schedule import Fault, printed
from runtime.sim.trace import Event, unheard
from runtime.sim.world import World

ONE_SEED = "DEATHWATCH_SEED"
"""The environment's variable with the one seed that all tests shall play instead of theirs."""
LIMIT_S = 3600.0
"""Virtual seconds after which a test has failed."""
PYTEST_SAYS = "PYTEST_CURRENT_TEST"
"""The environment's variable in which pytest names the test that runs."""

LOGGED = "log "
WARNED = f"{LOGGED}warning"
"""On the page alone: what a node warns of, it may warn of again and again."""

Test = Callable[..., Coroutine[Any, Any, None]]


def seeds(
    count: int, first: int = 0, *, reports: Path | str = REPORTS, limit_s: float = LIMIT_S
) -> Callable[[Test], Callable[..., None]]:
    """Make an async test that takes a `World` run once for each seed, on virtual time.

    The world is its parameter `world`, or else its first one. What other parameters it has stay those of the test, for
    fixtures and `parametrize`; all seeds get the same.

    Args:
        count: How many, at least 1.
        first: The first.
        reports: A folder for the page of the first seed that fails, which shows what happened in it.
        limit_s: A test that has not ended after so many virtual seconds has failed.

    Returns:
        A decorator. The first seed that fails is named in a note of its error, with the page.

    Raises:
        TypeError: If it stands there without a number.
        ValueError: If it is no seed at all.
    """
    if not isinstance(count, int):
        raise TypeError(f"say how many seeds: @seeds(100), not with {count!r}")
    if count < 1:
        raise ValueError(f"a test needs 1 seed at least, not {count}")

    def decorate(test: Test) -> Callable[..., None]:
        signature = inspect.signature(test)
        parameters = list(signature.parameters)
        if not parameters:
            raise TypeError(f"{test.__qualname__} needs a parameter for its World")
        where = "world" if "world" in parameters else parameters[0]
        others = signature.replace(
            parameters=[one for name, one in signature.parameters.items() if name != where], return_annotation=None
        )

        @functools.wraps(test)
        def run(*given: Any, **named: Any) -> None:
            arguments = others.bind(*given, **named).arguments
            for seed in _seeds_of(count, first):
                told = _Told(test)
                try:
                    with told.logs():
                        World.run(functools.partial(told.watched, where, arguments), seed, limit_s=limit_s)
                except BaseException as error:
                    if not _is_skipped(error):
                        told.explain(error, seed, Path(reports))
                    raise

        del run.__wrapped__  # pytest would ask for a fixture `world`
        run.__signature__ = others  # type: ignore[attr-defined]
        return run

    return decorate


def _seeds_of(count: int, first: int) -> range:
    one = os.environ.get(ONE_SEED)
    if not one:
        return range(first, first + count)
    try:
        return range(int(one), int(one) + 1)
    except ValueError:
        raise ValueError(f"{ONE_SEED} is {one!r}, and not the number of a seed") from None


def _is_skipped(error: BaseException) -> bool:
    """Whether the test says that it does not apply, as `pytest.skip` does."""
    return type(error).__name__ in ("Skipped", "SkipTest")


def _in_short(event: Event) -> Event:
    return dataclasses.replace(event, detail=event.detail.partition("\n")[0])


class _Told:
    """One seed of a test: what it told, and what is told of it if it fails."""

    def __init__(self, test: Test) -> None:
        self._test = test
        self._events: list[Event] = []
        self._faults: list[Fault] = []
        self._now: Callable[[], float] = float

    @contextlib.contextmanager
    def logs(self) -> Iterator[None]:
        """What is logged meanwhile is told, unless the program has said where it goes."""
        if structlog.is_configured():
            yield
            return
        level = structlog.make_filtering_bound_logger(logging.WARNING)
        structlog.configure(processors=[self._log], wrapper_class=level, cache_logger_on_first_use=False)
        try:
            yield
        finally:
            structlog.reset_defaults()

    def _log(self, _logger: Any, level: str, line: MutableMapping[str, Any]) -> NoReturn:
        """A processor of structlog that lets nothing pass."""
        where, text, error = line.pop("system", ""), line.pop("event", ""), line.pop("exc_info", None)
        more = " ".join(f"{name}={value}" for name, value in sorted(line.items()))
        trace = "".join(traceback.format_exception(error)).rstrip() if isinstance(error, BaseException) else ""
        detail = f"{text} {more}".rstrip() + (f"\n{trace}" if trace else "")
        self._events.append(Event(self._now(), f"{where}", f"{LOGGED}{level}", detail))
        raise structlog.DropEvent

    async def watched(self, where: str, arguments: dict[str, Any], world: World) -> None:
        """Play it, and keep what happens."""
        network, self._faults = world.network, world.suffered
        self._now = network.now

        def tell(host: str, what: str, more: str) -> None:
            self._events.append(Event(network.now(), f"{host}", f"{what}", f"{more}"))

        network.told = tell
        try:
            story = self._test(**arguments, **{where: world})
            if not inspect.isawaitable(story):
                raise TypeError(f"{self._test.__qualname__} has to be an `async def` without a `yield`")
            await story
        except BaseException as error:
            tell("", "violation", reason(error))
            raise
        finally:
            network.told = unheard  # the end of the world is not of interest

    def explain(self, error: BaseException, seed: int, reports: Path) -> None:
        """Write the page, and add notes to the error that say where it is and how to see the same again."""
        name, faults = self._test.__qualname__, printed(self._faults)
        replay = f"@seeds(1, first={seed})"
        if node := os.environ.get(PYTEST_SAYS, "").rpartition(" (")[0]:
            replay = f"{ONE_SEED}={seed} python -m pytest {shlex.quote(node)}, or {replay}"
        file = reports / file_name(f"{self._test.__module__}.{name}", seed, ".html")
        text = "".join(traceback.format_exception(error)).rstrip()
        error.add_note(f"Seed {seed} of {name}; replay it with {replay}")
        if faults:
            error.add_note(f"What its machines suffered; `suffer(parsed(...))` plays less of it:\n{faults}")
        last = [one for one in self._events if one.kind != WARNED]
        error.add_note("\n".join(["Last events by host:", *last_by_host([_in_short(one) for one in last])]))
        title = f"{name}, seed {seed}: failed"
        page = write_page(file, title, self._events, text, replay, faults, reason(error))
        error.add_note(f"What happened: {page}")
