"""The scenario `resets`: `deathwatch` where connections break just when watches, and the news of deaths, are on them.

Two nodes are cut off from each other for a moment, perhaps in one direction; people there begin to watch, change their
minds, and stop; then all connections between the two are reset, so that whatever the kernels still had is lost, and
perhaps once more while it is being sent again. Some links are slow, some processes stand still with news in their
buffers, or die and live again soon. Deliberately not here: what is right (`judge`, `audit`).
"""

from __future__ import annotations

import random

from runtime.sim import mishaps
from runtime.sim.deathwatch import faults
from runtime.sim.deathwatch.nemesis import Nemesis
from runtime.sim.deathwatch.people import Order
from runtime.sim.deathwatch.scenario import ThemeScenario
from runtime.sim.deathwatch.town import Town
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn

SECONDS = {
    "break": (0.03, 0.9),
    "hold": (0.05, 0.9),
    "delay": (6.0, 14.0),
    "kill": (0.02, 0.3),
    "leave": (0.02, 0.3),
    "vanish": (0.3, 6.0),
}


def _break(chance: random.Random) -> Drawn:
    """Of what is cut off, and of how soon it breaks again; 0 is not at all."""
    numbers = (
        ("ways", float(chance.choice([0, 1, 1, 2]))),
        ("again", round(chance.choice([0.0, 0.0, 0.003, 0.3]) * chance.random(), 4)),
        ("mind", float(chance.randrange(1000))),
    )
    return tuple(chance.sample(faults.NODES, 2)), numbers


BREAKS: dict[str, Draw] = {"break": _break, "hold": _break}
OTHERS: dict[str, Draw] = {
    "delay": lambda chance: (tuple(chance.sample(faults.NODES, 2)), mishaps.slow(chance)),
    "kill": faults.node,
    "leave": faults.node,
    "vanish": faults.node,
}
KINDS = BREAKS | OTHERS


class FertileTown(Town):
    """Where somebody is born for whoever stops."""

    def grow(self, node: str) -> None:
        """Somebody more lives there, if there is room."""
        if self.is_up(node):
            self._as(node, lambda: self._grow(node))


class Resets(Nemesis):
    """Does what a schedule says."""

    _town: FertileTown

    def _break(self, fault: Fault, one: str, other: str) -> Undo:
        """Nothing gets through any more, or one way nothing; people go on; and then all connections are reset."""
        ways = [(one, other), (other, one)][: int(fault.number("ways"))]
        heal = self.cut_off(ways)
        self._stir(fault, one, other)
        return self._reset_after(fault, one, other, heal)

    def _hold(self, fault: Fault, one: str, other: str) -> Undo | None:
        """The same, of a process that stands still: what its kernel has is not read before the connection ends."""
        thaw = self._freeze(fault, one)
        if thaw is None:
            return None
        spell = self._weather.begin("freeze", (one,), self._network.now())

        def end() -> None:
            spell.end = self._network.now()
            thaw()

        self._stir(fault, one, other)
        return self._reset_after(fault, one, other, end)

    def _reset_after(self, fault: Fault, one: str, other: str, heal: Undo) -> Undo:
        network, again_s = self._network, fault.number("again")

        def end() -> None:
            network.reset(one, other)
            heal()
            if again_s:
                network.at(network.now() + again_s, network.reset, one, other)

        return end

    def _stir(self, fault: Fault, one: str, other: str) -> None:
        """People of the two watch each other, or end it, or both; and some stop who are watched."""
        mind, network, town = random.Random(fault.number("mind")), self._network, self._town
        for node, peer in ((one, other), (other, one)):
            for me in town.people(node):
                for subject in town.people(peer):
                    at = network.now() + fault.for_s * mind.uniform(-0.1, 1.0)
                    for what in mind.choice([["watch"], ["unwatch"], ["watch", "unwatch"], ["unwatch", "watch"], []]):
                        at = max(network.now(), at) + mind.choice([0.0, 0.001, 0.02])
                        network.at(at, town.order, me, Order(what, subject.path))
            stops = [being for being in town.people(node) if town.truth.watchers_of(being)]
            if stops and mind.random() < 0.5:
                at = network.now() + fault.for_s * mind.uniform(0.0, 1.0)
                network.at(at, town.order, mind.choice(stops), Order("stop"))
                network.at(at + 0.5, town.grow, node)


class ResetsScenario(ThemeScenario):
    """See the module."""

    town, nemesis = FertileTown, Resets
    theme, others, shares = BREAKS, OTHERS, (0.5, 1.0)
    between_s, seconds = (2.0, 37.0), SECONDS


def resets() -> ResetsScenario:
    """See `ResetsScenario`."""
    return ResetsScenario()
