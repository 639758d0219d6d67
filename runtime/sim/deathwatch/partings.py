"""The scenario `partings`: `deathwatch` where who is gone is asked, watched and answered just when it matters.

Somebody is in the midst of something while a node dies and lives again, and watches whoever lives there next; a node is
forgotten by those who watch there just when it is suspected; people change their minds about a host that is gone for
long; two who have convicted each other dial, and who refuses dies and lives again while its refusal is on its way; and
many are asked who stand still when the answers come, or die before what their answers wait for.
Deliberately not here: what is right (`judge`, `audit`, `ledgers`), and who lives there (`bureau`).
"""

from __future__ import annotations

import random
from collections.abc import Callable

from runtime.sim import mishaps
from runtime.sim.campaign import Record
from runtime.sim.deathwatch import faults
from runtime.sim.deathwatch.bureau import PartingTown
from runtime.sim.deathwatch.instants import Instants
from runtime.sim.deathwatch.people import Order
from runtime.sim.deathwatch.scenario import DeathwatchScenario
from runtime.sim.links import Shape, Uniform
from runtime.sim.moments import Moment
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn, swarm
from runtime.sim.world import World

ACQUAINTED_S = 0.3
"""After so long those who have been spoken to have a connection for messages."""
LATE_S = 3.0
"""So long an answer may be waited for."""
MET_S = 1.6
"""After so long two that watch each other have answered."""
ESTRANGED_S = 9.0
"""After so long without a word two have convicted each other."""
SECONDS = {
    "linger": (0.2, 0.6),
    "lull": (5.2, 7.0),
    "regret": (20.0, 24.0),
    "spurn": (ESTRANGED_S, ESTRANGED_S + 3.0),
    "query": (0.2, 2.5),
    "acquaint": (0.02, 0.5),
    "delay": (3.0, 9.0),
    "kill": (0.0005, 0.3),
    "freeze": (0.3, 4.0),
}


def _spurn(chance: random.Random) -> Drawn:
    targets, numbers = faults.two_and_a_mind(chance)
    return targets, (*numbers, ("mean", chance.choice([0.03, 0.1, 0.3])))


def _lull(chance: random.Random) -> Drawn:
    targets, numbers = faults.two_and_a_mind(chance)
    return targets, (*numbers, ("ways", float(chance.choice([1, 1, 2]))))


KINDS: dict[str, Draw] = {
    "linger": faults.two_and_a_mind,
    "lull": _lull,
    "regret": faults.two_and_a_mind,
    "spurn": _spurn,
    "query": faults.two_and_a_mind,
    "acquaint": _spurn,
}
OTHERS: dict[str, Draw] = {
    "delay": lambda chance: (tuple(chance.sample(faults.NODES, 2)), mishaps.slow(chance)),
    "kill": faults.node,
    "freeze": faults.node,
}


class Partings(Instants):
    """Does what a schedule says."""

    unnoted = Instants.unnoted | {"linger", "regret", "query", "spurn", "lull", "acquaint"}
    _town: PartingTown

    def __init__(self, world: World, town: PartingTown, record: Record) -> None:
        super().__init__(world, town, record)
        town.doubted = self._doubted
        self._lulled: set[tuple[str, str]] = set()
        self._late: dict[tuple[str, str], tuple[str, Undo]] = {}

    def _linger(self, fault: Fault, one: str, other: str) -> Undo | None:
        """A node dies and lives again while people elsewhere are busy, who then watch whoever lives there."""
        if not self._may_end(other):
            return None
        mind = random.Random(fault.number("mind"))
        for me in self._town.people(one):
            if mind.random() < 0.7:
                self._town.linger(me, other, fault.for_s)
        self._network.kill(other)
        self.ended(other)
        self._network.at(self._network.now() + fault.for_s * mind.uniform(0.05, 0.9), self._live_again, other)
        return lambda: None

    def _lull(self, fault: Fault, one: str, other: str) -> Undo:
        """Two do not hear each other for about as long as a suspicion takes; and then nobody there cares any more."""
        self._lulled.add((one, other))
        return self._cut_after_meeting(one, other, int(fault.number("ways")))

    def _cut_after_meeting(self, one: str, other: str, ways: int = 2) -> Undo:
        """People of the two begin to watch each other, and when they have been answered nothing gets through."""
        network, spell = self._network, self._weather.begin("cut", (one, other), self._network.now())
        heals: list[Undo] = []
        for here, there in ((one, other), (other, one)):
            for me in self._town.people(here):
                for them in self._town.people(there)[:1]:
                    self._town.order(me, Order("watch", them.path))

        def begin() -> None:
            heals.append(self.cut_off([(one, other), (other, one)][:ways]))

        def end() -> None:
            for heal in heals:
                heal()
            spell.end = network.now()

        network.at(network.now() + MET_S, begin)
        return end

    def _doubted(self, one: str, other: str) -> None:
        if (one, other) in self._lulled:
            self._lulled.discard((one, other))
            self._record.sometimes("nobody cared any more for whom its node had just begun to suspect")
            for me in self._town.people(one):
                for key in list(me.watching):
                    being = self._town.truth.by_key.get(key)
                    if being is not None and being.life.node == other:
                        self._town.order(me, Order("unwatch", being.path))

    def _regret(self, fault: Fault, one: str, other: str) -> Undo | None:
        """A host is gone for long, and people elsewhere watch there, or think of it, when it is known to be dead."""
        undo = super()._vanish(fault, other)
        if undo is None:
            return None
        mind, network, at = random.Random(fault.number("mind")), self._network, self._network.now() + 6.5
        for me in self._town.people(one):
            for them in self._town.people(other, dead_too=True)[:2]:
                begun_at = at + mind.uniform(0.0, 2.0)
                network.at(begun_at, self._town.order, me, Order("watch", them.path))
                network.at(begun_at + mind.choice([0.0, 0.001, 0.3]), self._town.order, me, Order("unwatch", them.path))
        return undo

    def _spurn(self, fault: Fault, one: str, other: str) -> Undo:
        """Two convict each other; then one dials, and slow links bring the other's refusal late."""
        heal = self._cut_after_meeting(one, other)
        mean_s, network = fault.number("mean"), self._network

        def end() -> None:
            heal()
            self._answer_late(one, other, "said.refuse", mean_s)
            for number in range(4):
                network.at(network.now() + number * mean_s, self._speak, one, other)

        return end

    def _happens(self, moment: Moment) -> None:
        """See `Instants`; and whose answer to a dial will be late dies, and lives again before that is heard."""
        super()._happens(moment)
        pair = moment.peer, moment.who
        if pair in self._late and self._late[pair][0] == moment.kind:
            _, undo = self._late.pop(pair)
            self._network.at(self._network.now() + 0.0002, self._reborn, moment.who, moment.peer, undo)

    def _reborn(self, one: str, other: str, undo: Undo) -> None:
        undo()
        if not self._may_end(one):
            return
        self._record.sometimes("a node lived again while an answer of its last life was on its way")
        self._network.kill(one)
        self.ended(one)
        self._network.at(self._network.now() + 0.002, self._live_again, one)
        self._network.at(self._network.now() + 0.01, self._speak, one, other)

    def _acquaint(self, fault: Fault, one: str, other: str) -> Undo | None:
        """A node begins, and dials another, whose welcome comes late."""
        if not self._may_end(one):
            return None
        network = self._network
        network.kill(one)
        self.ended(one)

        def begin() -> None:
            self._answer_late(one, other, "said.welcome", fault.number("mean"))
            self._live_again(one)
            network.at(network.now() + 0.001, self._speak, one, other)

        network.at(network.now() + fault.for_s, begin)
        return lambda: None

    def _answer_late(self, one: str, other: str, word: str, mean_s: float) -> None:
        """What the two say to each other comes late, until one is answered so by the other, which then lives again."""
        quicken = self._shaped(one, other, Shape(Uniform(0.8 * mean_s, mean_s)))
        self._late[one, other] = word, quicken

        def stop() -> None:
            if self._late.get((one, other), ("", None))[1] is quicken:
                self._late.pop((one, other))[1]()

        self._network.at(self._network.now() + LATE_S, stop)

    def _query(self, fault: Fault, one: str, other: str) -> Undo | None:
        """Many questions, and who has asked them stands still, or who answers dies, when answers come."""
        if not (self._town.is_up(one) and self._town.is_up(other)):
            return None
        self._speak(other, one)
        self._network.at(self._network.now() + ACQUAINTED_S, self._ask, fault, one, other)
        return lambda: None

    def _ask(self, fault: Fault, one: str, other: str) -> None:
        mind, town, network = random.Random(fault.number("mind")), self._town, self._network
        pipe = town.pipe(other, one, 1) if town.is_up(other) and mind.random() < 0.5 else None
        if pipe is not None:  # what is said before the answers does not come
            pipe.swallow(one)
            self._weather.begin("amnesia", (one, other), network.now()).end = network.now() + fault.for_s
        self._speak(other, one)
        for asker, asked in ((one, other), (other, one))[: 1 if pipe else 2]:
            town.inquire(asker, asked, mind.choice([5, 20, 60]), mind.choice([0.0, 0.0005, 0.003]))
        what, victim = mind.choice(["freeze", "kill", "leave"]), other if pipe else mind.choice([one, other])
        at = network.now() + mind.choice([0.001, 0.004, 0.02])
        network.at(at, self._soon, Fault(0.0, what, (victim,), fault.for_s))

    def _speak(self, one: str, other: str) -> None:
        """All people of one say a word to all people of the other."""
        for me in self._town.people(one):
            for them in self._town.people(other):
                self._town.order(me, Order("say", them.path, them.who, 1.0))

    def _soon(self, fault: Fault) -> None:
        undo = getattr(self, f"_{fault.kind}")(fault, *fault.targets)
        if undo is None:
            return
        spell = self._weather.begin("freeze", fault.targets, self._network.now()) if fault.kind == "freeze" else None

        def end() -> None:
            if spell is not None:
                spell.end = self._network.now()
            undo()

        self._network.at(self._network.now() + fault.for_s, end)


class PartingsScenario(DeathwatchScenario):
    """See the module."""

    town, nemesis = PartingTown, Partings

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        lasts_s: Callable[[str], tuple[float, float]] = SECONDS.__getitem__
        drawn = swarm(chance, KINDS, most=10, between_s=(2.0, 22.0), lasts_s=lasts_s, shares=(0.3, 0.6, 1.0))
        drawn += swarm(chance, OTHERS, most=3, between_s=(faults.FIRST_S, faults.LAST_S), lasts_s=lasts_s)
        return sorted(drawn, key=lambda fault: fault.at_s)


def partings() -> PartingsScenario:
    """See `PartingsScenario`."""
    return PartingsScenario()
