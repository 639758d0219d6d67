"""Scenarios under faults, seed by seed: what is drawn is played on a fresh world, watched, and told as an `Outcome`.

A `Scenario` draws a schedule of faults from a seed and tells a story with them; whatever it raises is a failure. The
seed and the schedule together are a run: the same give the same trace, to the last callback. SHELL; made by the command
line (`python -m runtime.sim`), and by tests. Deliberately not here: what a scenario knows, and `seeds` on a test of
somebody who has none (`runtime.sim.seeded`).
"""

from __future__ import annotations

import asyncio
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
from runtime.sim.failures import reason
from runtime.sim.garbage import EVERY_S, collected_by_the_clock
from runtime.sim.interruptions import heed_interruption
from runtime.sim.loop import SimLoop
from runtime.sim.registries import REGISTRIES as REGISTRIES
from runtime.sim.schedule import Fault, shrunk
from runtime.sim.seeded import seeds as seeds
from runtime.sim.stuck import unstuck
from runtime.sim.trace import Event, Trace
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
        self.trace.tell(Event(self.now(), f"{host}", f"{kind}", f"{detail}"))

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
        digest: The trace in a word; empty if its process ended before the run did.
        error: What has failed; empty if nothing.
        reason: The same in a line.
        events: What was told.
        reached: How often each interesting state was reached.
        virtual_s: How long it was.
        cpu_s: What it cost.
    """

    seed: int
    faults: list[Fault]
    digest: str
    error: str = ""
    reason: str = ""
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

    Raises:
        KeyboardInterrupt: If somebody pressed Ctrl-C meanwhile, whatever the scenario has made of it.
    """
    faults = drawn(scenario, seed) if faults is None else faults
    with collected_by_the_clock():
        outcome = _played(scenario, seed, faults, Trace(keeps_events) if trace is None else trace)
    heed_interruption()
    return outcome


def _played(scenario: Scenario, seed: int, faults: list[Fault], trace: Trace) -> Outcome:
    loop = SimLoop(seed, limit_s=LIMIT_S, collect_s=EVERY_S)
    loop.trace = trace
    record = Record(trace, loop.time)
    began = time.process_time()
    failures: list[BaseException] = []

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
            except (SystemExit, asyncio.CancelledError) as failure:
                if _is_interrupted():
                    raise
                failures.append(failure)
            finally:
                world.abandon()
        trace.end()

    try:
        with unstuck(loop), asyncio.Runner(loop_factory=lambda: loop) as runner:
            try:
                runner.run(run())
            finally:
                trace.end()
    except (Exception, SystemExit) as failure:  # such as an error of a task that nobody has looked at, or its exit
        failures.append(failure)
    if record.violation is not None:
        failures.insert(0, record.violation)
    error = "".join(traceback.format_exception(failures[0])).rstrip() if failures else ""
    why = reason(failures[0]) if failures else ""
    virtual_s, cpu_s = loop.world_s, time.process_time() - began
    return Outcome(seed, faults, trace.digest(), error, why, trace.events, record.reached, virtual_s, cpu_s)


def _is_interrupted() -> bool:
    """Whether somebody has pressed Ctrl-C: the main task is cancelled then."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


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
        LookupError: If there is none, or what has that name is none.
    """
    module, colon, attribute = name.rpartition(":")
    why = "a module stands before the colon"
    for place in [module] if colon and module else [] if colon else REGISTRIES:
        try:
            thing: Any = getattr(importlib.import_module(place), attribute)
            made: Any = thing if hasattr(thing, "story") and not inspect.isclass(thing) else thing()
        except (ImportError, AttributeError) as error:
            why = f"{error}"
        except (Exception, SystemExit) as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            why = reason(error) + (f", at {frame.filename}:{frame.lineno}" if Path(frame.filename).is_file() else "")
        else:
            missing = [part for part in ("draw", "story") if not callable(getattr(made, part, None))]
            if not missing:
                scenario: Scenario = made
                return scenario
            why = f"its {type(made).__name__} has no {' and no '.join(missing)}"
    raise LookupError(f"there is no scenario {name}: {why}")
