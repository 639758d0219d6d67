"""An enemy that is dialled: it welcomes a system, or not, and answers its questions with bytes. For any transport.

The system that is ambushed asks, tells and watches actors there, for somebody has told it to; whatever comes back, it
goes on. Deliberately not here: which loop and which network (`simulated`, `live`), and who dials (`siege`).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import struct
from collections.abc import Callable
from typing import Any

import msgpack

from actors import Actor, ActorError, ActorRef, Props
from actors.address import Address
from benchmarks.fuzz.inputs import Inputs
from runtime import ActorSystem
from runtime.protocol import handshake
from runtime.protocol.envelope import Kind
from runtime.protocol.frames import FrameDecoder
from runtime.protocol.handshake import Hello, Lane, Refusal, Refuse, Welcome
from runtime.transport.base import Connection

ASK_S = 0.5
MOST_WORDS = 5
"""At once."""
UIDS = (77, 78, 79)


class Ambusher:
    """One connection on which the enemy was dialled.

    Args:
        chance: The source of all chance.
        inputs: Makes what is not an answer.
        thrown: Called with each write.
    """

    def __init__(self, chance: random.Random, inputs: Inputs, thrown: Callable[[], None]) -> None:
        self._chance = chance
        self._inputs = inputs
        self._thrown = thrown
        self._frames = FrameDecoder(2**31)
        self._connection: Connection | None = None
        self._is_welcomed = False

    def connection_made(self, connection: Connection) -> None:
        """See `ConnectionHandler`."""
        self._connection = connection
        if self._chance.random() < 0.05:
            self._write(self._inputs.stream(is_welcomed=False))

    def data_received(self, data: bytes) -> None:
        """See `ConnectionHandler`."""
        for body in self._frames.feed(data):
            self._write(self._welcome(body) if not self._is_welcomed else self._reply(body))

    def connection_lost(self, error: BaseException | None) -> None:
        """See `ConnectionHandler`."""
        self._connection = None

    def pause_writing(self) -> None:
        """See `ConnectionHandler`."""

    def resume_writing(self) -> None:
        """See `ConnectionHandler`."""

    def _welcome(self, body: bytes) -> bytes:
        """Mostly a handshake, so that more is heard; and sometimes more at once, before anything was asked."""
        chance, hello = self._chance, handshake.read(body)
        if not isinstance(hello, Hello) or chance.random() < 0.15:
            return self._inputs.stream(is_welcomed=False)
        if chance.random() < 0.1:
            return _framed(handshake.write(Refuse(chance.choice(tuple(Refusal)), "no", chance.choice(UIDS))))
        self._is_welcomed = True
        read = chance.choice((0, 0, 0, 1, 2**63 - 1))
        word = _framed(handshake.write(Welcome(hello.target, chance.choice(UIDS), read)))
        is_eager = hello.lane is Lane.ORDINARY and chance.random() < 0.3
        return word + (self._inputs.stream(is_welcomed=True) if is_eager else b"")

    def _reply(self, body: bytes) -> bytes:
        chance, words = self._chance, []
        askers = [part for part in _parts(body) if isinstance(part, str) and "/temp/" in part] or ["nobody"]
        for _ in range(chance.randrange(MOST_WORDS)):
            asker = chance.choice(askers)
            position = chance.choice((0, 0, 0, 1, 2**63, self._inputs.number()))
            match chance.randrange(5):
                case 0:
                    words.append(self._inputs.stream(is_welcomed=True))
                case 1 | 2:
                    words.append(_framed(msgpack.packb([Kind.ANSWER, asker, position, self._inputs.value(3)])))
                case 3:
                    words.append(_framed(self._inputs.spoilt(msgpack.packb([Kind.ANSWER, asker, position, "yes"]))))
                case _:
                    kind = chance.choice((Kind.ACK, Kind.NACK, Kind.GOODBYE, Kind.HEARTBEAT_REPLY, Kind.IDLE))
                    words.append(_framed(msgpack.packb([kind, self._inputs.number()])))
        data = b"".join(words)
        return data[: chance.randrange(len(data) + 1)] if chance.random() < 0.1 else data

    def _write(self, data: bytes) -> None:
        connection, chance = self._connection, self._chance
        if connection is None:
            return
        if data:
            connection.write(data)
            self._thrown()
        if chance.random() < 0.05:
            (connection.close if chance.random() < 0.5 else connection.abort)()


class Ambush:
    """A system that others dial.

    Args:
        chance: The source of all chance.
        victim: The system that is led there.

    Attributes:
        thrown: How many writes there were.
    """

    def __init__(self, chance: random.Random, victim: ActorSystem) -> None:
        self.thrown = 0
        self._chance = chance
        self._victim = victim
        self._inputs = Inputs(chance, victim.address)
        self._watcher = victim.spawn(Props(Watcher))

    def accept(self) -> Ambusher:
        """Whoever dials meets an enemy."""
        return Ambusher(self._chance, self._inputs, self._count)

    async def lead(self, place: Address) -> None:
        """Let the victim do something with an actor there.

        Raises:
            TimeoutError: If its question has neither an answer nor an end.
        """
        chance, remote = self._chance, self._victim.remote
        far: ActorRef[Any] = remote.resolve_text(f"{place}/user/x#{chance.choice((1, 3, 2**62))}")
        match chance.randrange(5):
            case 0:
                far.tell(self._inputs.number())
            case 1:
                self._watcher.tell((far, chance.random() < 0.5))
            case _:
                async with asyncio.timeout(20 * ASK_S):
                    with contextlib.suppress(ActorError):
                        await self._victim.ask(far, self._inputs.number(), ASK_S)

    async def lead_on(self, place: Address) -> None:
        """Do so until it is cancelled.

        Raises:
            TimeoutError: See `lead`.
        """
        while True:
            await self.lead(place)

    def _count(self) -> None:
        self.thrown += 1


class Watcher(Actor[Any]):
    """Watches whom it is told to, or does not any more."""

    def receive(self, message: Any) -> None:
        """See `Actor.receive`."""
        match message:
            case (ActorRef() as ref, bool(is_watched)):
                (self.context.watch if is_watched else self.context.unwatch)(ref)
            case _:  # the end of somebody, or what was answered
                pass


def _framed(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


def _parts(body: bytes) -> list[Any]:
    try:
        parts = msgpack.unpackb(body, strict_map_key=False)
    except Exception:  # what the system says may be anything to us
        return []
    return parts if isinstance(parts, list) else []
