"""What a heartbeat and its answer say, as bytes: inside a frame of the connection, or sealed as a datagram. Pure.

A heartbeat has a number, so that lost, doubled and late ones are known, and says how late the sender's own loop has
been and how long it has heard nothing from the receiver: so a one-way cut is told from a death, and a machine that is
merely busy from a silent one. On the connection it also offers the port and the key of the side channel.

A datagram carries both incarnations and eight bytes of a keyed hash. The key travels on the connection only, so who
cannot read that can neither invent a heartbeat nor, by the rising numbers, repeat one. Deliberately not here: which way
a heartbeat takes (`carriage`), and sockets. docs/failure-detection.md has the layout for other programs.
"""

from __future__ import annotations

import enum
import hashlib
import struct
from typing import NamedTuple

KEY_BYTES = 16
_TAG_BYTES = 8
_SAID = struct.Struct(">QHHH")
_HEAD = struct.Struct(">3sBQQ")
_MAGIC = b"dw\x01"
_NEVER = 0xFFFF
ANSWER_BYTES = _SAID.size
"""Of the content of an answer on the connection."""

SIZES = (ANSWER_BYTES, ANSWER_BYTES + KEY_BYTES)
"""Of the content of a heartbeat on the connection."""

DATAGRAM_BYTES = _HEAD.size + _SAID.size + _TAG_BYTES


class BeatError(ValueError):
    """What came is no heartbeat."""


class Direction(enum.IntEnum):
    """What a datagram is."""

    BEAT = 1
    """A heartbeat: who watches asks."""
    ANSWER = 2
    """The answer of who is watched, with the same number."""


_DIRECTIONS = {int(direction): direction for direction in Direction}


class Beat(NamedTuple):
    """A heartbeat, or the answer to one.

    Attributes:
        number: Counts the sender's intervals; the answer repeats it.
        lag_s: How late the sender's loop has been of late.
        silence_s: For how long the sender has heard nothing from the receiver; `None` if it does not know.
        port: Where the sender takes datagrams, 0 if it does not.
        key: On the connection, what seals the datagrams of this watch; else empty.
    """

    number: int
    lag_s: float = 0.0
    silence_s: float | None = None
    port: int = 0
    key: bytes = b""


class Envelope(NamedTuple):
    """What is readable of a sealed datagram before its key is known.

    Attributes:
        direction: Heartbeat or answer.
        source: The sender's incarnation.
        target: The incarnation for which it is meant.
    """

    direction: Direction
    source: int
    target: int


def write(beat: Beat) -> bytes:
    """The content of a frame."""
    number, lag_s, silence_s, port, key = beat
    silence = _NEVER if silence_s is None else _milliseconds(silence_s)
    return _SAID.pack(number, _milliseconds(lag_s), silence, port) + key


def read(content: bytes) -> Beat:
    """What the content of a frame says.

    Raises:
        BeatError: If it is anything else.
    """
    if len(content) not in SIZES:
        raise BeatError(f"{len(content)} bytes are no heartbeat")
    number, lag, silence, port = _SAID.unpack_from(content)
    silence_s = None if silence == _NEVER else silence / 1000
    return Beat(number, lag / 1000, silence_s, port, content[_SAID.size :])


def read_answer(content: bytes) -> tuple[int, float, int]:
    """The number, the lag and the port of an answer: a thousand come each second, and nobody wants the rest.

    Raises:
        BeatError: If it is anything else.
    """
    if len(content) != ANSWER_BYTES:
        beat = read(content)
        return beat.number, beat.lag_s, beat.port
    number, lag, _, port = _SAID.unpack(content)
    return number, lag / 1000, port


def seal(envelope: Envelope, beat: Beat, key: bytes) -> bytes:
    """A datagram; the beat's own key is not in it."""
    body = _HEAD.pack(_MAGIC, envelope.direction, envelope.source, envelope.target) + write(beat)[: _SAID.size]
    return body + _tag(body, key)


def peek(datagram: bytes) -> Envelope:
    """From whom and for whom a datagram claims to be.

    Raises:
        BeatError: If it is none of ours.
    """
    if len(datagram) != DATAGRAM_BYTES:
        raise BeatError(f"{len(datagram)} bytes are no heartbeat")
    magic, direction, source, target = _HEAD.unpack_from(datagram)
    known = _DIRECTIONS.get(direction)
    if magic != _MAGIC or known is None:
        raise BeatError("a datagram of another protocol")
    return Envelope(known, source, target)


def unseal(datagram: bytes, key: bytes) -> Beat:
    """What a datagram says, if it was sealed with that key.

    Raises:
        BeatError: If it was not.
    """
    body, tag = datagram[:-_TAG_BYTES], datagram[-_TAG_BYTES:]
    if _tag(body, key) != tag:
        raise BeatError("sealed with another key")
    return read(body[_HEAD.size :])


def _tag(body: bytes, key: bytes) -> bytes:
    return hashlib.blake2s(body, key=key, digest_size=_TAG_BYTES).digest()


def _milliseconds(seconds: float) -> int:
    return min(round(seconds * 1000), _NEVER - 1) if seconds else 0
