"""`seeds`: an async test of somebody's own, once for each seed, on virtual time; no plugin is needed. SHELL.

The first seed that fails ends it, with notes on its error: how to see it again, what the machines suffered, the fewest
mishaps found with which it fails, the last events, and the page that shows what happened. What the nodes log is on that
page: the lines of a hundred seeds would hide what matters. Such a test knows its world by `World` alone; it has no
`Record` and no rules.
Deliberately not here: playing one (`runtime.sim.played`), scenarios (`runtime.sim.campaign`), the mishaps of machines
(`runtime.sim.services`).
"""

from __future__ import annotations

import functools
import inspect
import os
import shlex
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runtime.sim.failures import LivelockError, reason
from runtime.sim.harness import is_expected, node
from runtime.sim.played import Played, Test, function_of, is_skipped
from runtime.sim.report import REPORTS, file_name, last_by_host, write_page
from runtime.sim.schedule import printed
from runtime.sim.symptoms import symptoms
from runtime.sim.trace import LOGGED_WARNING, in_short

ONE_SEED = "DEATHWATCH_SEED"
"""The environment's variable with the one seed that all tests shall play instead of theirs."""
ONLY, NONE = "DEATHWATCH_ONLY", "none"
"""The environment's variable with the numbers, from 0, of the mishaps that shall happen, of those that are drawn."""
RUNS = 24
"""Of a seed that fails, to find fewer mishaps with which it does."""
LIMIT_S = 3600.0
"""Virtual seconds after which a test has failed."""
NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
PLAYS_SEEDS = "plays_seeds"
"""An attribute of a test that has them."""


def seeds(
    count: int, first: int = 0, *, reports: Path | str = REPORTS, limit_s: float = LIMIT_S, shrink: int = RUNS
) -> Callable[[Test], Callable[..., None]]:
    """Make an async test that takes a `World` run once for each seed, on virtual time.

    The world is its parameter `world`, or else its first one. What other parameters it has stay those of the test, for
    fixtures and `parametrize`; all seeds get the same.

    Args:
        count: How many, at least 1.
        first: The first.
        reports: A folder for the page of the first seed that fails, which shows what happened in it.
        limit_s: A test that has not ended after so many virtual seconds has failed.
        shrink: How often a seed that fails is played again, to find fewer mishaps with which it does; 0 for never.

    Returns:
        A decorator. The first seed that fails is named in a note of its error, with the page.

    Raises:
        TypeError: If it stands there without a number.
        ValueError: If it is no seed at all.
    """
    if not _is_number(count):
        raise TypeError(f"say how many seeds: @seeds(100), not with {count!r}")
    if not _is_number(first):
        raise TypeError(f"first is the number of a seed, and not {first!r}")
    if count < 1:
        raise ValueError(f"a test needs 1 seed at least, not {count}")

    def decorate(test: Test) -> Callable[..., None]:
        name = function_of(test).__qualname__
        if getattr(test, PLAYS_SEEDS, False):
            raise TypeError(f"{name} has @seeds already: once is enough")
        signature = inspect.signature(test)
        parameters = list(signature.parameters)
        if not parameters:
            raise TypeError(f"{name} needs a parameter for its World")
        where = "world" if "world" in parameters else parameters[0]
        if signature.parameters[where].kind not in NAMED:
            raise TypeError(f"{name} needs a parameter for its World that can be given by name")
        others = signature.replace(
            parameters=[one for each, one in signature.parameters.items() if each != where], return_annotation=None
        )

        @functools.wraps(test)
        def run(*given: Any, **named: Any) -> None:
            arguments = others.bind(*given, **named).arguments
            for seed in _seeds_of(count, first):
                played = Played(test, where, arguments, seed, limit_s, _only())
                error = _failure(played)
                if error is not None:  # and no `except` around: what is played again would have it as its context
                    if not is_skipped(error) and not is_expected(error):
                        _Report(played, Path(reports), shrink).explain(error)
                    raise error

        setattr(run, PLAYS_SEEDS, True)
        del run.__wrapped__  # pytest would ask for a fixture `world`
        run.__signature__ = others  # type: ignore[attr-defined]
        return run

    return decorate


def _failure(played: Played) -> BaseException | None:
    """Play it; returns how it fails, Ctrl-C included."""
    try:
        played.play()
    except BaseException as error:
        return error
    return None


def _seeds_of(count: int, first: int) -> range:
    one = os.environ.get(ONE_SEED)
    if not one:
        return range(first, first + count)
    try:
        return range(int(one), int(one) + 1)
    except ValueError:
        raise ValueError(f"{ONE_SEED} is {one!r}, and not the number of a seed") from None


def _is_number(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool)


def _only() -> list[int] | None:
    given = os.environ.get(ONLY)
    if not given:
        return None
    try:
        return [] if given == NONE else [int(number) for number in given.split(",")]
    except ValueError:
        raise ValueError(f"{ONLY} is {given!r}, and neither numbers of mishaps, such as 0,3, nor {NONE}") from None


def _can_be_looked_into(error: BaseException) -> bool:
    """Whether to play it again says more: it is no Ctrl-C and no limit of time, and comes at once."""
    if type(error).__name__ == "Failed":  # by `pytest.fail`, with which its plugin for timeouts ends a test, too
        return not str(error).startswith("Timeout")
    return isinstance(error, Exception) and not isinstance(error, LivelockError)


class _Report:
    """What is said of a seed that failed, in notes of its error and on a page."""

    def __init__(self, played: Played, reports: Path, runs: int) -> None:
        self._played = played
        self._reports = reports
        self._runs = runs

    def explain(self, error: BaseException) -> None:
        """Add the notes: how to see the same again, what the machines suffered, the last events, and the page.

        Raises:
            KeyboardInterrupt: By Ctrl-C while fewer mishaps are looked for; its text says what has failed.
        """
        played = self._played
        error.add_note(f"Seed {played.seed} of {played.name}; replay it with {self._replay(played)}")
        if faults := printed(played.faults):
            error.add_note(f"What its machines suffered; `suffer(parsed(...))` plays less of it:\n{faults}")
        shown = played
        if self._runs and played.drawn and _can_be_looked_into(error):
            page = self._page(played)  # which stays if that is not waited for
            try:
                shown = self._with_fewer(error)
            except KeyboardInterrupt:
                text = f"seed {played.seed} of {played.name} had failed, {reason(error)}: {page}"
                raise KeyboardInterrupt(text) from None
            except BaseException as other:
                error.add_note(f"Fewer mishaps with which it fails so were looked for, until {reason(other)}")
        for symptom in symptoms(shown.events):
            error.add_note(symptom)
        last = [in_short(event) for event in shown.events if event.kind != LOGGED_WARNING]
        error.add_note("\n".join(["Last events by host:", *last_by_host(last)]))
        error.add_note(f"What happened: {self._page(shown)}")

    def _with_fewer(self, error: BaseException) -> Played:
        """Look for fewer mishaps with which it fails, and say so; returns what the events and the page are about."""
        played = self._played
        if not played.again(played.only).fails_as(played):
            error.add_note(
                "Played again at once, it did not fail so: it depends on more than its seed, such as what its fixtures "
                "or its module have kept from one seed to the next, or an order of what has none."
            )
            return played
        smaller = played.smaller(self._runs)
        if smaller is not played:
            faults = "\n".join(["", printed(smaller.faults)]) if smaller.faults else " nothing"
            error.add_note(
                f"The fewest with which it fails so ({reason(smaller.error or error)}); play that with "
                f"{self._replay(smaller)}:{faults}\nThe events below, and the page, are of that."
            )
        return smaller

    def _replay(self, played: Played) -> str:
        """How to see it again: with the environment, or in the source if all of it is to happen."""
        environment = f"{ONE_SEED}={played.seed}"
        if played.only is not None:
            environment += f" {ONLY}={','.join(map(str, sorted(played.only))) or NONE}"
        test = node()
        command = f"{environment} python -m pytest {shlex.quote(test)}" if test else environment
        if played.only is not None:
            return command
        return f"{command}, or @seeds(1, first={played.seed})" if test else f"@seeds(1, first={played.seed})"

    def _page(self, played: Played) -> str:
        error = played.error or AssertionError()
        text, faults = "".join(traceback.format_exception(error)).rstrip(), printed(played.faults)
        parameters = "".join(node().partition("[")[1:])  # each has a page of its own
        file = self._reports / file_name(f"{played.module}.{played.name}{parameters}", played.seed, ".html")
        title = f"{played.name}, seed {played.seed}: failed"
        return write_page(file, title, played.events, text, self._replay(played), faults, reason(error))
