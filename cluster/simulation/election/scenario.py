"""The scenario `election`: a minute of five candidates under faults, and what must come of it.

Faults for forty seconds, then everything is healed; at the end one leader acts and all follow it. Played by
`runtime.sim.campaign`. Deliberately not here: what is right (`rules`).
"""

from __future__ import annotations

import asyncio
import random

from cluster.simulation.election import faults as fault_kinds
from cluster.simulation.election.house import SESSION_S, House
from cluster.simulation.election.nemesis import Nemesis
from runtime.sim.campaign import Record
from runtime.sim.schedule import Fault
from runtime.sim.storm import storm
from runtime.sim.world import World

LOOK_S = 0.1
"""Between two looks at who believes what."""
HEALED_AT_S, END_S = 40.0, 60.0


class ElectionScenario:
    """See the module."""

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return fault_kinds.draw(chance)

    def cast(self, world: World, seed: int, record: Record) -> tuple[House, Nemesis]:
        """The processes, not started, and who hurts them."""
        house = House(world, seed, record)
        return house, Nemesis(world, house, record)

    async def story(self, world: World, seed: int, faults: list[Fault], record: Record) -> None:
        """See `Scenario`."""
        house, nemesis = self.cast(world, seed, record)
        await self.played(world, house, nemesis, faults, record)

    async def played(self, world: World, house: House, nemesis: Nemesis, faults: list[Fault], record: Record) -> None:
        """Faults, then calm, and what must be so in the end."""
        house.start()
        blows = nemesis.perform(faults)
        try:
            async with storm(world, record, house.look, LOOK_S, blows, for_s=HEALED_AT_S, heal=nemesis.heal):
                await asyncio.sleep(END_S - HEALED_AT_S)
        finally:
            await house.ensemble.close()
        house.look()
        house.close()
        record.require(len(house.believers()) == 1, "I8", f"in the end {house.believers()} lead")


class StallsScenario(ElectionScenario):
    """Leaders stand still for about as long as a session, again and again: only their own clock says that it is over.

    Their timers run before what has come in meanwhile; one that does not look at the time acts beside the next.
    """

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return [
            Fault(
                round(2.0 + 9.0 * number + chance.uniform(0.0, 3.0), 3),
                "stall",
                (fault_kinds.LEADER,),
                round(chance.uniform(0.8, 1.7) * SESSION_S, 3),
            )
            for number in range(chance.randint(2, 4))
        ]


class FlapsScenario(ElectionScenario):
    """Followers lose the ensemble for about a session, have it back for a moment, and lose it again.

    So they hear more than once that they are out of touch, and have to count from the first time.
    """

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        faults = []
        for follower in fault_kinds.FOLLOWERS:
            at_s = chance.uniform(2.0, 6.0)
            while at_s < fault_kinds.LAST_S - 2.0:
                for_s = chance.uniform(0.6, 1.6) * SESSION_S
                faults.append(Fault(round(at_s, 3), "isolate", (follower,), round(for_s, 3)))
                at_s += for_s + chance.choice([chance.uniform(0.01, 1.0), chance.uniform(0.2, 0.8) * SESSION_S])
        return sorted(faults, key=lambda fault: fault.at_s)


def flaps() -> FlapsScenario:
    """See `FlapsScenario`."""
    return FlapsScenario()


def stalls() -> StallsScenario:
    """See `StallsScenario`."""
    return StallsScenario()


def election() -> ElectionScenario:
    """Five candidates, two followers and an ensemble of three, without jobs."""
    return ElectionScenario()
