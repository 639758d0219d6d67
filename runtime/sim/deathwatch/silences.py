"""The scenario `silences`: `deathwatch` where silences end just when they would convict, and whoever is asked dozes.

Two nodes that watch each other cannot hear each other for about as long as a detector is patient; one of them may stand
still when it is over, or somebody isolated comes back to others that do. Some ways are open in one direction only, and
links may be slow. What the kernel still has, comes then, and people speak at once. Nobody may be convicted who was
heard, or was not asked. Whoever was convicted all the same begins anew, so that somebody can be convicted next. And
each detector finds what it should (F1 to F6, `yardsticks`). Deliberately not here: what is right (`judge`, `audit`).
"""

from __future__ import annotations

import dataclasses
import random

from runtime.settings import RemoteSettings
from runtime.sim import mishaps
from runtime.sim.campaign import Record
from runtime.sim.deathwatch import faults
from runtime.sim.deathwatch.nemesis import Nemesis
from runtime.sim.deathwatch.people import Order
from runtime.sim.deathwatch.remoting import with_remoting
from runtime.sim.deathwatch.scenario import ThemeScenario
from runtime.sim.deathwatch.town import Town
from runtime.sim.deathwatch.yardsticks import measured
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn
from runtime.sim.weather import Spell
from runtime.sim.world import World

KNOWN_S = 1.4
"""From the watches to the silence: heartbeats were answered by then."""
WORD_S = 0.005
"""From a last word until its author stands still."""
ANEW_S, DEAD_S = 2.5, 0.2
"""From the end of a silence until whoever was convicted ends; and until it lives again."""
SECONDS = {
    "hush": (KNOWN_S + 2.5, KNOWN_S + 4.0),
    "lonely": (KNOWN_S + 2.5, KNOWN_S + 4.0),
    "deaf": (KNOWN_S + 2.5, KNOWN_S + 5.0),
    "delay": (6.0, 14.0),
    "no-datagrams": (2.0, 8.0),
    "freeze": (2.4, 4.4),
    "kill": (0.02, 0.3),
    "vanish": (3.0, 8.0),
}


def _quiet(chance: random.Random) -> Drawn:
    """Who stands still begins to do so before the end, or after it; some nobody may feel, others look like a stall."""
    one, other = chance.sample(faults.NODES, 2)
    early_s, stall_s = chance.uniform(-0.1, 0.4), chance.choice([0.0, 0.74, 1.1]) * chance.uniform(0.4, 1.0)
    numbers = ("early", round(early_s, 3)), ("stall", round(stall_s, 3)), ("timers", float(chance.random() < 0.5))
    return (one, other), numbers


SILENCES: dict[str, Draw] = {"hush": _quiet, "lonely": _quiet, "deaf": _quiet}
OTHERS: dict[str, Draw] = {
    "delay": lambda chance: (tuple(chance.sample(faults.NODES, 2)), mishaps.slow(chance)),
    "no-datagrams": lambda chance: ((), ()),
    "freeze": faults.node,
    "kill": faults.node,
    "vanish": faults.node,
}
KINDS = SILENCES | OTHERS


class SilentTown(Town):
    """Where each detector is measured."""

    def __init__(self, world: World, seed: int, record: Record) -> None:
        super().__init__(world, seed, record)

        def change(node: str, remote: RemoteSettings) -> RemoteSettings:
            detector = measured(remote.failure_detector, lambda text: record.require(False, "F1", f"{node}: {text}"))
            return dataclasses.replace(remote, failure_detector=detector)

        self.settings = with_remoting(self.settings, change)


class Silences(Nemesis):
    """Does what a schedule says."""

    unnoted = Nemesis.unnoted | SILENCES.keys()

    def _hush(self, fault: Fault, one: str, other: str) -> Undo:
        """Two do not hear each other; the first stands still when that ends."""
        return self._silence(fault, [one, other], [(one, other), (other, one)], Spell("hush", (one, other), 0.0))

    def _lonely(self, fault: Fault, one: str, other: str) -> Undo:
        """One hears nobody; another stands still when that ends."""
        others = [name for name in self.everybody() if name != one]
        ways = [way for name in others for way in ((one, name), (name, one))]
        return self._silence(fault, [other, one], ways, Spell("isolate", (one,), 0.0))

    def _deaf(self, fault: Fault, one: str, other: str) -> Undo:
        """One does not hear another, which hears it."""
        return self._silence(fault, [one, other], [(other, one)], Spell("cut", (one, other), 0.0))

    def _silence(self, fault: Fault, hosts: list[str], ways: list[tuple[str, str]], spell: Spell) -> Undo:
        network, (sleeper, other) = self._network, hosts
        heal: list[Undo] = []
        is_over: list[bool] = []
        self._acquaint(sleeper, other)

        def begin() -> None:
            if is_over:
                return
            spell.begin = network.now()
            self._weather.spells.append(spell)
            heal.append(self.cut_off(ways))

        def end() -> None:
            is_over.append(True)
            if not heal:
                return  # it was shorter than what comes before
            spell.end = network.now()
            heal.pop()()
            self._greet(sleeper, other)
            network.at(network.now() + ANEW_S, self._part, sleeper, other)

        asleep_at = network.now() + fault.for_s - fault.number("early")
        network.at(network.now() + KNOWN_S, begin)
        network.at(asleep_at - WORD_S, self._greet, sleeper, other)  # what the kernel has, comes when it can
        network.at(asleep_at, self._nod, sleeper, fault)
        return end

    def _acquaint(self, one: str, other: str) -> None:
        """Somebody there watches somebody here, and the other way round."""
        for node, peer in ((one, other), (other, one)):
            for me, subject in zip(self._town.people(node), self._town.people(peer), strict=False):
                self._town.order(me, Order("watch", subject.path))

    def _greet(self, one: str, other: str) -> None:
        for node, peer in ((one, other), (other, one)):
            for me, subject in zip(self._town.people(node), self._town.people(peer), strict=False):
                self._town.order(me, Order("say", subject.path, subject.who, 1.0))

    def _nod(self, name: str, fault: Fault) -> None:
        process, network, stall_s = self._network.process(name), self._network, fault.number("stall")
        if not process.alive or process.frozen or not stall_s:
            return
        network.freeze(name)
        spell = self._weather.begin("stall", (name,), network.now())

        def wake() -> None:
            spell.end = network.now()
            if process.alive and process.frozen:
                network.thaw(name, timers_first=fault.number("timers") > 0)

        network.at(network.now() + stall_s, wake)

    def _part(self, one: str, other: str) -> None:
        """Who is not heard any more ends, and lives again."""
        if not self._town.are_estranged(one, other) or not self._may_end(one):
            return
        self._network.kill(one)
        self.ended(one)
        self._network.at(self._network.now() + DEAD_S, self._live_again, one)


class SilencesScenario(ThemeScenario):
    """See the module."""

    town, nemesis = SilentTown, Silences
    theme, others, shares = SILENCES, OTHERS, (0.3, 1.0)
    between_s, seconds = (2.0, 32.0), SECONDS


def silences() -> SilencesScenario:
    """See `SilencesScenario`."""
    return SilencesScenario()
