"""A scenario that fails with each fourth seed, to see what a campaign says of it."""

from __future__ import annotations

import asyncio
import random

from runtime.sim.campaign import Record
from runtime.sim.schedule import Fault
from runtime.sim.world import World


class Faulty:
    """See the module."""

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return [Fault(round(chance.uniform(0, 1), 3), "nothing")]

    async def story(self, world: World, seed: int, faults: list[Fault], record: Record) -> None:
        """See `Scenario`."""
        await asyncio.sleep(faults[0].at_s)
        record.tell("here", "seed", str(seed))
        record.sometimes("odd" if seed % 2 else "even")
        record.require(seed % 4 != 3, "F1", f"seed {seed} is one of each four")


faulty = Faulty()
