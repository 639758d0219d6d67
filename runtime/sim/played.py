"""`Played`: a seed of somebody's test, played once, or again with fewer mishaps; what it told, how it failed. SHELL.

What the nodes log meanwhile is told at its virtual time, unless the program has configured structlog itself.
Deliberately not here: which seeds are played, and what is said of one that fails (`runtime.sim.seeded`).
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import logging
import traceback
from collections.abc import Callable, Collection, Coroutine, Iterator, MutableMapping
from typing import Any, NoReturn

import structlog

from runtime.sim.failures import place, reason
from runtime.sim.interruptions import heed_interruption, interruptions
from runtime.sim.schedule import Fault, fewest
from runtime.sim.trace import LOGGED, Event, unheard
from runtime.sim.world import World

Test = Callable[..., Coroutine[Any, Any, None]]
"""An async test that takes a `World`, and perhaps more."""


def function_of(test: Any) -> Any:
    """What has the name of a test, which may be a `partial`, or an object that can be called."""
    while isinstance(test, functools.partial):
        test = test.func
    return test if hasattr(test, "__qualname__") else type(test)


def is_skipped(error: BaseException | None) -> bool:
    """Whether a test says that it does not apply, or is known to fail, as `pytest.skip` and `pytest.xfail` do."""
    return type(error).__name__ in ("Skipped", "SkipTest", "XFailed")


class Played:
    """See the module.

    Args:
        test: To play.
        where: The name of its parameter for the world.
        arguments: Its others.
        seed: Of all chance.
        limit_s: Virtual seconds after which it fails.
        only: Which of the mishaps that it draws happen, by their numbers; `None` for all.

    Attributes:
        test: As given.
        name: Of it.
        module: Where it was written.
        seed: As given.
        events: What it told, once it was played.
        faults: What its machines suffered.
        drawn: How many mishaps were drawn for them.
        only: As given.
        error: How it failed; `None` if it did not.
    """

    def __init__(
        self,
        test: Test,
        where: str,
        arguments: dict[str, Any],
        seed: int,
        limit_s: float,
        only: Collection[int] | None = None,
    ) -> None:
        self.test, self.seed, self.only = test, seed, only
        self.name: str = function_of(test).__qualname__
        self.module: str = function_of(test).__module__
        self.events: list[Event] = []
        self.faults: list[Fault] = []
        self.drawn = 0
        self.error: BaseException | None = None
        self._where, self._arguments, self._limit_s = where, arguments, limit_s
        self._world: World | None = None
        self._is_over = False

    def play(self) -> None:
        """Play it.

        Raises:
            KeyboardInterrupt: If somebody pressed Ctrl-C, whatever the test has made of it.
            BaseException: What the test raises.
        """
        try:
            with self._logs(), interruptions():
                try:
                    World.run(self._watched, self.seed, limit_s=self._limit_s)
                finally:
                    heed_interruption()
        except BaseException as error:
            self.error = error
            raise
        finally:
            if self._world is not None:
                self.drawn, self._world = self._world.drawn, None

    def again(self, only: Collection[int] | None) -> Played:
        """Play it once more, with some of its mishaps.

        Raises:
            BaseException: If it is not to go on: by Ctrl-C, or since a time limit of pytest's is over.
        """
        played = Played(self.test, self._where, self._arguments, self.seed, self._limit_s, only)
        try:
            played.play()
        except BaseException as error:
            is_asked_for = isinstance(error, Exception) or is_skipped(error) or played.fails_as(self)
            if not is_asked_for or isinstance(error, KeyboardInterrupt):
                raise
        return played

    def fails_as(self, other: Played) -> bool:
        """Whether it failed, and with the same kind of error at the same place: a test has more than one `assert`."""
        one, another = self.error, other.error
        if one is None or another is None or type(one) is not type(another):
            return False
        return place(one) == place(another)

    def smaller(self, runs: int) -> Played:
        """The one found that fails so with the fewest mishaps, perhaps this one.

        Args:
            runs: How often the seed may be played for it.
        """
        best = self

        def fails(numbers: list[int]) -> bool:
            nonlocal best
            played = self.again(numbers)
            if played.fails_as(self):
                best = played
                return True
            return False

        numbers = list(range(self.drawn)) if self.only is None else sorted(self.only)
        if numbers and not fails([]):  # most often nothing is needed: a mistake that is new
            fewest(numbers, fails, runs - 1)
        return best

    @contextlib.contextmanager
    def _logs(self) -> Iterator[None]:
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
        if not self._is_over:
            self.events.append(Event(self._now(), f"{where}", f"{LOGGED}{level}", detail))
        raise structlog.DropEvent

    def _now(self) -> float:
        return 0.0 if self._world is None else self._world.network.now()

    async def _watched(self, world: World) -> None:
        """Play it, and keep what happens."""
        self._world, network, self.faults = world, world.network, world.suffered
        world.only = None if self.only is None else frozenset(self.only)

        def tell(host: str, what: str, more: str) -> None:
            self.events.append(Event(network.now(), f"{host}", f"{what}", f"{more}"))

        network.told = tell
        try:
            story = self.test(**self._arguments, **{self._where: world})
            if not inspect.isawaitable(story):
                raise TypeError(f"{self.name} has to be an `async def` without a `yield`")
            await story
        except BaseException as error:
            tell("", "violation", reason(error))
            raise
        finally:
            network.told, self._is_over = unheard, True  # the end of the world is not of interest
