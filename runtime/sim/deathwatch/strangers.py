"""The scenario `strangers`: `deathwatch` where not only the network is bad, but somebody is in it who does not belong.

At the address of a node whose host has vanished lives somebody else for a while: another system, one that has another
secret, or a program that has never heard of actors. Datagrams are sent again, and in others' names. Something on the
way forgets connections, or refuses dials to who lives. Nodes speak until the moment of their death, die while packets
are late, and live again within milliseconds. Whoever hears of a suspicion ends its watches there and begins them anew.
None of it may make anybody believe what is not so. Deliberately not here: what is right (`judge`, `audit`).
"""

from __future__ import annotations

import random

from runtime.remote.events import NodeSuspected
from runtime.settings import RemoteSettings, Settings
from runtime.sim.campaign import Record
from runtime.sim.deathwatch import faults
from runtime.sim.deathwatch.nemesis import Nemesis
from runtime.sim.deathwatch.people import Order
from runtime.sim.deathwatch.remoting import remoting
from runtime.sim.deathwatch.scenario import DeathwatchScenario
from runtime.sim.deathwatch.town import Town
from runtime.sim.deathwatch.truth import Life
from runtime.sim.links import Gamma, Shape, Uniform
from runtime.sim.network import SimTransport
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn, swarm
from runtime.sim.world import PORT, World
from runtime.system import ActorSystem
from runtime.transport.base import Connection

EMPTY_S = 0.3
"""From the end of a host until somebody else is there."""
FORGES_EACH_S = 0.25
WORDS = 20.0
WARNING_S = 1.4
"""From the first word of those who are about to be killed to their last ones."""
MOST_CHANGES = 12
"""Of mind, of all people together."""
SECONDS = {
    "kill": (0.0005, 0.02),
    "leave": (0.0005, 0.02),
    "squat": (1.0, 6.0),
    "lose-host": (12.0, 20.0),
    "forge": (14.0, 24.0),
    "firewall": (2.0, 9.0),
    "amnesia": (0.01, 0.02),
    "late": (0.2, 2.0),
    "volley": (1.5, 3.0),
    "stall": (0.8, 3.4),
    "freeze": (0.8, 8.0),
}


def _pair(chance: random.Random) -> Drawn:
    one, other = chance.sample(faults.NODES, 2)
    return (one, other), ()


KINDS: dict[str, Draw] = {
    "squat": lambda chance: (faults.node(chance)[0], (("kind", float(chance.randrange(3))),)),
    "lose-host": faults.node,
    "forge": lambda chance: ((), ()),
    "firewall": _pair,
    "amnesia": _pair,
    "late": lambda chance: (_pair(chance)[0], (("mean", chance.choice([0.05, 0.2, 0.5])),)),
    "volley": lambda chance: (faults.node(chance)[0], (("pause", round(chance.choice([0.0, 0.01, 0.03]), 3)),)),
    "kill": faults.node,
    "leave": faults.node,
    "stall": faults.node,
    "freeze": faults.node,
}


class Intruder:
    """A program that has never heard of actors: it answers everything with the same words, and ends."""

    def connection_made(self, connection: Connection) -> None:
        """See `ConnectionHandler`."""
        self._connection = connection

    def data_received(self, data: bytes) -> None:
        """See `ConnectionHandler`."""
        self._connection.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        self._connection.close()

    def connection_lost(self, error: BaseException | None) -> None:
        """See `ConnectionHandler`."""

    def pause_writing(self) -> None:
        """See `ConnectionHandler`."""

    def resume_writing(self) -> None:
        """See `ConnectionHandler`."""


class RestlessTown(Town):
    """People who hear of a suspicion end their watches there, and begin them anew, within a few milliseconds."""

    all_mean_well = False

    def __init__(self, world: World, seed: int, record: Record) -> None:
        super().__init__(world, seed, record)
        self._restless = random.Random(f"{seed}/restless")
        self._patience = self._restless.choice([0, MOST_CHANGES])

    def suspected(self, life: Life, event: NodeSuspected) -> None:
        """See `Town`."""
        super().suspected(life, event)
        if self._patience == 0:
            return
        self._patience -= 1
        for being in self.people(life.node):
            for key in [key for key in being.watching if key[0] == event.address.system]:
                subject = self.truth.by_key.get(key)
                if subject is not None:
                    at = self.network.now() + self._restless.uniform(0.0, 0.012)
                    self.network.at(at, self.order, being, Order("unwatch", subject.path))
                    self.network.at(
                        at + self._restless.choice([0.0, 0.001]), self.order, being, Order("watch", subject.path)
                    )


class Strangers(Nemesis):
    """Does what a schedule says."""

    unnoted = Nemesis.unnoted | {"squat", "lose-host", "forge", "volley"}

    def _lose_host(self, fault: Fault, name: str) -> Undo | None:
        return self._vanish(fault, name)

    def _squat(self, fault: Fault, name: str) -> Undo | None:
        """The host vanishes, and when it comes back somebody else is at its address."""
        undo, network = self._vanish(fault, name), self._network
        if undo is None:
            return None

        async def live(transport: SimTransport) -> None:
            if fault.number("kind") == 2:
                await transport.listen(name, PORT, Intruder)
                return
            remote = RemoteSettings(host=name, port=PORT, secret="another" if fault.number("kind") else None)
            other = name if fault.number("kind") else f"x{name}"
            settings = Settings(remote=remote, slow_handler_s=None, dump_on_sigusr1=False)
            system = ActorSystem(other, settings, transport=transport, random=random.Random(fault.at_s))
            await system.start()
            await system.when_terminated()

        def settle() -> None:
            if name in self._ending and not self._town.is_up(name):
                network.come_back(name)
                self._town.launch(name, live)

        def leave() -> None:
            network.kill(name)
            undo()

        network.at(network.now() + EMPTY_S, settle)
        return leave

    def _forge(self, fault: Fault) -> Undo:
        """Datagrams come again, and others in the name of who has sent some, also when it is dead."""
        heard: dict[tuple[tuple[str, int], tuple[str, int]], list[bytes]] = {}
        is_over: list[bool] = []
        network = self._network

        def overhear(sender: tuple[str, int], to: tuple[str, int], data: bytes) -> None:
            heard.setdefault((sender, to), []).append(data)

        def send() -> None:
            for (sender, to), known in list(heard.items()):
                newest = known[-1]
                later = bytearray(newest)
                later[_NUMBER_AT : _NUMBER_AT + 8] = (1 << 40 | int(network.now() * 1000)).to_bytes(8, "big")
                for data in (known[0], newest, bytes(later), newest[:-1], newest[:-8] + bytes(8)):
                    network.mail.forge(sender, to, data)
            if not is_over:
                network.at(network.now() + FORGES_EACH_S, send)

        def end() -> None:
            is_over.append(True)
            network.mail.taps.remove(overhear)

        network.mail.taps.append(overhear)
        send()
        return end

    def _firewall(self, fault: Fault, one: str, other: str) -> Undo | None:
        """Connections carry nothing and dials are refused, though both live; datagrams go on."""
        if remoting(self._town.settings(one)).failure_detector.heartbeat_carriage != "udp":
            return None  # who has no other way takes a refused dial for what it mostly is
        network = self._network
        ways = (one, other), (other, one)
        for way in ways:
            network.cut(*way, one_way=True, datagrams=False)
        network.refusals.update(ways)

        def open_again() -> None:
            network.refusals.difference_update(ways)
            for way in ways:
                network.heal(*way, one_way=True)

        return open_again

    def _amnesia(self, fault: Fault, one: str, other: str) -> Undo:
        """What is between two hosts forgets their connections."""
        self._network.forget(one, other)
        return lambda: None

    def _late(self, fault: Fault, one: str, other: str) -> Undo | None:
        """Packets are late, and one of the two dies while some are on the way."""
        if not self._may_end(one):
            return None
        mean_s, network = fault.number("mean"), self._network
        undo = self._shaped(one, other, Shape(Gamma(mean_s / 8, mean_s, mean_s / 2)))
        process = network.process(one)

        def die() -> None:
            if process.alive:
                network.kill(one)
                self.ended(one)

        def end() -> None:
            die()
            undo()
            self._live_again(one)

        network.at(network.now() + fault.for_s / 2, die)
        return end

    def _volley(self, fault: Fault, name: str) -> Undo | None:
        """All who live there speak to all who watch them, and a moment later the node is killed."""
        if not self._may_end(name):
            return None
        network, process = self._network, self._network.process(name)
        others = [other for other in self.everybody() if other != name]

        def speak(words: float) -> None:
            for being in self._town.people(name):
                for watcher in self._town.truth.watchers_of(being):
                    self._town.order(being, Order("say", watcher.path, watcher.who, words))

        def shout() -> None:
            for other in others:  # so that the end of one connection may overtake what is on another
                network.shape(name, other, Shape(Uniform(0.0005, 0.25)), one_way=True)
            speak(WORDS)

        def die() -> None:
            if process.alive:
                network.kill(name)
                self.ended(name)

        def end() -> None:
            die()
            for other in others:
                network.shape(name, other, Shape(), one_way=True)
            self._live_again(name)

        speak(1.0)
        network.at(network.now() + WARNING_S, shout)
        network.at(network.now() + WARNING_S + fault.number("pause"), die)
        return end


_NUMBER_AT = 20
"""In a datagram, behind the protocol, the direction and both incarnations."""


class StrangersScenario(DeathwatchScenario):
    """See the module."""

    town, nemesis = RestlessTown, Strangers

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        between_s = (faults.FIRST_S, faults.LAST_S)
        return swarm(chance, KINDS, most=12, between_s=between_s, lasts_s=SECONDS.__getitem__, shares=(0.2, 0.4, 1.0))


def strangers() -> StrangersScenario:
    """See `StrangersScenario`."""
    return StrangersScenario()
