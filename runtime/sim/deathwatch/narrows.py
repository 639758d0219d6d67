"""The scenario `narrows`: `floods` where kernels take little at once, and only one of two connections is struck.

Between two nodes there is a connection for control traffic and one for messages, each way, and whatever has come
between hosts so far struck all of them alike. Here one alone breaks, or carries nothing any more, or what is sent on it
comes late, while people speak, watch, change their minds and stop: what waits on one for something on the other has to
wait for as long as that may come, and no longer. Connections are full after a few words, so what was half written is
there when something else is to be written. Deliberately not here: what is right (`judge`, `audit`, `laden`).
"""

from __future__ import annotations

import random
from typing import Any

from runtime.sim import mishaps
from runtime.sim.campaign import Record
from runtime.sim.deathwatch import faults, floods, ledgers
from runtime.sim.deathwatch.floods import Floods
from runtime.sim.deathwatch.laden import FRAME_BYTES, Flood, LadenTown
from runtime.sim.deathwatch.people import Order
from runtime.sim.deathwatch.scenario import ThemeScenario
from runtime.sim.network import SimTransport
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn
from runtime.sim.world import World

ROOMS_BYTES = (40, 2_000, 20_000, 150_000)
SIZES = (0, 0, 30, 3_000, 40_000, FRAME_BYTES - 1_000)
"""Of words that are said while a connection is struck; 0 is an ordinary one."""
SECONDS = floods.SECONDS | {"nip": (0.02, 0.6), "clog": (0.05, 0.6), "stop": (0.05, 0.3)}
STEPS_S = (0.0, 0.0, 0.001, 0.02)


def _nip(chance: random.Random) -> Drawn:
    """Which of the two connections, whether what waits there is lost, and what people do."""
    numbers = (
        ("lane", float(chance.randrange(2))),
        ("lost", float(chance.random() < 0.7)),
        ("mind", float(chance.randrange(1000))),
    )
    return tuple(chance.sample(faults.NODES, 2)), numbers


NARROWS: dict[str, Draw] = {"nip": _nip, "clog": _nip, "block": floods.FLOODS["block"], "dam": floods.FLOODS["dam"]}
OTHERS: dict[str, Draw] = {
    "delay": lambda chance: (tuple(chance.sample(faults.NODES, 2)), mishaps.slow(chance)),
    "kill": floods.OTHERS["kill"],
    "leave": floods.OTHERS["leave"],
    "waver": floods.FLOODS["waver"],
}
KINDS = NARROWS | OTHERS


class NarrowTown(LadenTown):
    """See the module."""

    def __init__(self, world: World, seed: int, record: Record) -> None:
        super().__init__(world, seed, record)
        self._room_bytes = random.Random(f"{seed}/room").choice(ROOMS_BYTES)

    async def _live(self, node: str, transport: SimTransport) -> None:
        transport.process.send_buffer_bytes = self._room_bytes
        await super()._live(node, transport)

    def look(self, *, is_over: bool = False) -> None:
        """See `LadenTown`; and nobody keeps what it should not have read yet."""
        super().look(is_over=is_over)
        for node, system in self._systems.items():
            if wrong := ledgers.overfull(system.remote.transport._holdings.connections):
                self._record.require(False, "D8", f"{node} {wrong}")


class Narrows(Floods):
    """Does what a schedule says."""

    unnoted = Floods.unnoted | {"clog"}

    def _nip(self, fault: Fault, one: str, other: str) -> Undo | None:
        """Of two connections one breaks, perhaps after nothing has come through for a moment."""
        if not self._town.is_up(one):
            return None
        heal = self.cut_off([(one, other)]) if fault.number("lost") else None
        self._stir(fault, one, other)

        def end() -> None:
            pipe = self._pipe(fault, one, other)
            if pipe is not None:
                pipe.sever(other)
            if heal is not None:
                heal()

        return end

    def _clog(self, fault: Fault, one: str, other: str) -> Undo | None:
        """Of two connections one carries nothing any more, and nobody is told."""
        pipe = self._pipe(fault, one, other)
        if pipe is None:
            return None
        for me in self._town.people(one):  # what is said next has to wait for that
            for them in self._town.people(other)[:1]:
                for what in ("unwatch", "watch"):
                    self._town.order(me, Order(what, them.path))
        pipe.swallow(other)
        self._weather.begin("amnesia", (one, other), self._network.now()).end = self._network.now() + fault.for_s
        self._stir(fault, one, other)
        return lambda: None

    def _pipe(self, fault: Fault, one: str, other: str) -> Any:
        town: Any = self._town
        return town.pipe(one, other, int(fault.number("lane"))) if town.is_up(one) else None

    def _stir(self, fault: Fault, one: str, other: str) -> None:
        """People of one speak to people of the other, watch them or no longer, and stop."""
        mind, network, town = random.Random(fault.number("mind")), self._network, self._town
        for me in town.people(one):
            at = network.now() + fault.for_s * mind.uniform(0.0, 1.0)
            for them in town.people(other):
                for what in mind.choices(["say", "watch", "unwatch"], [4, 2, 1], k=mind.randint(0, 5)):
                    at += mind.choice(STEPS_S)
                    size = mind.choice(SIZES)
                    if what == "say" and size:
                        network.at(at, town.flood, me, Flood(them.path, them.who, mind.choice([1, 3]), size, False))
                    else:
                        network.at(at, town.order, me, Order(what, them.path, them.who, 1.0))
            if mind.random() < 0.2 and town.truth.watchers_of(me):
                network.at(at, town.order, me, Order("stop"))


class NarrowsScenario(ThemeScenario):
    """See the module."""

    town, nemesis = NarrowTown, Narrows
    theme, others, shares = NARROWS, OTHERS, (0.5, 1.0)
    between_s, seconds = (2.0, 34.0), SECONDS


def narrows() -> NarrowsScenario:
    """See `NarrowsScenario`."""
    return NarrowsScenario()
