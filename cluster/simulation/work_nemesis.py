"""`WorkNemesis`: what can happen to slots that have processes of their own, and to bytes that are kept. SHELL.

Deliberately not here: drawing it (`cluster.simulation.work_faults`), and what can happen to any cluster.
"""

from __future__ import annotations

from cluster.simulation.cluster import SimCluster
from cluster.simulation.nemesis import Nemesis
from runtime.sim.campaign import Record
from runtime.sim.nemesis import Undo
from runtime.sim.schedule import Fault
from runtime.sim.world import World


class WorkNemesis(Nemesis):
    """Does what a schedule says, to slots too.

    Args:
        world: Whose network.
        cluster: Whose processes; its slots are processes.
        record: Is told.
    """

    def __init__(self, world: World, cluster: SimCluster, record: Record) -> None:
        super().__init__(world, cluster, record)
        self._slots = cluster.slots

    def ended(self, name: str) -> None:
        """See `Nemesis`: its slots follow."""
        if self._slots is not None:
            self._slots.orphaned(name)

    def _kill_slot(self, fault: Fault, name: str) -> Undo | None:
        """The process of its oldest slot dies."""
        slot = self._oldest(name)
        if slot is None or self._slots is None:
            return None
        self._slots.kill(slot)
        return lambda: None

    def _freeze_slot(self, fault: Fault, name: str) -> Undo | None:
        """The process of its oldest slot stands still, and so does the lifeline in it."""
        slot = self._oldest(name)
        return None if slot is None else self._freeze(fault, slot)

    def _suspend(self, fault: Fault, name: str) -> Undo | None:
        """The whole machine stands still, with all slots."""
        slots = self._slots.living(name) if self._slots is not None else []
        frozen = [self._freeze(fault, one) for one in (*slots, name)]
        thaws = [thaw for thaw in frozen if thaw is not None]

        def thaw_all() -> None:
            for thaw in thaws:
                thaw()

        return thaw_all if thaws else None

    def _oldest(self, name: str) -> str | None:
        living = self._slots.living(name) if self._slots is not None else []
        return next((one for one in living if not self._network.process(one).frozen), None)
