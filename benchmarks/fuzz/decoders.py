"""The pure decoders as a target: whatever comes, they raise their own errors only.

Deliberately not here: connections (`simulated`, `live`).
"""

from __future__ import annotations

import contextlib
import random
from typing import Any

from actors.address import ActorPath, Address
from actors.ref import ActorRef
from benchmarks.fuzz.inputs import STRANGER, Inputs
from runtime.protocol import beats, envelope, handshake
from runtime.protocol.codec import Codec
from runtime.protocol.codec_errors import CodecError
from runtime.protocol.frames import FrameDecoder, FrameTooLarge
from runtime.protocol.handshake import Acceptor, Dialler, HandshakeError
from runtime.protocol.paths import PathReader

TARGET = Address("target", "127.0.0.1", 7)
FRAME_BYTES = 65_536


class _Sink:
    """A reference that leads nowhere."""

    host: Any = None

    def tell(self, message: Any, sender: ActorRef[Any] | None = None) -> None:
        """Nothing."""

    def signal(self, signal: Any) -> None:
        """Nothing."""


def resolve(text: str) -> ActorRef[Any]:
    """A reference for any path."""
    return ActorRef(ActorPath.parse(text), _Sink())


class Decoders:
    """All decoders of the protocol."""

    def __init__(self) -> None:
        self._codec = Codec(TARGET, resolve)
        self._strict = Codec(TARGET, resolve, max_values=8)
        self._paths = PathReader(resolve, lambda ref: True)

    def hear(self, data: bytes) -> None:
        """Let every decoder read `data`.

        Raises:
            Exception: Whatever leaves one and is not its own error: a defect.
        """
        frames = FrameDecoder(FRAME_BYTES)
        for piece in (data[: len(data) // 3], data[len(data) // 3 :]):
            try:
                frames.feed(piece)
            except FrameTooLarge:
                break
        if frames.buffered_bytes > FRAME_BYTES + len(data):
            raise AssertionError(f"{frames.buffered_bytes} bytes are kept")
        for acceptor in (Acceptor(TARGET, 22), Acceptor(TARGET, 22, b"secret", bytes(32))):
            acceptor.hear(data)
            acceptor.hear(data)
        for dialler in (Dialler(STRANGER, 1, TARGET), Dialler(STRANGER, 1, TARGET, secret=b"s", nonce=bytes(32))):
            with contextlib.suppress(HandshakeError):
                handshake.write(dialler.hear(data))
        try:
            _, values = envelope.open_body(self._codec, data)
            for value in values:
                self._paths.read(value)
        except CodecError:
            pass
        for read in (
            lambda: envelope.open_letter(self._codec, data),
            lambda: self._codec.decode(data),
            lambda: envelope.open_body(self._strict, data),
            lambda: self._strict.decode(data),
        ):
            with contextlib.suppress(CodecError):
                read()
        for hear in (lambda: beats.read(data), lambda: beats.unseal(data, bytes(16)), lambda: beats.peek(data)):
            with contextlib.suppress(beats.BeatError):
                hear()


def throw(chance: random.Random, count: int) -> int:
    """Throw that many inputs; how many those were."""
    target, inputs = Decoders(), Inputs(chance, TARGET)
    for number in range(count):
        make = (inputs.body, inputs.word, inputs.letter, inputs.beat)[number % 4]
        target.hear(make())
        target.hear(inputs.stream(is_welcomed=bool(number % 2)))
    return 2 * count
