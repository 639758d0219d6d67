"""`SimProcess`: one life of a simulated process, and the variable that says in whose name code is running.

A process is a context: whatever runs in it (callbacks, tasks, timers, and all that they start) carries it along in
`PROCESS`, and `runtime.sim.loop` asks there before it runs anything. So a process that is killed does nothing more, not
even a `finally`; one that is frozen goes on later with all that has piled up; and each has a clock of its own.
Pure but for the context variable. Deliberately not here: what the kernel holds for it (`runtime.sim.kernel`).
"""

from __future__ import annotations

import asyncio
import contextvars
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar, TypeVarTuple

Ts = TypeVarTuple("Ts")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Clock:
    """A monotonic clock that is not quite that of the world.

    Attributes:
        offset_s: What it shows when the world's shows 0, in seconds.
        rate: Its seconds for each of the world's, above 0; 1.01 is one that runs 1 % fast.
        tick_s: Timers wait for a whole number of ticks, the nearest, and for one at least: so one may come half a tick
            early, as uvloop's do, which counts milliseconds. 0 for timers that never come early, as asyncio's.
    """

    offset_s: float = 0.0
    rate: float = 1.0
    tick_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.rate > 0:
            raise ValueError(f"a clock's rate must be above 0, not {self.rate}")
        if not self.tick_s >= 0:
            raise ValueError(f"a clock's tick must not be below 0, and it is {self.tick_s}")

    def __str__(self) -> str:
        ticks = f", timers in ticks of {self.tick_s:g} s" if self.tick_s else ""
        return f"{self.offset_s:g} s ahead, at a rate of {self.rate:g}{ticks}"

    def shows(self, world_s: float) -> float:
        """What it shows at a moment of the world."""
        return self.offset_s + world_s * self.rate

    def when(self, shown_s: float) -> float:
        """The first moment of the world at which it shows at least that."""
        world_s = (shown_s - self.offset_s) / self.rate
        while self.shows(world_s) < shown_s:
            world_s = math.nextafter(world_s, math.inf)
        return world_s

    def rings(self, shown_s: float, world_s: float) -> float:
        """When a timer comes, in the world, that is set at `world_s` for what the clock is to show then."""
        now_s = self.shows(world_s)
        if self.tick_s and shown_s > now_s:
            shown_s = now_s + max(1, round((shown_s - now_s) / self.tick_s)) * self.tick_s
        return self.when(shown_s)


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
        self._context = contextvars.copy_context()
        self._context.run(PROCESS.set, self)

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
