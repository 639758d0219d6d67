"""Scenarios under faults, seed by seed: what is drawn is played on a fresh world, watched, and told as an `Outcome`.

A `Scenario` draws a schedule of faults from a seed and tells a story with them; whatever it raises is a failure. The
seed and the schedule together are a run: the same give the same trace, to the last callback. SHELL; made by the command
line (`python -m runtime.sim`), by tests, and by `seeds` on a test. Deliberately not here: what a scenario knows.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import inspect
import random
import time
import traceback
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from runtime.sim.clocks import moving, others
from runtime.sim.garbage import EVERY_S, collected_by_the_clock
from runtime.sim.loop import SimLoop
from runtime.sim.registries import REGISTRIES as REGISTRIES
from runtime.sim.report import REPORTS, file_name, write_page
from runtime.sim.schedule import Fault, shrunk
from runtime.sim.trace import Event, Trace, unheard
from runtime.sim.world import World

LIMIT_S = 300.0
"""Virtual seconds after which a run has failed."""


class Violation(AssertionError):
    """Something that must always hold does not."""


class Record:
    """What a scenario tells while it is played.

    Args:
        trace: Where its events go.
        now: The world's clock, in seconds.

    Attributes:
        trace: Where events are.
        reached: How often each interesting state was reached.
        violation: The first rule that did not hold, also if whoever asked has swallowed the error.
    """

    def __init__(self, trace: Trace, now: Callable[[], float]) -> None:
        self.trace = trace
        self.reached: Counter[str] = Counter()
        self.violation: Violation | None = None
        self.now = now

    def tell(self, host: str, kind: str, detail: str = "") -> None:
        """Something has happened."""
        self.trace.tell(Event(self.now(), host, kind, detail))

    def sometimes(self, what: str) -> None:
        """An interesting state was reached: a campaign that never gets there proves nothing about it."""
        self.reached[what] += 1

    def require(self, holds: bool, rule: str, text: str = "") -> None:
        """A rule must hold now.

        Raises:
            Violation: If it does not.
        """
        if not holds:
            self.tell("", "violation", f"{rule}: {text}")
            self.trace.end()
            violation = Violation(f"{rule}: {text}")
            self.violation = self.violation or violation
            raise violation

    def check(self) -> None:
        """Raise the first violation, if there was one.

        Raises:
            Violation: That.
        """
        if self.violation is not None:
            raise self.violation


class Scenario(Protocol):
    """What can be played."""

    def draw(self, chance: random.Random) -> list[Fault]:
        """The faults of a seed."""
        ...

    def story(self, world: World, seed: int, faults: list[Fault], record: Record) -> Coroutine[Any, Any, None]:
        """Play them; whatever it raises is a failure."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one run went.

    Attributes:
        seed: Of it.
        faults: That happened.
        digest: The trace in a word.
        error: What has failed; empty if nothing.
        events: What was told.
        reached: How often each interesting state was reached.
        virtual_s: How long it was.
        cpu_s: What it cost.
    """

    seed: int
    faults: list[Fault]
    digest: str
    error: str = ""
    events: list[Event] = field(default_factory=list)
    reached: Counter[str] = field(default_factory=Counter)
    virtual_s: float = 0.0
    cpu_s: float = 0.0


def drawn(scenario: Scenario, seed: int) -> list[Fault]:
    """The schedule of a seed."""
    return [*moving(random.Random(f"{seed}/clocks")), *scenario.draw(random.Random(f"{seed}/faults"))]


def play(
    scenario: Scenario,
    seed: int,
    faults: list[Fault] | None = None,
    *,
    keeps_events: bool = True,
    trace: Trace | None = None,
) -> Outcome:
    """Play one run.

    Args:
        scenario: Which.
        seed: Of all chance.
        faults: Instead of those that the seed draws.
        keeps_events: Whether what is told is kept; the digest is the same without.
        trace: A new one that keeps more, such as a `runtime.sim.recording.Recording`.
    """
    faults = drawn(scenario, seed) if faults is None else faults
    with collected_by_the_clock():
        return _played(scenario, seed, faults, Trace(keeps_events) if trace is None else trace)


def _played(scenario: Scenario, seed: int, faults: list[Fault], trace: Trace) -> Outcome:
    loop = SimLoop(seed, limit_s=LIMIT_S, collect_s=EVERY_S)
    loop.trace = trace
    record = Record(trace, loop.time)
    began = time.process_time()
    failures: list[Exception] = []

    async def run() -> None:
        async with World(seed) as world:
            record.now = world.network.now
            world.network.told = record.tell
            world.set_clocks(faults)
            try:
                await scenario.story(world, seed, others(faults), record)
                record.check()
            except Exception as failure:  # first of all: what goes wrong on the way out would hide it
                failures.append(failure)
            finally:
                world.abandon()
        trace.end()

    try:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(run())
    except Exception as failure:  # such as an error of a task that nobody has looked at
        failures.append(failure)
    if record.violation is not None:
        failures.insert(0, record.violation)
    error = "".join(traceback.format_exception(failures[0])).rstrip() if failures else ""
    virtual_s, cpu_s = loop.world_s, time.process_time() - began
    return Outcome(seed, faults, trace.digest(), error, trace.events, record.reached, virtual_s, cpu_s)


def shrink(scenario: Scenario, seed: int, faults: list[Fault] | None = None, runs: int = 60) -> list[Fault]:
    """The smallest schedule found with which that seed still fails.

    Raises:
        ValueError: If it does not fail at all.
    """
    faults = drawn(scenario, seed) if faults is None else faults
    if not play(scenario, seed, faults, keeps_events=False).error:
        raise ValueError(f"seed {seed} does not fail")
    return shrunk(faults, lambda some: bool(play(scenario, seed, some, keeps_events=False).error), runs)


def found(name: str) -> Scenario:
    """The scenario of that name.

    Args:
        name: `module:attribute`, or the name of one that comes with the package. A class or function is called.

    Raises:
        LookupError: If there is none.
    """
    module, colon, attribute = name.rpartition(":")
    reason: Exception | None = None
    for place in [module] if colon else REGISTRIES:
        try:
            thing: Any = getattr(importlib.import_module(place), attribute)
        except (ImportError, AttributeError) as error:
            reason = error
        else:
            made: Any = thing if hasattr(thing, "story") and not inspect.isclass(thing) else thing()
            scenario: Scenario = made
            return scenario
    raise LookupError(f"there is no scenario {name}: {reason}") from reason


def seeds(
    count: int, first: int = 0, *, reports: Path | str = REPORTS
) -> Callable[[Callable[[World], Coroutine[Any, Any, None]]], Callable[[], None]]:
    """Make an async test that takes a `World` run once for each seed, on virtual time.

    Args:
        count: How many.
        first: The first.
        reports: A folder for the page of the first seed that fails, which shows what happened in it.

    Returns:
        A decorator. The first seed that fails is named in a note of its error, with the page.
    """

    def decorate(test: Callable[[World], Coroutine[Any, Any, None]]) -> Callable[[], None]:
        @functools.wraps(test)
        def run() -> None:
            for seed in range(first, first + count):
                events: list[Event] = []
                try:
                    World.run(functools.partial(_watched, test, events), seed)
                except BaseException as error:
                    replay = f"@seeds(1, first={seed})"
                    file = Path(reports) / file_name(test.__qualname__, seed, ".html")
                    text = "".join(traceback.format_exception(error)).rstrip()
                    error.add_note(f"Seed {seed} of {test.__qualname__}; replay it with {replay}")
                    title = f"{test.__qualname__}, seed {seed}: failed"
                    error.add_note(f"What happened: {write_page(file, title, events, text, replay, '')}")
                    raise

        del run.__wrapped__  # pytest would ask for a fixture `world`
        return run

    return decorate


async def _watched(test: Callable[[World], Coroutine[Any, Any, None]], events: list[Event], world: World) -> None:
    network = world.network

    def tell(where: str, what: str, more: str) -> None:
        events.append(Event(network.now(), where, what, more))

    network.told = tell
    try:
        await test(world)
    except BaseException as error:
        tell("", "violation", str(error) or type(error).__name__)
        raise
    finally:
        network.told = unheard  # the end of the world is not of interest
