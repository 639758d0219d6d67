"""The nemesis of the scenario `deathwatch`: what is remembered of hosts that vanish. SHELL.

Deliberately not here: what happens to any process or link (`runtime.sim.nemesis`, `places`), drawing faults (`faults`).
"""

from __future__ import annotations

from runtime.sim.campaign import Record
from runtime.sim.deathwatch.faults import NODES
from runtime.sim.deathwatch.town import Town
from runtime.sim.performer import Undo
from runtime.sim.places import PlaceNemesis
from runtime.sim.schedule import Fault
from runtime.sim.world import World


class Nemesis(PlaceNemesis):
    """Does what a schedule says.

    Args:
        world: Whose network.
        town: Whose nodes.
        record: Is told.
    """

    def __init__(self, world: World, town: Town, record: Record) -> None:
        super().__init__(world.network, record, town.truth.weather, town, NODES)
        self._town = town

    def _vanish(self, fault: Fault, name: str) -> Undo | None:
        life = self._town.truth.lives[name]
        undo = super()._vanish(fault, name)
        if undo is not None:
            life.has_vanished = True
            self._town.truth.vanished.add(name)
        return undo
