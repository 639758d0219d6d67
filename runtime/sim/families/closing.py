"""`Closing`: the end of a node of the scenario `workshops`: in phases, with tasks and callbacks that fail or are late.

S71: tasks of a phase begin when those of the phase before are over, or have had their time, and none runs whose phase
is switched off or comes behind a failure; what is late is cancelled, and what goes on all the same is left behind; each
callback is called once, the last first, when all actors have stopped, whatever another has raised; and all of it ends
in time. SHELL. Deliberately not here: what is done before (`workshops`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from actors.lifecycle import State
from runtime.phases import LAST, Phase
from runtime.sim.campaign import Record

PHASES = ("first", "second", "third")
PHASE_S = 0.5
CANCELLED_S = 1.0
"""What is late has so long to end when it is cancelled."""
CLINGS_S = 1.6
"""What goes on all the same ends then, so that nothing of it is left in the end."""
CALLBACKS = 3
ACTORS_S = 5.0
"""All actors of a node stop within that, and then it says goodbye."""


class Closing:
    """Ends one node.

    Args:
        chance: Of its tasks.
        odd: Of what clings, and of callbacks.
        record: Is told, and raises.
        require: A rule of its bench.
    """

    system: Any
    """The node's, when it has begun."""

    def __init__(
        self, chance: random.Random, odd: random.Random, record: Record, require: Callable[[Any, str, str], None]
    ) -> None:
        self._chance, self._odd, self._record, self._require = chance, odd, record, require
        self._running: dict[tuple[str, float, int], float] = {}
        self._began: dict[str, float] = {}
        self._done: list[str] = []
        self._failures: list[Exception] = []
        self._recovers = {name: chance.random() < 0.6 for name in PHASES}
        self._enabled = {name: chance.random() < 0.85 for name in PHASES}

    def phases(self) -> Mapping[str, Phase]:
        """Of the node's settings."""
        phases, before = {}, ()
        for name in PHASES:
            phases[name] = Phase(before, PHASE_S, self._recovers[name], self._enabled[name])
            before = (name,)  # type: ignore[assignment]
        phases[LAST] = Phase(before)
        return phases

    async def end(self) -> None:
        """Run all of it."""
        shutdown, loop = self.system.coordinated_shutdown, asyncio.get_running_loop()
        number = 0
        for phase in (*PHASES, LAST):
            for _ in range(self._chance.randint(0, 2)):
                takes_s, fails = self._chance.choice([0.0, 0.05, 3 * PHASE_S]), self._chance.random() < 0.3
                clings, number = phase != LAST and self._odd.random() < 0.3, number + 1
                shutdown.add_task(
                    phase, f"{phase} {number}", partial(self._task, phase, number, takes_s, fails, clings)
                )
        called: list[int] = []
        callbacks = self._odd.randint(0, CALLBACKS)
        for one in range(callbacks):
            self.system.on_termination(partial(self._call, called, one, self._odd.random() < 0.5))
        raised, begun_at = None, loop.time()
        try:
            await self.system.terminate()
        except Exception as error:
            raised = error
        took_s, most_s = loop.time() - begun_at, (len(PHASES) + 1) * (PHASE_S + CANCELLED_S) + ACTORS_S
        is_right = type(raised) in map(type, self._failures) if self._failures else raised is None
        self._require(is_right, "S71", f"the end raises {raised!r}, and {self._failures} have failed")
        self._require(self.system.dispatcher.closed, "S71", "the system has ended, and has not")
        self._require(called == [*reversed(range(callbacks))], "S71", f"of {callbacks} callbacks, {called} were called")
        self._require(took_s <= most_s, "S71", f"the end takes {took_s:.1f} s")

    def _call(self, called: list[int], one: int, fails: bool) -> None:
        called.append(one)
        is_over = self.system.root.state is State.TERMINATED
        self._require(is_over, "S71", "a callback is called before all actors have stopped")
        if fails:
            self._record.sometimes("a callback has failed")
            raise LookupError(f"callback {one}")

    async def _task(self, phase: str, number: int, takes_s: float, fails: bool, clings: bool) -> None:
        require, loop = self._require, asyncio.get_running_loop()
        begun_at, text = loop.time(), f"a task of phase {phase}"
        before = [one[0] for one, until in self._running.items() if one[0] != phase and begun_at < until - 1e-6]
        require(not before, "S71", f"{text} begins before those of {before} are over, or have had their time")
        self._began.setdefault(phase, begun_at)
        for waited_s in (begun_at - at for at in list(self._began.values())[-2:-1]):
            require(
                waited_s <= PHASE_S + CANCELLED_S + 1e-6, "S71", f"{text} begins {waited_s:.1f} s after those before"
            )
        is_late = any(
            PHASES.index(one) > PHASES.index(phase) for one in self._done if phase in PHASES and one in PHASES
        )
        require(not is_late, "S71", f"{text} begins after one of a later phase")
        require(self._enabled.get(phase, True), "S71", f"{text} runs, which is switched off")
        require(phase == LAST or not self._failures, "S71", f"{text} runs after {self._failures}")
        is_working = self.system._user is not None and self.system._user.state is State.RUNNING
        require(is_working or phase == LAST, "S71", f"{text} runs, and the actors have ended")
        entry = (phase, begun_at, number)
        self._running[entry] = begun_at + PHASE_S + CANCELLED_S
        recovers = self._recovers.get(phase, True)
        try:
            await asyncio.sleep(takes_s)
            require(takes_s <= PHASE_S or phase == LAST, "S71", f"{text} is not cancelled though it is late")
            if fails:
                error = LookupError(text)
                self._failures += [] if recovers else [error]
                raise error
        except asyncio.CancelledError:
            late_s = loop.time() - begun_at
            require(late_s >= PHASE_S - 1e-6, "S71", f"{text} is cancelled after {late_s:.2f} s")
            self._record.sometimes("a task of a phase was late")
            self._failures += [] if recovers else [TimeoutError(text)]
            if clings:
                self._record.sometimes("a task of a phase was left behind")
                await asyncio.sleep(CLINGS_S)
            raise
        finally:
            del self._running[entry]
            self._done.append(phase)
