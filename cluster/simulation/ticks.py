"""The scenario `ticks`: a cluster whose event loops count milliseconds, as uvloop's do, so that timers may come early.

A timer that comes half a millisecond before the moment for which it was set finds that nothing is due yet; whoever then
sets no other waits for ever. asyncio's own loop never does so, and no other scenario. What goes wrong beside it is that
of the scenarios of work. Played by `runtime.sim.campaign`.
Deliberately not here: how timers are rounded (`runtime.sim.process`), what is true (`invariants`).
"""

from __future__ import annotations

import random

from cluster.simulation.work_faults import (
    STORE_KINDS,
    draw_for_delays,
    draw_for_late,
    draw_for_slots,
    draw_for_stores,
)
from cluster.simulation.work_scenarios import SlotsScenario
from runtime.sim.schedule import Fault

TICK_S = 0.001
"""Of libuv's timers."""
DRAWS = (draw_for_delays, draw_for_delays, draw_for_late, draw_for_slots, draw_for_stores)


class TicksScenario(SlotsScenario):
    """A cluster whose event loops count milliseconds, so that timers come early, under the faults of others."""

    kinds = (*STORE_KINDS, "clock")

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        faults = chance.choice(DRAWS)(chance, self.cast)
        hosts = [one for one in (*self.cast.jobmanagers, *self.cast.taskmanagers) if chance.random() < 0.8]
        clocked = {fault.targets[0] for fault in faults if fault.kind == "clock"}
        ticks = [Fault(0.0, "clock", (host,), 0.0, (("tick", TICK_S),)) for host in hosts if host not in clocked]
        return [*ticks, *faults]


def ticks() -> TicksScenario:
    """See `TicksScenario`."""
    return TicksScenario()
