"""`SimProcess`: one life of a simulated process, and the variable that says in whose name code is running.

A process is a context: whatever runs in it (callbacks, tasks, timers, and all that they start) carries it along in
`PROCESS`, and `runtime.sim.loop` asks there before it runs anything. So a process that is killed does nothing more, not
even a `finally`; one that is frozen goes on later with all that has piled up; and each has a clock of its own.
Pure but for the context variable. Deliberately not here: what the kernel holds for it (`runtime.sim.kernel`), and how
clocks go (`runtime.sim.clocks`).
"""

from __future__ import annotations

import asyncio
import contextvars
import math
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TypeVar, TypeVarTuple

from runtime.sim.clocks import Clock

Ts = TypeVarTuple("Ts")
R = TypeVar("R")


SEND_BUFFER_BYTES = 256 * 1024


class SimProcess:
    """One life of a process.

    Args:
        name: Its name.
        host: The machine that it runs on; links are between machines.
        clock: Its machine's; `None` for the world's own.

    Attributes:
        alive: False from the moment of its death.
        frozen: Stopped, as by SIGSTOP.
        held: What waits until it is thawed.
        reached: When the last piece of anything came to its kernel, by the host that sent it; world seconds.
        send_buffer_bytes: How much its kernel takes on a connection before it has room for no more; read when one is
            made.
    """

    def __init__(self, name: str, host: str | None = None, clock: Clock | None = None) -> None:
        self.name = name
        self.host = host or name
        self.clock = clock
        self.alive = True
        self.frozen = False
        self.held: deque[Callable[[], object]] = deque()
        self.reached: dict[str, float] = {}
        self.send_buffer_bytes = SEND_BUFFER_BYTES
        self._shown_s = -math.inf
        self._context = contextvars.copy_context()
        self._context.run(PROCESS.set, self)

    def time(self, world_s: float) -> float:
        """What its clock shows to the code that runs now: later with each look, if looks take time (`Clock.look_s`)."""
        clock = self.clock
        if clock is None:
            return world_s
        shown_s = clock.shows(world_s)
        if clock.look_s:
            shown_s = self._shown_s = max(shown_s, self._shown_s + clock.look_s)
        return shown_s

    def call(self, function: Callable[[*Ts], R], *args: *Ts) -> R:
        """Do that as this process: now, and whatever comes of it belongs to it."""
        return self._context.copy().run(function, *args)

    def run(self, action: Callable[[], object]) -> None:
        """Do that as this process: now; or when it is thawed; or never, if it is dead."""
        if not self.alive:
            return
        if self.frozen:
            self.held.append(action)
        else:
            self.call(action)

    def die(self) -> None:
        """It does nothing any more."""
        self.alive = self.frozen = False
        self.held.clear()

    def thaw(self, *, timers_first: bool = False) -> None:
        """Go on with what was held.

        Args:
            timers_first: Its timers before what has come in, as after a stall of a loop that looks at timers first;
                else all in the order in which it would have been done.
        """
        self.frozen = False
        if timers_first:
            self.held = deque(sorted(self.held, key=_is_no_timer))
        while self.held and not self.frozen:
            self.call(self.held.popleft())


def _is_no_timer(action: Callable[[], object]) -> bool:
    return not (isinstance(action, partial) and isinstance(action.args[0], asyncio.TimerHandle))


PROCESS: contextvars.ContextVar[SimProcess | None] = contextvars.ContextVar(
    "deathwatch simulated process", default=None
)
"""In whose name the running code runs; `None` for the story that a test tells from outside."""
