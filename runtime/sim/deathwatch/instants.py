"""The scenario `instants`: `deathwatch` where all that goes wrong does so at a frame: as it is said, or as it has come.

A process dies, stands still, leaves, or lives again at once, a link is cut, or is reset, within a few milliseconds
of a handshake, a watch, its end, the news of a death, an acknowledgement, a heartbeat, a goodbye; on the side that says
it, or on the other. Deliberately not here: what frames there are (`taps`), and what is right (`judge`, `audit`).
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

from runtime.sim.campaign import Record
from runtime.sim.deathwatch import faults
from runtime.sim.deathwatch.nemesis import Nemesis
from runtime.sim.deathwatch.scenario import DeathwatchScenario
from runtime.sim.deathwatch.taps import FRAMES, Taps
from runtime.sim.deathwatch.town import Town
from runtime.sim.moments import AT, PEER, WHO, Moment, MomentNemesis
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn, swarm
from runtime.sim.world import World

AFTER_S = (0.0, 0.0, 0.0002, 0.0005, 0.001, 0.002, 0.005)
MOST, MOST_OTHERS = 16, 4
SECONDS = {
    "kill": (0.0005, 0.02),
    "leave": (0.0005, 0.5),
    "vanish": (0.5, 6.0),
    "freeze": (0.05, 4.0),
    "stall": (0.05, 3.4),
    "cut": (0.02, 4.0),
    "isolate": (0.02, 4.0),
    "reset": (0.002, 0.3),
    "delay": (0.2, 2.0),
}


def _fault(chance: random.Random) -> Drawn:
    """Of one of the two that have to do with the frame, or of both, either way."""
    numbers = [("after", chance.choice(AFTER_S)), ("nth", float(chance.choice([1, 1, 2, 3, 5, 8])))]
    return tuple(chance.sample([WHO, PEER], 2)), tuple(numbers)


def _one(chance: random.Random) -> Drawn:
    targets, numbers = _fault(chance)
    return targets[:1], numbers


def _cut(chance: random.Random) -> Drawn:
    targets, numbers = _fault(chance)
    return targets, (*numbers, ("one_way", float(chance.random() < 0.6)))


def _reset(chance: random.Random) -> Drawn:
    targets, numbers = _fault(chance)
    return targets, (*numbers, ("cut", float(chance.random() < 0.6)))


STRIKES: dict[str, Draw] = {
    **dict.fromkeys(("kill", "leave", "vanish", "freeze", "stall", "isolate"), _one),
    "cut": _cut,
    "reset": _reset,
}
MOMENTS = tuple(f"{how}.{name}" for how in ("said", "come") for name in FRAMES)
KINDS: dict[str, Draw] = {f"{kind}{AT}{moment}": draw for kind, draw in STRIKES.items() for moment in MOMENTS}
SLOW: dict[str, Draw] = {"delay": faults.KINDS["delay"], "kill": faults.KINDS["kill"]}
"""Beside them: where packets are late, more is under way."""


class TappedTown(Town):
    """Nodes that somebody listens to.

    Attributes:
        happens: Is told of each frame.
    """

    def __init__(self, world: World, seed: int, record: Record) -> None:
        super().__init__(world, seed, record)
        self.happens: Any = lambda _: None

    async def _live(self, node: str, transport: Any) -> None:
        await super()._live(node, Taps(transport, node, self.happens))  # type: ignore[arg-type]


class Instants(MomentNemesis, Nemesis):
    """Does what a schedule says."""

    def __init__(self, world: World, town: TappedTown, record: Record) -> None:
        super().__init__(world, town, record)
        town.happens = self._happens

    def _leave(self, fault: Fault, name: str) -> Undo | None:  # type: ignore[override] # in its own time
        """Begin to shut down in good order; who has ended lives again when the fault is over."""
        if not self._may_end(name):
            return None
        self._record.tell(name, "leaves")
        leaving = asyncio.get_running_loop().create_task(self._town.leave(name))
        return lambda: leaving.add_done_callback(lambda _: self._live_again(name))

    def _happens(self, moment: Moment) -> None:
        if moment.peer in faults.NODES:
            self.moments.happens(moment)


class InstantsScenario(DeathwatchScenario):
    """See the module."""

    town, nemesis = TappedTown, Instants

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""

        def lasts_s(kind: str) -> tuple[float, float]:
            return SECONDS[kind.partition(AT)[0]]

        between_s = (faults.FIRST_S, faults.LAST_S)
        drawn = swarm(chance, KINDS, most=MOST, between_s=between_s, lasts_s=lasts_s, shares=(0.05, 0.2, 0.5))
        drawn += swarm(chance, SLOW, most=MOST_OTHERS, between_s=between_s, lasts_s=lasts_s)
        return sorted(drawn, key=lambda fault: fault.at_s)


def instants() -> InstantsScenario:
    """See `InstantsScenario`."""
    return InstantsScenario()
