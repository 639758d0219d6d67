"""The scenario `impostors`: `deathwatch` where somebody takes part who speaks the protocol, and means harm.

Systems of their own address dial nodes, shake hands and say what is not theirs to say (`slander`); some claim the
address of another, shake hands in no order, or never to the end. Whoever dials them is welcomed by another each time,
refused, answered with what nobody has asked for, or with nothing. Nobody may believe of another what an impostor says,
miss a death for it, or keep anything of it when it is gone. Deliberately not here: what is right (`judge`, `audit`),
and who is not trusted (`floods`).
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import random
from collections.abc import Callable
from typing import Any

import msgpack

from actors.address import Address
from runtime.protocol import handshake
from runtime.protocol.frames import encode_frame
from runtime.protocol.handshake import Hello, Lane, Refusal, Refuse, Welcome
from runtime.remote.events import NodeSuspected, NodeTerminated, QuarantinedBy
from runtime.sim.campaign import Record
from runtime.sim.deathwatch import faults
from runtime.sim.deathwatch.audit import Audit
from runtime.sim.deathwatch.ears import FRAME_BYTES, Answering, Greeted
from runtime.sim.deathwatch.floods import OTHERS
from runtime.sim.deathwatch.nemesis import Nemesis
from runtime.sim.deathwatch.remoting import with_remoting
from runtime.sim.deathwatch.scenario import ThemeScenario
from runtime.sim.deathwatch.slander import Scene, Slander
from runtime.sim.deathwatch.town import Town
from runtime.sim.deathwatch.truth import Life
from runtime.sim.network import SimTransport
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, Drawn
from runtime.sim.world import PORT, World
from runtime.transport.base import Connection

DIALS_S, SPEAKS_S = 0.25, 0.15
"""Longest pauses between two dials of an impostor, and between two of its words."""
WORDS = 12
HOARDS, HOARD, ROOM = 0.1, 60, 40
"""In how many conversations so many deaths are told behind messages that never come; and for how many there is room."""
SECONDS = {
    "slander": (2.0, 12.0),
    "kill": (0.5, 4.0),
    "leave": (0.5, 4.0),
    "vanish": (1.0, 9.0),
    "reset": (0.02, 0.3),
    "delay": (0.5, 4.0),
    "cut": (0.3, 4.0),
}


def _node(chance: random.Random) -> Drawn:
    return (chance.choice(faults.NODES),), (("mind", float(chance.randrange(1 << 20))),)


THEME: dict[str, Draw] = {"slander": _node}
MORE: dict[str, Draw] = OTHERS | {"cut": lambda chance: (tuple(chance.sample(faults.NODES, 2)), ())}
KINDS = THEME | MORE


class Impostor:
    """A program that speaks to one node.

    Args:
        town: Whose people it speaks of.
        name: Its host, and its name.
        node: To whom.
        chance: Of all that it does.
    """

    def __init__(self, town: DeceivedTown, name: str, node: str, chance: random.Random) -> None:
        self._town, self._node, self._chance = town, node, chance
        self.own, self._target = Address(name, name, PORT), Address(node, node, PORT)
        self._uid = chance.getrandbits(50) + 1
        self._hoarding = random.Random(f"{name}/{node}/{self._uid}")

    async def live(self, transport: SimTransport) -> None:
        """Dial again and again, and answer who dials back."""
        chance = self._chance
        with contextlib.suppress(OSError):
            await transport.listen(self.own.host or "", PORT, self._answering)
        while True:
            if chance.random() < 0.15:
                self._uid += 1
            lane = chance.choice([Lane.CONTROL, Lane.CONTROL, Lane.ORDINARY])
            with contextlib.suppress(OSError):
                greeting, refuse = self._greeting(lane)
                connection = await transport.connect(self._node, PORT, Greeted(refuse), 1.0)
                connection.write(greeting)
                await self._converse(connection, lane)
            await asyncio.sleep(chance.uniform(0.0, DIALS_S))

    async def _converse(self, connection: Connection, lane: Lane) -> None:
        chance, slander = self._chance, self._slander()
        if chance.random() < 0.7:
            await asyncio.sleep(0.05)  # until it is welcome, if it is
        for _ in range(chance.randrange(WORDS)):
            body = slander.control() if lane is Lane.CONTROL else slander.ordinary()
            frame = encode_frame(body, FRAME_BYTES)
            if chance.random() < 0.1:
                frame = chance.choice([frame[:-1], frame[:3], b"\xff" * 9, frame + frame[:5], b"\x00\x00\x10\x00"])
            connection.write(frame)
            if chance.random() < 0.5:
                await asyncio.sleep(chance.uniform(0.0, SPEAKS_S))
        if lane is Lane.CONTROL and self._hoarding.random() < HOARDS:
            for _ in range(HOARD):
                connection.write(encode_frame(slander.ahead(), FRAME_BYTES))
        match chance.randrange(3):
            case 0:
                connection.close()
            case 1:
                connection.abort()

    def _greeting(self, lane: Lane) -> tuple[bytes, Callable[[], None] | None]:
        """Mostly as it should be; and what to do if one is welcome that is not."""
        chance = self._chance
        hello = Hello(self.own, self._uid, self._target, lane=lane, takes_answers=chance.random() < 0.5)
        word = handshake.write(hello)
        if chance.random() < 0.7:
            return encode_frame(word, FRAME_BYTES), None
        claimed = chance.choice([other for other in faults.NODES if other != self._node])
        uid = chance.getrandbits(50) + 1
        if chance.random() < 0.3:  # whoever lives there may be down, or unknown
            claim = handshake.write(Hello(Address(claimed, claimed, PORT), uid, self._target, lane=lane))
            return encode_frame(claim, FRAME_BYTES) * chance.choice([1, 1, 2]), None
        own, target = str(self.own), str(self._target)
        strange = [
            handshake.write(Hello(self._target, uid, self._target, lane=lane)),
            handshake.write(Hello(self.own, uid, Address(claimed, claimed, PORT), lane=lane)),
            handshake.write(Hello(self.own, uid, self._target, version=chance.choice([0, 1, 3]), lane=lane)),
            handshake.write(Welcome(self._target, uid)),
            handshake.write(Refuse(chance.choice(list(Refusal)), "no", uid)),
            msgpack.packb(["deathwatch", "hello", 2, own, chance.choice([-1, 0, 2**63]), target, "control"]),
            msgpack.packb(["deathwatch", "hello", 2, self.own.system, uid, target, "control"]),
            msgpack.packb(["deathwatch", "hello", 2, own, uid, target, "nothing"]),
            msgpack.packb(["deathwatch", "hello", 2, own, uid, target]),
            chance.randbytes(30),
            word[:-1],
        ]
        which = chance.randrange(len(strange))
        return encode_frame(strange[which], FRAME_BYTES), lambda: self._town.misled(self._node, f"greeting {which}")

    def _answering(self) -> Answering:
        return Answering(self._chance, self.own, self._uid, self._slander())

    def _slander(self) -> Slander:
        town, known = self._town, self._town.truth
        people = town.people(self._node)
        others = [being for node in faults.NODES if node != self._node for being in town.people(node)]
        watched = [
            (str(me.path), str(known.by_key[key].path))
            for me in people
            for key in me.watching
            if key in known.by_key and key[0] != self._node
        ]
        watching = [(str(me.path), str(one.path)) for me in people for one in known.watchers_of(me)]
        texts = [str(one.path) for one in people], [str(one.path) for one in others]
        return Slander(self._chance, Scene(str(self.own), texts[0], watched, watching, texts[1]))


class DeceivedAudit(Audit):
    """An `Audit` who knows that an impostor need not mean what it says."""

    def refused(self, life: Life, system: Any, event: QuarantinedBy) -> None:
        """See `Audit`."""
        if event.address.system in faults.NODES:
            super().refused(life, system, event)


class DeceivedTown(Town):
    """Nodes to which impostors speak."""

    all_mean_well = False

    def __init__(self, world: World, seed: int, record: Record) -> None:
        super().__init__(world, seed, record)
        self.audit = DeceivedAudit(self.truth, record, self.judge.is_calm)
        self.settings = with_remoting(
            self.settings, lambda _, remote: dataclasses.replace(remote, system_queue_messages=ROOM)
        )

    def misled(self, node: str, text: str) -> None:
        """Somebody is welcome who must not be."""
        self._record.require(False, "D6", f"{node} welcomes who has not said who it is: {text}")

    def _convicted(self, life: Life, event: NodeTerminated) -> None:
        if event.address.system in faults.NODES:
            super()._convicted(life, event)

    def suspected(self, life: Life, event: NodeSuspected) -> None:
        """See `Town`."""
        if event.address.system in faults.NODES:
            super().suspected(life, event)

    def look(self, *, is_over: bool = False) -> None:
        """See `Town`; and nobody has to do with itself, or in the end with who is gone."""
        super().look(is_over=is_over)
        for node, system in self._systems.items():
            remote = system.remote
            for address, association in remote._associations.items():
                self.audit.consistent(node, address.system, association._inlet._arrivals)
                is_another = address.is_remote and address != remote.own
                self._record.require(is_another, "D8", f"{node} has to do with itself: {address}")
            if is_over:
                strangers = [link.host for link in remote._inbound if link.host not in faults.NODES]
                strangers += [one.system for one in remote.watch_counts() if one.system not in faults.NODES]
                self._record.require(not strangers, "D8", f"{node} keeps something of who is gone: {strangers}")


class Impostors(Nemesis):
    """Does what a schedule says."""

    unnoted = Nemesis.unnoted | {"slander"}
    _town: DeceivedTown
    _impostors = 0

    def _slander(self, fault: Fault, name: str) -> Undo:
        """Somebody speaks to a node."""
        self._impostors += 1
        impostor = Impostor(
            self._town, f"x{self._impostors}", name, random.Random(f"{fault.at_s}/{fault.number('mind')}")
        )
        self._town.launch(impostor.own.system, impostor.live)
        return lambda: self._network.kill(impostor.own.system)


class ImpostorsScenario(ThemeScenario):
    """See the module."""

    town, nemesis = DeceivedTown, Impostors
    theme, others, shares = THEME, MORE, (1.0,)
    between_s, seconds = (2.0, 30.0), SECONDS


def impostors() -> ImpostorsScenario:
    """See `ImpostorsScenario`."""
    return ImpostorsScenario()
