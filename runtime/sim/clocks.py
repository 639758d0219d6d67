"""`Clock`: how the clocks of simulated machines go, and which of them a schedule sets. Pure.

They are set before anything starts, by faults of the kind `clock`: that of one machine, or, without a target, of all
that have none of their own, and how long code takes on those that have. In a quarter of all seeds code takes time, on
all machines: each look at a clock finds it a little later, though nothing else happens meanwhile. Whoever takes two
looks for one moment is found out so.
Deliberately not here: who looks (`runtime.sim.loop`, `runtime.sim.process`), and how wrong the clocks of a scenario
are, which it draws itself (for services, `runtime.sim.mishaps`).
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

from runtime.sim.schedule import Fault

EVERYBODY = ""
"""Who has the clock that is nobody's in particular."""
LOOKS_S = (1e-6, 1e-5, 1e-4)
"""How long code takes between two looks at a clock: fast code, slow code, and any code on a busy machine."""
CODE_S = 0.01
"""How far ahead of the world's, which stands still meanwhile, that may bring a process's clock; judges allow for it."""
SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Clock:
    """A monotonic clock that is not quite that of the world.

    Attributes:
        offset_s: What it shows when the world's shows 0, in seconds.
        rate: Its seconds for each of the world's, above 0; 1.01 is one that runs 1 % fast.
        tick_s: Timers wait for a whole number of ticks, the nearest, and for one at least: so one may come half a tick
            early, as uvloop's do, which counts milliseconds. 0 for timers that never come early, as asyncio's.
        look_s: How much later a process finds it with each further look, while the world's stands still: code takes
            time. 0 for code that takes none.
    """

    offset_s: float = 0.0
    rate: float = 1.0
    tick_s: float = 0.0
    look_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.rate > 0:
            raise ValueError(f"a clock's rate must be above 0, not {self.rate}")
        if not self.tick_s >= 0:
            raise ValueError(f"a clock's tick must not be below 0, and it is {self.tick_s}")
        if not self.look_s >= 0:
            raise ValueError(f"a look at a clock must not take less than 0 s, and it takes {self.look_s}")

    def __str__(self) -> str:
        ticks = f", timers in ticks of {self.tick_s:g} s" if self.tick_s else ""
        looks = f", {self.look_s:g} s later with each look" if self.look_s else ""
        return f"{self.offset_s:g} s ahead, at a rate of {self.rate:g}{ticks}{looks}"

    def shows(self, world_s: float) -> float:
        """What it shows at a moment of the world."""
        return self.offset_s + world_s * self.rate

    def when(self, shown_s: float) -> float:
        """The first moment of the world at which it shows at least that."""
        world_s = (shown_s - self.offset_s) / self.rate
        while self.shows(world_s) < shown_s:
            world_s = math.nextafter(world_s, math.inf)
        return world_s

    def anew(self, world_s: float) -> Clock:
        """As it goes when its machine is switched on at a moment of the world: it shows 0 then."""
        return replace(self, offset_s=-world_s * self.rate)

    def rings(self, shown_s: float, world_s: float) -> float:
        """When a timer comes, in the world, that is set at `world_s` for what the clock is to show then."""
        now_s = self.shows(world_s)
        if self.tick_s and shown_s > now_s:
            shown_s = now_s + max(1, round((shown_s - now_s) / self.tick_s)) * self.tick_s
        return self.when(shown_s)


def moving(chance: random.Random) -> list[Fault]:
    """What is drawn beside the faults of a scenario: in some seeds code takes time."""
    if chance.random() >= SHARE:
        return []
    return [Fault(0.0, "clock", (), 0.0, (("look", chance.choice(LOOKS_S)),))]


def others(faults: Iterable[Fault]) -> list[Fault]:
    """All faults but a clock of `EVERYBODY`: scenarios draw none, and need not know of it."""
    return [fault for fault in faults if fault.targets or fault.kind != "clock"]


def clocks(faults: Iterable[Fault]) -> dict[str, Clock]:
    """The clocks that a schedule sets, by machine, and that of `EVERYBODY`."""
    found: dict[str, Clock] = {}
    for fault in faults:
        if fault.kind == "clock":
            clock = Clock(fault.number("offset"), fault.number("rate", 1.0), fault.number("tick"), fault.number("look"))
            found[fault.targets[0] if fault.targets else EVERYBODY] = clock
    return found
