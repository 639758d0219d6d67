"""A system under attack: what is thrown at its port, and what must hold meanwhile. For any transport.

Some attackers speak before they are welcomed, some after; a healthy peer asks all the time and is answered.
Deliberately not here: which loop and which network (`simulated`, `live`).
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

from actors import Actor, ActorRef
from actors.address import Address
from benchmarks.fuzz.inputs import STRANGER, Inputs
from runtime import ActorSystem
from runtime.protocol import handshake
from runtime.protocol.frames import encode_frame
from runtime.protocol.handshake import Hello, Lane
from runtime.transport.base import Connection, Transport

ANSWER_S = 10.0


class Echo(Actor[Any]):
    """Answers who is elsewhere: an enemy can name it as the sender of what it is told, and it would talk to itself."""

    def receive(self, message: Any) -> None:
        """See `Actor.receive`."""
        if self.sender.path.address.is_remote:
            self.sender.tell(message, self.ref)


class Attacker:
    """One connection of an enemy."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.heard = asyncio.Event()

    def connection_made(self, connection: Connection) -> None:
        """See `ConnectionHandler`."""
        self.connection = connection

    def data_received(self, data: bytes) -> None:
        """See `ConnectionHandler`."""
        self.heard.set()

    def connection_lost(self, error: BaseException | None) -> None:
        """See `ConnectionHandler`."""
        self.connection = None
        self.heard.set()

    def pause_writing(self) -> None:
        """See `ConnectionHandler`."""

    def resume_writing(self) -> None:
        """See `ConnectionHandler`."""


class Siege:
    """Attacks one system.

    Args:
        chance: The source of all chance.
        target: The address of the system under attack.
        transport: The way to it.
        paths: Of actors there.
    """

    def __init__(
        self, chance: random.Random, target: Address, transport: Transport, paths: tuple[str, ...] = ()
    ) -> None:
        self._chance = chance
        self._target = target
        self._transport = transport
        self._inputs = Inputs(chance, target, paths)
        self.thrown = 0

    async def attack(self) -> None:
        """One connection: a handshake or none, some bytes, and an end of some kind."""
        attacker, chance = Attacker(), self._chance
        if self._target.host is None or self._target.port is None:
            raise ValueError(f"{self._target} has no place on the network")
        await self._transport.connect(self._target.host, self._target.port, attacker, ANSWER_S)
        is_welcomed = chance.random() < 0.7
        if is_welcomed:
            own = Address("stranger", STRANGER.host, chance.choice((9, 10, 11)))
            lane, takes_answers = chance.choice(tuple(Lane)), chance.random() < 0.5
            hello = Hello(own, chance.choice((77, 78)), self._target, lane=lane, takes_answers=takes_answers)
            self._write(attacker, encode_frame(handshake.write(hello), handshake.MAX_HELLO_BYTES))
            if chance.random() < 0.8:
                await asyncio.wait_for(attacker.heard.wait(), 60.0)
        for _ in range(chance.randrange(1, 10)):
            self._write(attacker, self._inputs.stream(is_welcomed=is_welcomed))
            if chance.random() < 0.3:
                await asyncio.sleep(0.001)
        if attacker.connection is not None and chance.random() < 0.9:
            (attacker.connection.close if chance.random() < 0.5 else attacker.connection.abort)()

    def _write(self, attacker: Attacker, data: bytes) -> None:
        if attacker.connection is not None:
            attacker.connection.write(data)
            self.thrown += 1


async def is_well(peer: ActorSystem, echo: ActorRef[Any]) -> None:
    """A healthy peer is answered.

    Raises:
        AssertionError: If it is not.
    """
    answer = await peer.ask(echo, [1, "well"], ANSWER_S)
    if answer != [1, "well"]:
        raise AssertionError(f"the answer was {answer!r}")


def sizes(system: ActorSystem) -> dict[str, int]:
    """How much the tables of a system's remoting hold."""
    remote: Any = system.remote
    return {
        "inbound": len(remote._inbound),
        "unfinished": len(remote._anteroom),
        "associations": len(remote._associations),
        "complaints": len(remote._complaints._of),
    }
