"""The nemesis of the scenario `deathwatch`: how its nodes live again, and leave in good order. SHELL.

Deliberately not here: what happens to any process or link (`runtime.sim.nemesis`), drawing faults (`faults`).
"""

from __future__ import annotations

from runtime.sim import nemesis
from runtime.sim.campaign import Record
from runtime.sim.deathwatch.faults import NODES
from runtime.sim.deathwatch.town import Town
from runtime.sim.nemesis import ENDS, HARMLESS, Undo
from runtime.sim.schedule import Fault
from runtime.sim.world import World


class Nemesis(nemesis.Nemesis):
    """Does what a schedule says.

    Args:
        world: Whose network.
        town: Whose nodes.
        record: Is told.
    """

    # A death is no disturbance: whom it concerns has to hear of it, from the moment of the death on.
    unnoted = HARMLESS | ENDS

    def __init__(self, world: World, town: Town, record: Record) -> None:
        super().__init__(world.network, record, town.truth.weather)
        self._town = town
        self.clocks = town.clocks

    def everybody(self) -> list[str]:
        """See `Nemesis`."""
        return list(NODES)

    def is_up(self, name: str) -> bool:
        """See `Nemesis`."""
        return self._town.is_up(name)

    def ended(self, name: str) -> None:
        """See `Nemesis`."""
        self._town.is_gone(name)

    def restart(self, name: str) -> None:
        """See `Nemesis`."""
        self._town.start(name)

    def _vanish(self, fault: Fault, name: str) -> Undo | None:
        life = self._town.truth.lives[name]
        undo = super()._vanish(fault, name)
        if undo is not None:
            life.has_vanished = True
            self._town.truth.vanished.add(name)
        return undo

    async def _leave(self, fault: Fault, name: str) -> Undo | None:
        """Shut down in good order."""
        if not self._may_end(name):
            return None
        self._record.tell(name, "leaves")
        await self._town.leave(name)
        return lambda: self._live_again(name)
