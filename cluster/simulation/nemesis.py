"""The nemesis of simulated clusters: how their processes live again, leave in good order, and lose their disk. SHELL.

`leader` is whoever leads at that moment. Deliberately not here: what happens to any process or link
(`runtime.sim.nemesis`), drawing faults (`cluster.simulation.faults`).
"""

from __future__ import annotations

from cluster.simulation.cluster import SimCluster
from cluster.simulation.disk import SimDisk
from cluster.simulation.ensemble_nemesis import EnsembleNemesis
from cluster.simulation.faults import LEADER
from runtime.sim.campaign import Record
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.weather import Weather
from runtime.sim.world import World


class Nemesis(EnsembleNemesis):
    """Does what a schedule says.

    Args:
        world: Whose network.
        cluster: Whose processes.
        record: Is told.
    """

    def __init__(self, world: World, cluster: SimCluster, record: Record) -> None:
        super().__init__(world.network, cluster.ensemble, record, Weather())
        self._cluster = cluster
        self._trouble = SimDisk.troubles[cluster.name]

    def everybody(self) -> list[str]:
        """See `Nemesis`."""
        return self._cluster.everybody

    def is_up(self, name: str) -> bool:
        """See `Nemesis`. Also one that has ended by itself may be ended: it is started again then."""
        return True

    def ended(self, name: str) -> None:
        """See `Nemesis`: the cluster looks for itself."""

    def restart(self, name: str) -> None:
        """See `Nemesis`."""
        self._cluster.restart(name)

    def who(self, target: str) -> str:
        """See `Nemesis`."""
        if target != LEADER:
            return target
        leaders = self._cluster.leaders()
        return leaders[0] if leaders else ""

    def _kill_leader(self, fault: Fault, name: str) -> Undo | None:
        return self._kill(fault, name)

    def _stop(self, fault: Fault, name: str) -> Undo | None:
        """It leaves in good order, for as long as that takes, and dies then."""
        process = self._network.process(name)
        if process.frozen or not self._may_end(name):
            return None
        leaving = self._cluster.leave(name)
        if leaving is None:
            self._ending.discard(name)
            return None

        def die(_: object = None) -> None:
            if process.alive:
                self._network.kill(name)
                self.ended(name)

        def start_again() -> None:
            die()
            self._live_again(name)

        leaving.add_done_callback(die)
        return start_again

    _stop_leader = _stop

    def _freeze(self, fault: Fault, name: str, *, timers_first: bool = False) -> Undo | None:
        """Each ledger notes who was thawed when."""
        thaw, process = super()._freeze(fault, name, timers_first=timers_first), self._network.process(name)
        if thaw is None:
            return None

        def noted() -> None:
            if process.alive:
                for ledger in self._cluster.ledgers:
                    ledger.thaws.append((name, len(ledger.steps)))
            thaw()

        return noted

    _freeze_leader = _freeze

    def _freeze_members(self, fault: Fault) -> Undo:
        """The whole ensemble is away."""
        thaws = [self._freeze(fault, name) for name in self._cluster.ensemble.members]

        def thaw_all() -> None:
            for thaw in thaws:
                if thaw is not None:
                    thaw()

        return thaw_all

    def _jump(self, fault: Fault, name: str) -> Undo:
        """The time of day is another, and is set right later; the monotonic clock goes on."""
        self._cluster.set_day(name, fault.number("by"))
        return lambda: self._cluster.set_day(name, -fault.number("by"))

    def _isolate(self, fault: Fault, name: str) -> Undo:
        members_only = fault.number("from_members_only") > 0
        return self.cut_off_from(name, self._cluster.ensemble.members if members_only else self.everybody())

    def _disk_full(self, fault: Fault) -> Undo:
        return self._disk("full")

    def _disk_torn(self, fault: Fault) -> Undo:
        return self._disk("torn")

    def _disk_away(self, fault: Fault) -> Undo:
        return self._disk("away")

    def _disk_slow(self, fault: Fault) -> Undo:
        self._trouble.slow_s = max(self._trouble.slow_s, fault.number("seconds", 1.0))
        return lambda: setattr(self._trouble, "slow_s", 0.0)

    def _disk(self, what: str) -> Undo:
        setattr(self._trouble, what, True)
        return lambda: setattr(self._trouble, what, False)
