"""`Stranger`: dials a system and says whatever it likes; for tests."""

from __future__ import annotations

from typing import Any

from actors import ActorRef
from actors.address import Address
from runtime import ActorSystem
from runtime.protocol import envelope, handshake
from runtime.protocol.frames import FrameDecoder, encode_frame
from runtime.protocol.handshake import Hello, Lane, Welcome
from runtime.transport.base import Connection
from tests.runtime.remote.nodes import Echo, Nodes, Say, seen_from, until

STRANGER = Address("stranger", "s", 9)


class Stranger:
    """Dials a system and says whatever it likes."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.said: list[bytes] = []
        self.is_over = self.is_full = False
        self._decoder = FrameDecoder(2**31)

    def connection_made(self, connection: Connection) -> None:
        self.connection = connection

    def data_received(self, data: bytes) -> None:
        self.said += self._decoder.feed(data)

    def connection_lost(self, error: BaseException | None) -> None:
        self.is_over = True

    def pause_writing(self) -> None:
        self.is_full = True

    def resume_writing(self) -> None:
        self.is_full = False

    def write(self, data: bytes) -> None:
        assert self.connection is not None
        self.connection.write(data)

    def say(self, body: bytes) -> None:
        self.write(encode_frame(body, 2**31))


async def dial(nodes: Nodes, system: ActorSystem) -> Stranger:
    """A connection to that system."""
    stranger = Stranger()
    assert system.address.host is not None
    assert system.address.port is not None
    await nodes.net.transport("s").connect(system.address.host, system.address.port, stranger, 1.0)
    return stranger


def letter(system: ActorSystem, recipient: ActorRef[Any], *messages: Any) -> bytes:
    """A frame with those messages to one recipient, written out as text."""
    codec = system.remote.codec
    parts = [codec.encode(part) for message in messages for part in (codec.text_of(recipient), None, message)]
    return envelope.ordinary(parts, len(messages))


async def welcomed(nodes: Nodes, system: ActorSystem, lane: Lane = Lane.ORDINARY) -> Stranger:
    """A connection over which the handshake was made."""
    stranger = await dial(nodes, system)
    stranger.say(handshake.write(Hello(STRANGER, 77, system.address, lane=lane)))
    await until(lambda: stranger.said)
    assert isinstance(handshake.read(stranger.said[0]), Welcome)
    return stranger


async def goes_on(nodes: Nodes, system: ActorSystem) -> None:
    """The system still serves others."""
    other = await nodes.start("other")
    assert await seen_from(other, system, system.spawn(Echo)).ask(Say(1)) == Say(1)
