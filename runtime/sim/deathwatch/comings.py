"""The scenario `comings`: `deathwatch` where nodes come and go in haste, and rest in between.

Words wait for the first connection when their node leaves in good order; nodes die and live again within milliseconds,
several times, while their greetings are on slow links, so that one of a former life may come late; people ask for the
dead again and again, more often than a dial takes; and what nobody needs is closed and forgotten soon, by one side
sooner than by the other, so that numbers go on where they were. Beside the rules of `deathwatch`: who leaves in good
order where all is calm has said everything (D3), and who asks for the dead hears so soon, whoever asks later (D4).
Deliberately not here: what else is right (`judge`, `audit`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import random
from collections.abc import Callable

from actors.address import ActorPath
from runtime.settings import RemoteSettings
from runtime.sim import mishaps
from runtime.sim.campaign import Record, Violation
from runtime.sim.deathwatch import faults
from runtime.sim.deathwatch.excuses import LATE
from runtime.sim.deathwatch.nemesis import Nemesis
from runtime.sim.deathwatch.people import Order
from runtime.sim.deathwatch.remoting import with_remoting
from runtime.sim.deathwatch.scenario import DeathwatchScenario
from runtime.sim.deathwatch.town import Town
from runtime.sim.deathwatch.truth import Being, key_of
from runtime.sim.links import Gamma, Shape, Uniform
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn, swarm
from runtime.sim.world import World

IDLE_CLOSE_S = (0.8, 1.5, 4.0)
"""After which a node closes what nobody needs."""
HEARD_WITHIN_S = 2.0
"""Words of who has left, where nothing is amiss."""
CALM_S = 4.0
WORDS = 3.0
LIVES = (2, 3, 4)
KNOWN_S = 1.5
"""From a death until those who ask for the dead begin: it is known by then."""
TOLD_WITHIN_S = 2.5
"""A dial that waits, the one after it, and a nap."""
SECONDS = {
    "part": (0.05, 2.0),
    "haste": (1.0, 3.0),
    "delay": (3.0, 9.0),
    "kill": (0.02, 0.3),
    "vanish": (0.3, 6.0),
    "throng": (KNOWN_S + TOLD_WITHIN_S + 1.0, KNOWN_S + TOLD_WITHIN_S + 2.0),
}


def _haste(chance: random.Random) -> Drawn:
    numbers = (
        ("mean", chance.choice([0.02, 0.1, 0.3])),
        ("lives", float(chance.choice(LIVES))),
        ("mind", float(chance.randrange(1000))),
    )
    return tuple(chance.sample(faults.NODES, 2)), numbers


def _throng(chance: random.Random) -> Drawn:
    """How long a word takes on that link, and how soon somebody asks again, in times of a dial."""
    numbers = ("mean", chance.choice([0.03, 0.1, 0.2])), ("pace", round(chance.uniform(0.3, 0.9), 3))
    return tuple(chance.sample(faults.NODES, 2)), numbers


THRONGS: dict[str, Draw] = {"throng": _throng}
KINDS: dict[str, Draw] = {
    "part": lambda chance: (faults.node(chance)[0], (("mind", float(chance.randrange(1000))),)),
    "haste": _haste,
    "delay": lambda chance: (tuple(chance.sample(faults.NODES, 2)), mishaps.slow(chance)),
    "kill": faults.node,
    "vanish": faults.node,
}


class HastyTown(Town):
    """Whose nodes rest soon, some sooner than others."""

    def __init__(self, world: World, seed: int, record: Record) -> None:
        super().__init__(world, seed, record)
        chance = random.Random(f"{seed}/rest")
        rests = {node: chance.choice(IDLE_CLOSE_S) for node in faults.NODES}

        def change(node: str, remote: RemoteSettings) -> RemoteSettings:
            return dataclasses.replace(remote, idle_close_s=rests[node])

        self.settings = with_remoting(self.settings, change)

    def goes_well(self, one: Being, other: Being) -> bool:
        """Whether nothing is between two people that could lose a word."""
        since, nodes, lives = self.network.now() - CALM_S, (one.life.node, other.life.node), self.truth.lives
        for life in (one.life, other.life):
            is_new = life.number > 1 and (life.born_at > since or life.node in self.truth.vanished)
            if lives[life.node] is not life or is_new:
                return False  # what is sent first may go to a connection of a predecessor
        return self.is_quiet(*nodes, since) and not self.are_estranged(*nodes)

    def is_quiet(self, one: str, other: str, since: float) -> bool:
        """Whether nothing has come between two nodes since then, nor made anything late."""
        weather = self.truth.weather
        return not any(weather.between(one, other, since)) and not weather.is_rippled(one, other, since, LATE)


class Comings(Nemesis):
    """Does what a schedule says."""

    unnoted = Nemesis.unnoted | {"part"}
    _town: HastyTown

    async def _part(self, fault: Fault, name: str) -> Undo | None:
        """People say something to others anywhere, some for the first time, and their node leaves in good order."""
        if not self._may_end(name):
            return None
        town, network, mind = self._town, self._network, random.Random(fault.number("mind"))
        due: list[tuple[Being, Being, int, int]] = []
        for me in town.people(name):
            for node in self.everybody():
                others = town.people(node) if node != name and town.is_up(node) else []
                for other in others:
                    if mind.random() < 0.5:
                        due.append((me, other, me.said.get(other.who, 0), other.heard.get(me.who, (0, 0))[1]))
                        town.order(me, Order("say", other.path, other.who, WORDS))
        begun_at = network.now()
        calm = [each for each in due if town.goes_well(each[0], each[1])]

        def look() -> None:
            for me, other, said, heard in calm:
                if other.gone_at is None and town.is_quiet(name, other.life.node, begun_at):
                    self._heard(me, other, said, heard)

        network.at(network.now() + HEARD_WITHIN_S, look)
        self._record.tell(name, "leaves")
        await town.leave(name)
        return lambda: self._live_again(name)

    def _heard(self, me: Being, other: Being, said_before: int, heard_before: int) -> None:
        """Of what was said before, some may have been lost then."""
        said, heard = me.said.get(other.who, 0) - said_before, other.heard.get(me.who, (0, 0))[1] - heard_before
        self._record.sometimes("words were due of who has left")
        text = f"{other.life.node}/{other.path.name} heard {heard} of {said} words of {me.life.node}, which has left"
        self._require(heard >= said, "D3", text)

    def _require(self, holds: bool, rule: str, text: str) -> None:
        with contextlib.suppress(Violation):  # it is kept in the record
            self._record.require(holds, rule, text)

    def _haste(self, fault: Fault, one: str, other: str) -> Undo | None:
        """A node dies and lives again at once, several times; its greetings, and those to it, are late."""
        if not self._may_end(one):
            return None
        mean_s, network, mind = fault.number("mean"), self._network, random.Random(fault.number("mind"))
        undo = self._shaped(one, other, Shape(Gamma(mean_s / 20, mean_s, mean_s)))
        lives = int(fault.number("lives"))

        def speak() -> None:
            for node, peer in ((one, other), (other, one)):
                for me in self._town.people(node):
                    for them in self._town.people(peer):
                        what = Order(mind.choice(["say", "watch"]), them.path, them.who, 1.0)
                        network.at(network.now() + mind.uniform(0.0, 0.02), self._town.order, me, what)

        def die_and_live() -> None:
            if network.process(one).alive:
                network.kill(one)
                self.ended(one)
            if one in self._ending:
                network.at(network.now() + mind.uniform(0.0005, 0.02), live)

        def live() -> None:
            if one in self._ending and not network.process(one).alive:
                self._town.start(one)
                network.at(network.now() + 0.001, speak)

        speak()
        for number in range(lives):
            network.at(network.now() + fault.for_s * (number + mind.random()) / lives, die_and_live)

        def end() -> None:
            undo()
            if network.process(one).alive:
                self._ending.discard(one)
            else:
                self._live_again(one)

        return end

    def _throng(self, fault: Fault, one: str, other: str) -> Undo | None:
        """A node is dead, and people elsewhere ask for ever more who have lived there, while dials take long."""
        if not self._may_end(other):
            return None
        network, delay_s = self._network, fault.number("mean")
        undo = self._shaped(one, other, Shape(Uniform(0.9 * delay_s, delay_s)))
        network.kill(other)
        self.ended(other)
        begun_at, every_s = network.now(), fault.number("pace") * 2 * delay_s
        for number in range(int((fault.for_s - KNOWN_S) / every_s)):
            network.at(begun_at + KNOWN_S + number * every_s, self._ask, one, other, number)

        def end() -> None:
            undo()
            self._live_again(other)

        return end

    def _ask(self, one: str, other: str, number: int) -> None:
        """Somebody watches somebody there whom nobody has watched before."""
        people, town, network = self._town.people(one), self._town, self._network
        if not people or not town.is_up(one) or town.is_up(other):
            return
        me, asked_at = people[number % len(people)], network.now()
        address = town.people(other, dead_too=True)[0].path.address
        path = ActorPath(address, ("user", "nobody"), 1 + int(asked_at * 1e6))
        town.order(me, Order("watch", path))

        def look() -> None:
            others = [spell for spell in town.truth.weather.between(one, other, asked_at) if spell.kind != "throng"]
            if me.gone_at is not None or me.life.is_leaving or town.is_up(other) or others:
                return
            if town.truth.has_vanished(other, one):
                return  # a connection from there may seem to stand that nobody has any more, and silence has to decide
            self._record.sometimes("who asked for the dead was told soon, though others asked later")
            text = f"{one}/{me.path.name} was not told of {other}, which is dead, within {TOLD_WITHIN_S} s"
            self._require(me.ever.get(key_of(path)) == "told", "D4", text)

        network.at(asked_at + TOLD_WITHIN_S, look)


class ComingsScenario(DeathwatchScenario):
    """See the module."""

    town, nemesis = HastyTown, Comings

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        between_s = (faults.FIRST_S, faults.LAST_S)
        lasts_s: Callable[[str], tuple[float, float]] = SECONDS.__getitem__
        drawn = swarm(chance, KINDS, most=12, between_s=between_s, lasts_s=lasts_s, shares=(0.3, 0.6, 1.0))
        if chance.random() < 0.5:
            drawn += swarm(chance, THRONGS, most=2, between_s=between_s, lasts_s=lasts_s)
        return sorted(drawn, key=lambda fault: fault.at_s)


def comings() -> ComingsScenario:
    """See `ComingsScenario`."""
    return ComingsScenario()
