"""`Nemesis`: the faults that any processes of a simulated network can suffer. SHELL; `Performer` says when.

Here are deaths, stops of the whole process, and all that happens to links, each a method of the kind's name. A scenario
says in a subclass how its processes live again, and adds faults of its own. Deliberately not here: drawing faults,
which is each scenario's; when they strike and end (`runtime.sim.performer`).
"""

from __future__ import annotations

import abc
from collections.abc import Iterable

from runtime.sim.campaign import Record
from runtime.sim.links import Gamma, Loss, Shape, Uniform
from runtime.sim.network import SimNetwork
from runtime.sim.performer import Performer, Undo
from runtime.sim.schedule import Fault
from runtime.sim.weather import Spell, Weather

ENDS = frozenset({"kill", "leave", "vanish"})
"""What ends a process."""
LONG_S = 4.0


class Nemesis(Performer, abc.ABC):
    """Does to processes and links what a schedule says; see `Performer`."""

    def __init__(self, network: SimNetwork, record: Record, weather: Weather) -> None:
        super().__init__(network, record, weather)
        self._cuts: dict[tuple[str, str], int] = {}
        self._ending: set[str] = set()

    # --- what a scenario says -----------------------------------------------------------------------------------------

    @abc.abstractmethod
    def everybody(self) -> list[str]:
        """All hosts."""

    @abc.abstractmethod
    def is_up(self, name: str) -> bool:
        """Whether a process lives, and may be ended."""

    @abc.abstractmethod
    def ended(self, name: str) -> None:
        """A process was killed."""

    @abc.abstractmethod
    def restart(self, name: str) -> None:
        """Start a process again."""

    # --- what ends a process ------------------------------------------------------------------------------------------

    def _kill(self, fault: Fault, name: str) -> Undo | None:
        if not self._may_end(name):
            return None
        self._network.kill(name, listeners_linger_s=fault.number("linger"))
        self.ended(name)
        return lambda: self._live_again(name)

    def _vanish(self, fault: Fault, name: str) -> Undo | None:
        if not self._may_end(name):
            return None
        self._network.vanish(name)
        self.ended(name)

        def come_back() -> None:
            self._network.come_back(name)
            self._live_again(name)

        return come_back

    def _may_end(self, name: str) -> bool:
        """Whether it lives, and nobody else is about to end it."""
        if name in self._ending or not self.is_up(name):
            return False
        self._ending.add(name)
        return True

    def _live_again(self, name: str) -> None:
        self._ending.discard(name)
        self.restart(name)

    # --- what stops it ------------------------------------------------------------------------------------------------

    def _freeze(self, fault: Fault, name: str, *, timers_first: bool = False) -> Undo | None:
        process = self._network.process(name)
        if not process.alive or process.frozen:
            return None
        self._network.freeze(name)

        def thaw() -> None:
            if process.alive:
                if fault.for_s > LONG_S:
                    self._record.sometimes(f"a long {fault.kind}")
                self._network.thaw(name, timers_first=timers_first)

        return thaw

    def _stall(self, fault: Fault, name: str) -> Undo | None:
        """The loop stands still; then its timers run before what has come in meanwhile, as uvloop has it."""
        return self._freeze(fault, name, timers_first=True)

    # --- links --------------------------------------------------------------------------------------------------------

    def _cut(self, fault: Fault, one: str, other: str) -> Undo:
        return self.cut_off(_ways(fault, one, other))

    def _isolate(self, fault: Fault, name: str) -> Undo:
        return self.cut_off_from(name, self.everybody())

    def cut_off_from(self, name: str, others: Iterable[str]) -> Undo:
        """Cut all links of a host to others."""
        return self.cut_off([way for other in others if other != name for way in ((name, other), (other, name))])

    def cut_off(self, ways: list[tuple[str, str]]) -> Undo:
        """Cuts may overlap: a link is whole again when the last is over."""
        for way in ways:
            self._cuts[way] = self._cuts.get(way, 0) + 1
            self._network.cut(*way, one_way=True)

        def heal() -> None:
            for way in ways:
                self._cuts[way] -= 1
                if not self._cuts[way]:
                    self._network.heal(*way, one_way=True)

        return heal

    def _reset(self, fault: Fault, one: str, other: str) -> Undo:
        """Break all connections between two hosts, at the end: after a cut perhaps, so that what waits is lost."""
        heal = self.cut_off(_ways(fault, one, other)) if fault.number("cut") > 0 else None

        def reset() -> None:
            self._network.reset(one, other)
            if heal is not None:
                heal()

        return reset

    def _doze(self, fault: Fault, one: str, other: str) -> Undo:
        """A cut, and one of the two stands still when it ends: what has come by then waits behind its timers."""
        heal = self.cut_off([(one, other), (other, one)])
        stall_s, network = fault.number("stall"), self._network
        process = network.process(one)

        def wake(spell: Spell) -> None:
            spell.end = network.now()
            if process.alive and process.frozen:
                network.thaw(one, timers_first=True)

        def doze() -> None:
            heal()
            if process.alive and not process.frozen:
                network.freeze(one)
                spell = self._weather.begin("stall", (one,), network.now())
                network.at(network.now() + stall_s, wake, spell)

        return doze

    def _loss(self, fault: Fault, one: str, other: str) -> Undo:
        return self._shaped(one, other, Shape(loss=Loss(fault.number("loss"), 1.0, fault.number("burst"), 0.3)))

    def _delay(self, fault: Fault, one: str, other: str) -> Undo:
        mean_s = fault.number("mean")
        shape = Shape(Gamma(mean_s / 4, mean_s, mean_s / 4))
        return self._shaped(one, other, shape, one_way=fault.number("one_way") > 0)

    def _datagrams(self, fault: Fault, one: str, other: str) -> Undo:
        delay = Uniform(0.0001, fault.number("spread"))
        return self._shaped(one, other, Shape(delay, repeated=fault.number("repeated")))

    def _shaped(self, one: str, other: str, shape: Shape, *, one_way: bool = False) -> Undo:
        self._network.shape(one, other, shape, one_way=one_way)
        return lambda: self._network.shape(one, other, Shape(), one_way=one_way)

    def _no_datagrams(self, fault: Fault) -> Undo:
        self._network.mail.is_blocked = True

        def open_again() -> None:
            self._network.mail.is_blocked = False

        return open_again


def _ways(fault: Fault, one: str, other: str) -> list[tuple[str, str]]:
    """The directions of a link that are cut."""
    return [(one, other)] if fault.number("one_way") > 0 else [(one, other), (other, one)]
