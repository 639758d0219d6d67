"""What is thrown: valid words of the protocol with something wrong in them. Pure; chance is handed in.

Valid ones with bits flipped, cut, doubled, spliced with others; lengths beyond all measure; nests without end; each
field in turn of another type. Deliberately not here: at whom.
"""

from __future__ import annotations

import random
import struct
from typing import Any

import msgpack

from actors.address import Address
from runtime.protocol import handshake
from runtime.protocol.handshake import Challenge, Hello, Lane, Proof, Refusal, Refuse, Welcome

NAMES = ("/watch", "/unwatch", "/death", "/terminate", "/terminated", "/identify", "/identity", "/poison-pill", "/kill")
NUMBERS = (0, 1, -1, 127, 128, 255, 256, 65535, 65536, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1, -(2**63))
STRANGER = Address("stranger", "127.0.0.1", 9)


class Inputs:
    """Makes inputs.

    Args:
        chance: The source of all chance.
        target: Address of the system that they are thrown at.
        paths: Texts of paths there that exist.
    """

    def __init__(self, chance: random.Random, target: Address, paths: tuple[str, ...] = ()) -> None:
        self.chance = chance
        self.target = target
        self.paths = (*paths, f"{target}/user/nobody", f"{target}/temp/x#1", f"{STRANGER}/user/y#3", "no path", "")

    def body(self) -> bytes:
        """The body of a frame, after a handshake."""
        kind = self.chance.choice((*range(12), 255, -1, "1", None))
        match kind:
            case 1:
                items: list[Any] = [kind]
                for _ in range(self.chance.randrange(4)):
                    items += [self._path(), self.chance.choice((None, self._path())), self.value(3)]
            case 2:
                items = [kind, self.number(), self.number(), self.letter()]
            case 11:
                items = [kind, self._path(), self.number(), self.value(3)]
            case 5 | 6:
                items = [kind, self.beat()]
            case _:
                items = [kind, *(self.number() for _ in range(self.chance.randrange(4)))]
        if self.chance.random() < 0.3:
            items[self.chance.randrange(len(items))] = self.value(2)
        return self.spoilt(msgpack.packb(items))

    def letter(self) -> bytes:
        """A system message."""
        fields = [self._path_field() if self.chance.random() < 0.7 else self.value(1) for _ in range(2)]
        fields += [self.value(1) for _ in range(self.chance.choice((0, 0, 3)))]
        record = msgpack.ExtType(2, msgpack.packb([self.chance.choice(NAMES), *fields]))
        return self.spoilt(msgpack.packb([self._path_field(), record]))

    def beat(self) -> bytes:
        """The content of a heartbeat."""
        content = struct.pack(">QHHH", self.chance.getrandbits(64), *(self.chance.getrandbits(16) for _ in range(3)))
        return self.spoilt(content + self.chance.choice((b"", self.chance.randbytes(16))))

    def word(self) -> bytes:
        """The body of a frame of a handshake."""
        chance, uid = self.chance, self.chance.choice((1, 77, 2**63 - 1))
        nonce = self.chance.choice((b"", bytes(32)))
        return self.spoilt(
            handshake.write(
                chance.choice(
                    (
                        Hello(STRANGER, uid, self.target, lane=chance.choice(tuple(Lane)), nonce=nonce),
                        Hello(STRANGER, uid, self.target, lane=Lane.ORDINARY, nonce=nonce, takes_answers=True),
                        Hello(STRANGER, uid, STRANGER, version=chance.choice((1, 2, 3))),
                        Challenge(self.target, uid, bytes(32)),
                        Proof(chance.randbytes(32)),
                        Welcome(self.target, uid, chance.choice(NUMBERS[:10])),
                        Refuse(chance.choice(tuple(Refusal)), "no", uid),
                    )
                )
            )
        )

    def value(self, depth: int) -> Any:
        """Any value, some of them nested, some of them records, references and other extensions."""
        chance = self.chance
        if depth <= 0 or chance.random() < 0.4:
            return chance.choice((None, True, 1.5, float("nan"), "text", b"bytes", self.number(), chance.choice(NAMES)))
        match chance.randrange(6):
            case 0:
                return [self.value(depth - 1) for _ in range(chance.randrange(4))]
            case 1:
                return {chance.choice((1, "a", b"b", None)): self.value(depth - 1) for _ in range(chance.randrange(3))}
            case 2:
                fields = [self.value(depth - 1) for _ in range(chance.randrange(6))]
                return msgpack.ExtType(2, msgpack.packb([chance.choice((*NAMES, "never.heard")), *fields]))
            case 3:
                return self._path_field()
            case 4:
                return msgpack.ExtType(chance.choice((1, 4, 5, 6, 127)), msgpack.packb(self.value(depth - 1)))
            case _:
                return self.nest()

    def nest(self) -> Any:
        """Something in something in something, within what can be packed."""
        inner: Any = 1
        how = self.chance.choice(("list", "map", "tuple"))
        for _ in range(self.chance.choice((2, 60, 66, 200))):
            if how == "list":
                inner = [inner]
            elif how == "map":
                inner = {1: inner}
            else:
                inner = msgpack.ExtType(1, msgpack.packb([inner]))
        return inner

    def number(self) -> int:
        """Small ones, and those at the edges."""
        return self.chance.choice(NUMBERS) if self.chance.random() < 0.5 else self.chance.randrange(6)

    def spoilt(self, data: bytes) -> bytes:
        """As it is, or with something wrong."""
        chance = self.chance
        if not data or chance.random() < 0.4:
            return data
        at = chance.randrange(len(data))
        match chance.randrange(8):
            case 0:
                return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
            case 1:
                return data[:at]
            case 2:
                return data + data[at:]
            case 3:
                return data[:at] + chance.randbytes(chance.randrange(1, 9)) + data[at:]
            case 4:
                return data[:at] + b"\xdd\xff\xff\xff\xff" + data[at:]
            case 5:
                return data[:at] + chance.choice((b"\x91", b"\x81\x01", b"\xc7\xff\x01")) * chance.choice(
                    (3, 900, 1100)
                )
            case 6:
                return b""
            case _:
                return data[at:] + data[:at]

    def stream(self, *, is_welcomed: bool) -> bytes:
        """Frames, some with a wrong length."""
        frames = []
        for _ in range(self.chance.randrange(1, 6)):
            body = self.body() if is_welcomed or self.chance.random() < 0.2 else self.word()
            size = len(body)
            if self.chance.random() < 0.05:
                size = self.chance.choice((0, size + 1, max(size - 1, 0), 2**31, 2**32 - 1))
            frames.append(struct.pack(">I", size) + body)
        stream = b"".join(frames)
        return self.chance.randbytes(self.chance.randrange(64)) if self.chance.random() < 0.03 else stream

    def _path(self) -> Any:
        path = self.chance.choice(self.paths)
        return self.chance.choice((path, [self.chance.choice((0, 1, 4095, 4096, -1)), path], self.number(), path * 40))

    def _path_field(self) -> msgpack.ExtType:
        return msgpack.ExtType(3, self.chance.choice(self.paths).encode())
