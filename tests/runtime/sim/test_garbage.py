"""What is left of seeds that were played."""

from __future__ import annotations

import random
import weakref
from typing import Any

from runtime.sim.campaign import Record, play
from runtime.sim.garbage import OLD_EVERY
from runtime.sim.schedule import Fault
from runtime.sim.world import World


class Keeps:
    """A scenario that keeps its last world, in a circle."""

    def __init__(self) -> None:
        self.kept: Any = None
        self.worlds: list[weakref.ref[World]] = []

    def draw(self, _: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return []

    async def story(self, world: World, seed: int, faults: list[Fault], record: Record) -> None:
        """See `Scenario`."""
        self.kept = [world]
        self.kept.append(self.kept)
        self.worlds.append(weakref.ref(world))


def test_a_campaign_does_not_grow_with_its_seeds() -> None:
    """What a scenario kept of one seed is let go of with the next, and is garbage that no later seed looks at."""
    scenario = Keeps()
    for seed in range(3 * OLD_EVERY):
        play(scenario, seed)
    assert sum(world() is not None for world in scenario.worlds) <= OLD_EVERY
