"""The scenario `deathwatch`: a minute of five nodes that watch each other under faults, and what must come of it.

Errands and faults for forty seconds, then everything is healed, and at the end whoever watched somebody who is gone
has been told, and all who have not been declared dead hear each other. Played by `runtime.sim.campaign`.
Deliberately not here: what is right (`runtime.sim.deathwatch.judge`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping

from runtime.sim.campaign import Record
from runtime.sim.deathwatch import errands, faults
from runtime.sim.deathwatch.nemesis import Nemesis
from runtime.sim.deathwatch.town import Town
from runtime.sim.deathwatch.truth import Being
from runtime.sim.schedule import Fault
from runtime.sim.storm import storm
from runtime.sim.swarm import Draw, swarm
from runtime.sim.world import World

LOOK_S = 0.5
"""Between two looks at who should have been told."""
HEALED_AT_S, GREET_AT_S, END_S = 40.0, 54.0, 60.0
GREETINGS = 3
MOST, MOST_OTHERS = 20, 3
"""Faults of a theme, and others beside it."""


class DeathwatchScenario:
    """See the module.

    Attributes:
        town: Makes the town.
        nemesis: Makes whoever performs faults.
    """

    town: type[Town] = Town
    nemesis: type[Nemesis] = Nemesis

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return faults.draw(chance)

    async def story(self, world: World, seed: int, faults: list[Fault], record: Record) -> None:
        """See `Scenario`."""
        town = self.town(world, seed, record)
        nemesis = self.nemesis(world, town, record)
        for node in ("n1", "n2", "n3", "n4", "n5"):
            town.start(node)
        due: list[tuple[Being, Being, int]] = []
        work = town.run(errands.draw(random.Random(f"{seed}/errands"))), nemesis.perform(faults)
        async with storm(world, record, town.look, LOOK_S, *work, for_s=HEALED_AT_S, heal=nemesis.heal):
            await asyncio.sleep(GREET_AT_S - HEALED_AT_S)
            for _ in range(GREETINGS):  # the first may be lost: with it somebody notices that its peer is another now
                due = town.greet()
                await asyncio.sleep((END_S - GREET_AT_S) / GREETINGS)
        town.look(is_over=True)
        for me, other, number in due:
            heard = other.heard.get(me.who, (0, 0))[0]
            record.require(heard == number, "D3", f"{me.path} was not heard by {other.path} though nothing is amiss")


class ThemeScenario(DeathwatchScenario):
    """`deathwatch` with a theme: many faults of a few kinds that belong together, and a few others.

    Attributes:
        theme: How targets and numbers are drawn of its kinds.
        others: And of those beside it.
        shares: Of the kinds of the theme, from which one is drawn.
        between_s: When faults begin.
        seconds: The shortest and the longest duration of each kind.
    """

    theme: Mapping[str, Draw]
    others: Mapping[str, Draw]
    shares: tuple[float, ...]
    between_s: tuple[float, float]
    seconds: Mapping[str, tuple[float, float]]

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        lasts_s: Callable[[str], tuple[float, float]] = self.seconds.__getitem__
        between_s = self.between_s
        drawn = swarm(chance, self.theme, most=MOST, between_s=between_s, lasts_s=lasts_s, shares=self.shares)
        drawn += swarm(chance, self.others, most=MOST_OTHERS, between_s=between_s, lasts_s=lasts_s)
        return sorted(drawn, key=lambda fault: fault.at_s)


def deathwatch() -> DeathwatchScenario:
    """Five actor systems whose people watch each other, and nothing else."""
    return DeathwatchScenario()
