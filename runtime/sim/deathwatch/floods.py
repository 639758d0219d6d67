"""The scenario `floods`: `deathwatch` where people say more, at once, than may wait for anybody who does not listen.

Words are many, or long, or such as nobody can send; who should hear them stands still, or is cut off for a moment, so
that connections are full and what waits reaches its bound; people change their minds about others more often than may
be acknowledged, strangers dial and say nothing, and hosts are gone for long while people ask for who lived there.
Beside the rules of `deathwatch`: see `laden`. Deliberately not here: what is right.
"""

from __future__ import annotations

import asyncio
import contextlib
import random

from actors import Kill, PoisonPill
from runtime.sim import mishaps
from runtime.sim.deathwatch import faults
from runtime.sim.deathwatch.laden import FEW, FRAME_BYTES, VALUES, Flood, Harm, LadenTown
from runtime.sim.deathwatch.nemesis import Nemesis
from runtime.sim.deathwatch.people import Order
from runtime.sim.deathwatch.scenario import ThemeScenario
from runtime.sim.network import SimTransport
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn
from runtime.sim.world import PORT
from runtime.transport.base import Connection

SECONDS = {
    "pour": (0.3, 2.0),
    "block": (0.3, 3.0),
    "dam": (0.1, 2.5),
    "waver": (0.05, 2.0),
    "delay": (4.0, 9.0),
    "kill": (0.02, 0.3),
    "leave": (0.02, 0.3),
    "reset": (0.03, 0.5),
    "vanish": (0.3, 6.0),
    "knock": (0.5, 4.0),
    "harm": (0.1, 0.5),
    "miss": (18.0, 22.0),
    "cut": (4.5, 8.0),
}
SIZES = (30, 30, 3_000, 20_000, 70_000, FRAME_BYTES - 1_000, 3 * FRAME_BYTES, 9_000_000)
"""Bytes in a word; most are sent, some only by those who take large frames."""
LISTS = (10, VALUES // 2, 2 * VALUES, 0)
"""Numbers in a word; 0 is what nobody can write."""
BURSTS = (1, 3, FEW, 3 * FEW)
LARGE_BYTES = 50_000
KNOCKS = 20
MISSED_AFTER_S = 6.0
"""By then it is known that a host is gone, and people ask for those who lived there."""
WAYS = 2


def _knocks(chance: random.Random) -> Drawn:
    return (chance.choice(faults.NODES),), (("hosts", float(chance.choice([1, 3]))),)


FLOODS: dict[str, Draw] = {
    "pour": faults.two_and_a_mind,
    "block": faults.two_and_a_mind,
    "dam": faults.two_and_a_mind,
    "waver": faults.two_and_a_mind,
    "knock": _knocks,
    "miss": faults.node,
    "harm": faults.two_and_a_mind,
    "cut": faults.two_and_a_mind,
}
OTHERS: dict[str, Draw] = {
    "delay": lambda chance: (tuple(chance.sample(faults.NODES, 2)), mishaps.slow(chance)),
    "kill": faults.node,
    "leave": faults.node,
    "reset": lambda chance: (tuple(chance.sample(faults.NODES, 2)), (("cut", float(chance.random() < 0.6)),)),
    "vanish": faults.node,
}
KINDS = FLOODS | OTHERS


class Silent:
    """Says nothing, whatever it hears."""

    def connection_made(self, connection: Connection) -> None:
        """See `ConnectionHandler`."""

    def data_received(self, data: bytes) -> None:
        """See `ConnectionHandler`."""

    def connection_lost(self, error: BaseException | None) -> None:
        """See `ConnectionHandler`."""

    def pause_writing(self) -> None:
        """See `ConnectionHandler`."""

    def resume_writing(self) -> None:
        """See `ConnectionHandler`."""


class Floods(Nemesis):
    """Does what a schedule says."""

    unnoted = Nemesis.unnoted | {"pour", "knock", "miss", "harm"}
    _town: LadenTown

    def _pour(self, fault: Fault, one: str, other: str) -> Undo:
        """People of one say much to people of another, which hears them."""
        self._say_much(fault, one, other)
        return lambda: None

    def _block(self, fault: Fault, one: str, other: str) -> Undo | None:
        """The same to a process that stands still: its kernel takes some of it, and then nothing more."""
        thaw = self._freeze(fault, other)
        if thaw is None:
            return None
        spell = self._weather.begin("freeze", (other,), self._network.now())
        self._say_much(fault, one, other)

        def end() -> None:
            spell.end = self._network.now()
            thaw()

        return end

    def _dam(self, fault: Fault, one: str, other: str) -> Undo:
        """The same to somebody who is cut off, one way or both."""
        ways = [(one, other), (other, one)][: random.Random(fault.number("mind")).randint(1, WAYS)]
        heal = self.cut_off(ways)
        self._say_much(fault, one, other)
        return heal

    def _waver(self, fault: Fault, one: str, other: str) -> Undo:
        """People of one change their minds about people of another, which acknowledges nothing."""
        heal, mind = self.cut_off([(other, one)]), random.Random(fault.number("mind"))
        for me in self._town.people(one):
            self._town.storm(me, self._town.people(other), mind.choice([1, 2, FEW]))
        return heal

    def _knock(self, fault: Fault, name: str) -> Undo:
        """Programs on some hosts dial again and again, and never say who they are."""

        async def knock(transport: SimTransport) -> None:
            for _ in range(KNOCKS):
                with contextlib.suppress(OSError):
                    await transport.connect(name, PORT, Silent(), 1.0)
            await asyncio.sleep(fault.for_s)

        strangers = [f"x{number}-{name}" for number in range(int(fault.number("hosts")))]
        for stranger in strangers:
            self._town.launch(stranger, knock)

        def end() -> None:
            for stranger in strangers:
                self._network.kill(stranger)

        return end

    def _harm(self, fault: Fault, one: str, other: str) -> Undo:
        """People of one send people of another what ends them, where they may."""
        town, mind = self._town, random.Random(fault.number("mind"))
        for me in town.people(one):
            for them in town.people(other):
                if mind.random() < 0.3:
                    is_kill = town.is_untrusted and mind.random() < 0.5
                    town.flood(me, Harm(them.path, Kill() if is_kill else PoisonPill()))
        return lambda: None

    def _miss(self, fault: Fault, name: str) -> Undo | None:
        """A host is gone for long, and people begin to watch those who lived there."""
        known, network, town = self._town.people(name), self._network, self._town
        undo = self._vanish(fault, name)

        def ask() -> None:
            for node in self.everybody():
                for me in town.people(node):
                    for them in known:
                        town.order(me, Order("watch", them.path))

        if undo is not None:
            network.at(network.now() + MISSED_AFTER_S, ask)
        return undo

    def _say_much(self, fault: Fault, one: str, other: str) -> None:
        town, mind = self._town, random.Random(fault.number("mind"))
        for me in town.people(one):
            for them in town.people(other):
                if mind.random() < 0.5:
                    is_list = mind.random() < 0.2
                    size = mind.choice(LISTS if is_list else SIZES)
                    words = mind.choice(BURSTS if size < LARGE_BYTES else BURSTS[:2])
                    at = self._network.now() + fault.for_s * mind.choice([0.0, 0.0, 0.5, 0.95])
                    self._network.at(at, town.flood, me, Flood(them.path, them.who, words, size, is_list))


class FloodsScenario(ThemeScenario):
    """See the module."""

    town, nemesis = LadenTown, Floods
    theme, others, shares = FLOODS, OTHERS, (0.3, 0.6, 1.0)
    between_s, seconds = (2.0, 34.0), SECONDS


def floods() -> FloodsScenario:
    """See `FloodsScenario`."""
    return FloodsScenario()
