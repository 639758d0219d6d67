"""What an impostor does with what it is told: who dials it, and who answers its greetings. SHELL of `slander`.

A part of `impostors`. Deliberately not here: whom it dials, and when.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from actors.address import Address
from runtime.protocol import handshake
from runtime.protocol.frames import FrameDecoder, encode_frame
from runtime.protocol.handshake import Refusal, Refuse, Welcome
from runtime.sim.deathwatch.floods import Silent
from runtime.sim.deathwatch.slander import Slander
from runtime.sim.world import PORT
from runtime.transport.base import Connection

FRAME_BYTES = 2**32 - 1


class Answering(Silent):
    """Answers who dials an impostor.

    Args:
        chance: Of how.
        own: The impostor's address.
        uid: Its incarnation.
        slander: What it says.
    """

    def __init__(self, chance: random.Random, own: Address, uid: int, slander: Slander) -> None:
        self._chance, self._own, self._uid, self._slander = chance, own, uid, slander
        self._decoder = FrameDecoder(FRAME_BYTES)
        self._has_spoken = False
        self._connection: Connection | None = None

    def connection_made(self, connection: Connection) -> None:
        """See `ConnectionHandler`."""
        self._connection = connection

    def data_received(self, data: bytes) -> None:
        """See `ConnectionHandler`."""
        for _ in self._decoder.feed(data):
            body = self._slander.answer() if self._has_spoken else self._welcome()
            if body is not None and self._connection is not None and self._chance.random() < 0.7:
                self._connection.write(encode_frame(body, FRAME_BYTES))
            self._has_spoken = True

    def _welcome(self) -> bytes | None:
        chance = self._chance
        other = Address("n1", "n1", PORT)
        match chance.randrange(8):
            case 0 | 1 | 2:
                return handshake.write(Welcome(self._own, self._uid, chance.choice([0, 5])))
            case 3:
                return handshake.write(Welcome(self._own, chance.getrandbits(40) + 1, 0))
            case 4:
                return handshake.write(Welcome(other, self._uid, 0))
            case 5:
                return handshake.write(Refuse(chance.choice(list(Refusal)), "no", chance.choice([0, self._uid, 7])))
            case 6:
                return chance.randbytes(20)
        return None


class Greeted(Silent):
    """Hears what comes of a greeting.

    Args:
        refuse: Called if it is welcome though it must not be; `None` if it may be.
    """

    def __init__(self, refuse: Callable[[], None] | None) -> None:
        self._refuse = refuse
        self._decoder = FrameDecoder(FRAME_BYTES)

    def data_received(self, data: bytes) -> None:
        """See `ConnectionHandler`."""
        for body in self._decoder.feed(data):
            if self._refuse is not None and isinstance(handshake.read(body), Welcome):
                self._refuse()
