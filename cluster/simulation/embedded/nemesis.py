"""The nemesis of the scenario `embedded`: what can happen to processes of one machine, to it, and to its file. SHELL.

Deliberately not here: what happens to any process (`runtime.sim.nemesis`), drawing faults (`faults`).
"""

from __future__ import annotations

import sqlite3

from cluster.simulation.election.faults import FOLLOWERS
from cluster.simulation.election.nemesis import slow_orders
from cluster.simulation.embedded.faults import CANDIDATES
from cluster.simulation.embedded.machine import Machine
from runtime.sim.campaign import Record
from runtime.sim.nemesis import Nemesis
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.world import World


class EmbeddedNemesis(Nemesis):
    """Does what a schedule says.

    Args:
        world: Whose network.
        machine: Whose processes.
        record: Is told.
    """

    unnoted = frozenset({"slow-orders"})

    def __init__(self, world: World, machine: Machine, record: Record) -> None:
        super().__init__(world.network, record, machine.weather)
        self._machine = machine

    def everybody(self) -> list[str]:
        """See `Nemesis`."""
        return [*CANDIDATES, *FOLLOWERS]

    def is_up(self, name: str) -> bool:
        """See `Nemesis`."""
        return self._network.process(name).alive

    def ended(self, name: str) -> None:
        """See `Nemesis`."""
        self._machine.is_gone(name)

    def restart(self, name: str) -> None:
        """See `Nemesis`."""
        self._machine.restart(name)

    def who(self, target: str) -> str:
        """See `Nemesis`."""
        return self._machine.who(target)

    def _stall(self, fault: Fault, name: str) -> Undo | None:
        """The event loop stands still, and the thread that owns the file does not."""
        thaw = super()._stall(fault, name)
        if thaw is None:
            return None
        troubles = self._machine.troubles[name]
        troubles.stalled_at = self._network.now()

        def go_on() -> None:
            troubles.stalled_at = None
            thaw()

        return go_on

    def _locked(self, fault: Fault) -> Undo:
        """Somebody stands still in the midst of a transaction: nobody else can write. One is enough."""
        self._machine.disk.lock()
        return self._machine.disk.unlock

    def _away(self, fault: Fault, name: str) -> Undo | None:
        """The disk answers one process with errors, whatever it asks."""
        place = self._machine.places.get(name)
        if place is None or place.connection is None:
            return None
        self._machine.troubles[name].is_deprived = True
        place.connection.set_authorizer(lambda *_: sqlite3.SQLITE_DENY)
        return lambda: self._machine.have_back(place)

    def _slow(self, fault: Fault, name: str) -> Undo:
        """Each operation of a process takes so long, as on a disk that is busy."""
        delays, seconds = self._machine.troubles[name].delays_s, fault.number("seconds")
        delays.append(seconds)
        return lambda: delays.remove(seconds)

    def _challenge(self, fault: Fault, leader: str, name: str) -> Undo | None:
        """Somebody takes the leader for dead, as if for certain, though it lives."""
        self._machine.accuse(name)
        return lambda: None

    def _late_news(self, fault: Fault, name: str) -> Undo:
        """Somebody says that a former leader is dead, when another leads."""
        self._machine.challenge(name, self._machine.rules.epoch - 1)
        return lambda: None

    def _rush(self, fault: Fault, name: str) -> Undo:
        """Somebody takes each leader for dead as soon as it is one, before it is shown perhaps."""
        troubles = self._machine.troubles[name]
        troubles.rush = fault.number("after"), fault.number("seconds")

        def calm_down() -> None:
            troubles.rush = None

        return calm_down

    def _resign(self, fault: Fault, leader: str) -> Undo | None:
        """A leader gives its office back, and stands again."""
        return self._machine.resign(leader)

    def _reboot(self, fault: Fault) -> Undo:
        """The machine starts anew: another boot, another beginning of its clock; of the file what was on the disk."""
        leaving = self._leaving()
        names = [name for name in self.everybody() if self._may_end(name)]
        for name in (*names, *leaving):  # nobody sees the end of another
            self._machine.is_gone(name)
        for name in (*names, *leaving):
            self._network.kill(name)
        self._machine.lose_power()
        self._machine.boot()

        def live_again() -> None:
            for name in names:
                self._live_again(name)

        return live_again

    def _leaving(self) -> list[str]:
        """Those that live and are about to end by themselves: a loss of power does not wait for them."""
        return [name for name in self.everybody() if name in self._ending and self._network.process(name).alive]

    def _slow_orders(self, fault: Fault) -> Undo:
        return slow_orders(self._network, CANDIDATES)
