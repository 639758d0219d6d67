"""The scenario `families`: parents, children and what they fail with, on three nodes, and what must come of it.

Errands and faults for twenty-two seconds, in which user code fails wherever it can; then everything is healed, nobody
fails any more, and at the end nothing waits and nothing is left behind. Played by `runtime.sim.campaign`. Deliberately
not here: what is right (`law`, `deaths`, `asks`, `alarms`, `dues`, `books`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping

from runtime.sim.campaign import Record
from runtime.sim.families import errands, faults
from runtime.sim.families.errands import NODES, PACE_S, SERVICES, SERVICES_PACE_S, WEIGHTS
from runtime.sim.families.house import House
from runtime.sim.performer import Undo
from runtime.sim.places import PlaceNemesis
from runtime.sim.schedule import Fault
from runtime.sim.storm import storm
from runtime.sim.world import World

LOOK_S = 0.5
HEALED_AT_S, END_S = 23.0, 34.0


class Nemesis(PlaceNemesis):
    """Does what a schedule says.

    Args:
        world: Whose network.
        house: Whose nodes.
        record: Is told.
    """

    def __init__(self, world: World, house: House, record: Record) -> None:
        super().__init__(world.network, record, house.truth.weather, house, NODES)
        self._house = house

    def _freeze(self, fault: Fault, name: str, *, timers_first: bool = False) -> Undo | None:
        thaw = super()._freeze(fault, name, timers_first=timers_first)
        if thaw is None:
            return None

        def noted() -> None:
            if name in self._house.truth.lives:
                self._house.truth.lives[name].disturbed_at = self._network.now()
            thaw()

        return noted


class FamiliesScenario:
    """See the module.

    Attributes:
        house: Makes the house.
        paces_s: Mean time between two errands of `WEIGHTS`, and of `SERVICES`, in seconds.
        more: What there is to do beside these, in a stream of its own, and the mean time between two of that.
    """

    house: type[House] = House
    paces_s = PACE_S, SERVICES_PACE_S
    more: tuple[Mapping[str, int], float] | None = None

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return faults.draw(chance)

    async def story(self, world: World, seed: int, faults: list[Fault], record: Record) -> None:
        """See `Scenario`."""
        house = self.house(world, seed, record)
        nemesis = Nemesis(world, house, record)
        for node in NODES:
            house.start(node)

        def heal() -> None:
            house.truth.rages = False
            nemesis.heal()

        family, services = random.Random(f"{seed}/errands"), random.Random(f"{seed}/services")
        orders = errands.draw(family, WEIGHTS, self.paces_s[0]) + errands.draw(services, SERVICES, self.paces_s[1])
        if self.more is not None:
            orders += errands.draw(random.Random(f"{seed}/more"), *self.more)
        work = house.run(orders), nemesis.perform(faults)
        async with storm(world, record, house.look, LOOK_S, *work, for_s=HEALED_AT_S, heal=heal):
            await asyncio.sleep(END_S - HEALED_AT_S)
        record.check()
        house.look(is_over=True)


def families() -> FamiliesScenario:
    """Parents, children, and what they fail with."""
    return FamiliesScenario()
