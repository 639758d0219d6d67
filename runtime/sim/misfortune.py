"""`Misfortune`: does what a schedule says to the machines of `Services`, and knows what a schedule may say. SHELL.

Deliberately not here: programs and their lives (`runtime.sim.services`); drawing a schedule (`runtime.sim.mishaps`).
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from runtime.sim import mishaps
from runtime.sim.campaign import Record
from runtime.sim.misspelt import check_numbers
from runtime.sim.nemesis import Nemesis
from runtime.sim.performer import Undo
from runtime.sim.process import SimProcess
from runtime.sim.schedule import Fault
from runtime.sim.trace import Trace
from runtime.sim.weather import Weather
from runtime.sim.world import World
from runtime.system import ActorSystem

KNOWN = sorted(mishaps.mishaps(("one", "other"), disks=("one",)))
"""The kinds of mishap, for whoever writes a schedule by hand."""
NUMBERS: Mapping[str, tuple[str, ...]] = {
    "kill": ("linger",),
    "cut": ("one_way",),
    "reset": ("cut", "one_way"),
    "loss": ("loss", "burst"),
    "delay": ("mean", "one_way"),
    "disk-slow": ("seconds",),
}
"""Those of each kind."""
LINKS = frozenset({"cut", "reset", "loss", "delay"})
"""The kinds that happen to a link."""
IDLE_LINKS = 0.25
"""Of those that are drawn for a link on which nothing is said, so many happen there."""


class Machines(Protocol):
    """Those of `Services`."""

    @property
    def names(self) -> list[str]:
        """All of them."""
        ...

    @property
    def disks(self) -> list[str]:
        """Those that have one."""
        ...

    def begin(self, name: str) -> None:
        """Start the program of a machine soon, unless its process lives."""

    def process(self, name: str) -> SimProcess | None:
        """Its process, if that can be ended now."""
        ...

    def system(self, name: str) -> ActorSystem:
        """Its actor system."""
        ...

    def forget(self, name: str) -> None:
        """Its process is dead."""


class Misfortune(Nemesis):
    """Does what a schedule says to the machines of services; see `Nemesis`."""

    def __init__(self, services: Machines, world: World) -> None:
        super().__init__(world.network, Told(world), Weather())
        self._services = services
        self._world = world
        self._drawn: dict[int, tuple[Fault, random.Random]] = {}

    def everybody(self) -> list[str]:
        """See `Nemesis`."""
        return self._services.names

    def is_up(self, name: str) -> bool:
        """See `Nemesis`."""
        return self._services.process(name) is not None

    def is_ending(self, name: str) -> bool:
        """Whether a fault has ended it, and will start it again."""
        return name in self._ending

    def ended(self, name: str) -> None:
        """See `Nemesis`."""
        self._services.forget(name)

    def restart(self, name: str) -> None:
        """See `Nemesis`."""
        if self.is_up(name):  # it was asked to leave, and has not done so in time
            self._network.kill(name)
            self._services.forget(name)
        self._services.begin(name)

    def check(self, faults: Iterable[Fault]) -> None:
        """See `Nemesis`; it must be about machines that there are, and disks that they have."""
        for fault in faults:
            if fault.kind not in KNOWN:
                raise ValueError(f"{fault}: there is no fault {fault.kind}; there are {', '.join(KNOWN)}")
            super().check([fault])
            check_numbers([fault], NUMBERS)
            if strangers := [name for name in fault.targets if name not in self.everybody()]:
                raise ValueError(
                    f"{fault}: there is no machine {strangers[0]}; there are {', '.join(self.everybody())}"
                )
            if fault.kind.startswith("disk") and fault.targets[0] not in self._services.disks:
                raise ValueError(f"{fault}: {fault.targets[0]} has no disk; give its program world.disk(...)")

    def is_drawn(self, fault: Fault, chance: random.Random) -> None:
        """It was, and not written by hand; `chance` may change whom it happens to."""
        self._drawn[id(fault)] = fault, chance  # which keeps it, or another might have its id

    def due(self, fault: Fault) -> Fault:
        """What was drawn for a link on which nothing is said happens to another of these two machines, mostly.

        Most services talk to one in their midst, so most links carry nothing, and a cut there is none.
        """
        _, chance = self._drawn.get(id(fault), (fault, None))
        if chance is None or fault.kind not in LINKS or chance.random() < IDLE_LINKS:
            return fault
        busy = sorted(self._busy(fault.targets))
        if not busy or tuple(sorted(fault.targets)) in busy:
            return fault
        one, other = chance.choice(busy)
        other_fault = replace(fault, targets=(one, other) if chance.random() < 0.5 else (other, one))
        suffered = self._world.suffered
        suffered[suffered.index(fault)] = other_fault
        return other_fault

    def _busy(self, hosts: Collection[str]) -> set[tuple[str, str]]:
        """The links of these machines on which there is a connection."""
        names, links = self.everybody(), set()
        for name, holdings in self._network._processes.items():
            for connection in holdings.connections:
                ends = tuple(sorted((name, connection.peer[0])))
                if (
                    connection.is_in_use
                    and holdings.process.alive
                    and set(ends) & set(hosts)
                    and set(ends) <= set(names)
                ):
                    links.add((ends[0], ends[1]))
        return links

    def _leave(self, fault: Fault, name: str) -> Undo | None:
        """Shut down in good order, as SIGTERM asks for: the program goes on meanwhile."""
        if not self._may_end(name):
            return None
        system = self._services.system(name)
        self._network.process(name).run(lambda: system.begin_to_terminate("leave"))
        return lambda: self._live_again(name)

    def _vanish(self, fault: Fault, name: str) -> Undo | None:
        """The machine loses power, its disk what was not synced, and its clock begins at 0 when it is on again."""
        undo = super()._vanish(fault, name)
        if undo is None:
            return None
        if name in self._world.disks:
            self._world.disk(name).lose_power()

        def switch_on() -> None:
            self._world.switch_on(name)
            undo()

        return switch_on

    def _disk_full(self, fault: Fault, name: str) -> Undo:
        disk = self._world.disk(name)
        disk.shortages += 1

        def make_room() -> None:
            disk.shortages -= 1

        return make_room

    def _disk_slow(self, fault: Fault, name: str) -> Undo:
        disk, seconds = self._world.disk(name), fault.number("seconds")
        disk.delays_s.append(seconds)
        return lambda: disk.delays_s.remove(seconds)


class Told(Record):
    """Puts what happens on the timeline of the world."""

    def __init__(self, world: World) -> None:
        super().__init__(Trace(keeps_events=False), world.network.now)
        self._world = world

    def tell(self, host: str, kind: str, detail: str = "") -> None:
        """See `Record`."""
        self._world.tell(host, kind, detail)
