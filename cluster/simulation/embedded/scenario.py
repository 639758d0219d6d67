"""The scenario `embedded`: a minute of four candidates on one machine under faults, and what must come of it.

Faults for forty seconds, then everything is healed; at the end one leader acts and all follow it. Played by
`runtime.sim.campaign`. Deliberately not here: what is right (`rules`).
"""

from __future__ import annotations

import asyncio
import random

from cluster.simulation.embedded import faults as fault_kinds
from cluster.simulation.embedded.machine import Machine
from cluster.simulation.embedded.nemesis import EmbeddedNemesis
from runtime.sim.campaign import Record
from runtime.sim.schedule import Fault
from runtime.sim.storm import storm
from runtime.sim.world import World

LOOK_S = 0.1
"""Between two looks at who believes what."""
HEALED_AT_S, END_S = 40.0, 60.0


class EmbeddedScenario:
    """See the module."""

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return fault_kinds.draw(chance)

    def cast(self, world: World, seed: int, record: Record) -> tuple[Machine, EmbeddedNemesis]:
        """The processes, not started, and who hurts them."""
        machine = Machine(world, seed, record)
        return machine, EmbeddedNemesis(world, machine, record)

    async def story(self, world: World, seed: int, faults: list[Fault], record: Record) -> None:
        """See `Scenario`."""
        machine, nemesis = self.cast(world, seed, record)
        try:
            await self.played(world, machine, nemesis, faults, record)
        finally:
            machine.close()

    async def played(
        self, world: World, machine: Machine, nemesis: EmbeddedNemesis, faults: list[Fault], record: Record
    ) -> None:
        """Faults, then calm, and what must be so in the end."""
        machine.start()
        blows = nemesis.perform(faults)
        async with storm(world, record, machine.look, LOOK_S, blows, for_s=HEALED_AT_S, heal=nemesis.heal):
            await asyncio.sleep(END_S - HEALED_AT_S)
        machine.look()
        record.require(len(machine.believers()) == 1, "I8", f"in the end {machine.believers()} lead")


def embedded() -> EmbeddedScenario:
    """Four candidates and two followers on one machine, with a file instead of an ensemble, and no jobs."""
    return EmbeddedScenario()
