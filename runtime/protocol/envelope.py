"""What a frame's body says once two systems know each other. Pure.

A body is one MessagePack array that begins with its `Kind`. Messages and signals are written by `codec`, references on
the ordinary lane by `paths`; the rest are small numbers. docs/wire.md describes it all for other programs. The shells
are `runtime.remote.outbound`, which sends and gets the answers, and the readers of the two lanes.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgpack

from actors.notices import DeathCause
from actors.ref import ActorRef
from actors.signals import DeathWatchNotification, Terminate, Unwatch, Watch
from runtime.protocol.codec import Codec
from runtime.protocol.codec_errors import CodecError, Malformed
from runtime.protocol.frames import HEADER_BYTES


class Kind(enum.IntEnum):
    """The first element of each body, and in which lane and direction it travels."""

    ORDINARY = 1
    """`[kind, recipient, sender or None, message, recipient, sender, message ...]`; ordinary lane"""
    SYSTEM = 2
    """`[kind, sequence number, position, letter]`: `position` ordinary messages were sent before it; control lane.

    A letter is the codec's bytes of `[recipient, signal]`."""
    ACK = 3
    """`[kind, sequence number]`: everything up to it was delivered; back on the control lane"""
    NACK = 4
    """`[kind, sequence number]`: delivered up to it, and then there was a gap; back on the control lane"""
    HEARTBEAT = 5
    """`[kind, content]`, the content as in `runtime.protocol.beats`; control lane"""
    HEARTBEAT_REPLY = 6
    """`[kind, content]`, with the number of the heartbeat; back on the control lane"""
    GOODBYE = 7
    """`[kind]`: the system shuts down in good order; any lane and direction"""
    POSITION = 8
    """`[kind, position, given up]`: ordinary messages up to this number that have not come will not; the sender has
    dead letters of so many. Begins an ordinary lane; on the control lane it is said of one that has ended."""
    AFTER = 9
    """`[kind, sequence number]`: what follows was sent after that system message; ordinary lane"""
    IDLE = 10
    """`[kind]`: nobody needs this connection, its dialler closes it now; any lane"""
    ANSWER = 11
    """`[kind, recipient, position, message]`: to an ask of the dialler, which waits for ordinary messages up to
    `position` of the other direction; back on the ordinary lane"""


_KINDS = {int(kind): kind for kind in Kind}

_NUMBERS = {Kind.ACK: 1, Kind.NACK: 1, Kind.POSITION: 2, Kind.AFTER: 1}
"""How many numbers stand behind these."""

MOST = 2**63
"""No number is larger: what is counted on from there can still be written."""

CrossingSignal = Watch | Unwatch | DeathWatchNotification | Terminate
"""The signals that concern other nodes."""

_ORDINARY: Final = bytes([Kind.ORDINARY])
_IS_ORDINARY: Final = Kind.ORDINARY  # at hand: a member of an enumeration is looked up through its metaclass
_IS_SYSTEM: Final = Kind.SYSTEM
ONE_ORDINARY: Final = bytes([0x94, Kind.ORDINARY])
"""How a body begins that carries one user message."""
ONE_ANSWER: Final = bytes([0x94, Kind.ANSWER])
"""How a body begins that carries an answer."""

_BEAT_HEADS: Final = {kind: bytes([0x92, kind, 0xC4]) for kind in (Kind.HEARTBEAT, Kind.HEARTBEAT_REPLY)}
_BEATS: Final = {head: kind for kind, head in _BEAT_HEADS.items()}
"""How a body begins that is a heartbeat: an array of two, the kind, and bytes with a length of one byte."""


_pack: Callable[[Any], bytes] = msgpack.Packer().pack  # one for all: making one takes longer than its work


def ordinary(parts: Iterable[bytes], count: int) -> bytes:
    """The body that carries user messages.

    Args:
        parts: For each message what stands for its recipient and its sender, and its own bytes.
        count: How many messages.
    """
    items = 1 + 3 * count
    head = bytes([0x90 | items]) if items < 16 else b"\xdd" + items.to_bytes(4, "big")
    return b"".join((head, _ORDINARY, *parts))


def one_ordinary_frame(recipient: bytes, sender: bytes, message: bytes) -> bytes:
    """The frame around the body that carries one user message; the caller sees that it is not too large."""
    body = ONE_ORDINARY + recipient + sender + message
    return len(body).to_bytes(HEADER_BYTES, "big") + body


def answer_frame(recipient: bytes, position: int, message: bytes) -> bytes:
    """The frame around the body that carries an answer; the caller sees that it is not too large."""
    body = ONE_ANSWER + recipient + _pack(position) + message
    return len(body).to_bytes(HEADER_BYTES, "big") + body


def letter(codec: Codec, recipient: ActorRef[Any], signal: CrossingSignal) -> bytes:
    """The bytes of a signal, to be numbered and kept until they are acknowledged.

    Raises:
        CodecError: If the signal cannot be written.
    """
    return codec.encode([recipient, signal])


def numbers(kind: Kind, *values: int) -> bytes:
    """A body of numbers only: acknowledgement, position, goodbye."""
    return _pack([int(kind), *values])


def beat(kind: Kind, content: bytes) -> bytes:
    """The body of a heartbeat or its answer, of at most 255 bytes of content."""
    return _BEAT_HEADS[kind] + bytes((len(content),)) + content


def beat_frame_head(kind: Kind, size_bytes: int) -> bytes:
    """How a frame begins that carries a heartbeat or its answer with so many bytes of content."""
    head = _BEAT_HEADS[kind] + bytes((size_bytes,))
    return (len(head) + size_bytes).to_bytes(HEADER_BYTES, "big") + head


def system(sequence: int, position: int, content: bytes) -> bytes:
    """The body that carries a numbered letter."""
    return _pack([int(_IS_SYSTEM), sequence, position, content])


def open_body(codec: Codec, body: bytes) -> tuple[Kind, list[Any]]:
    """What a body says: its kind and its other elements, checked.

    Of `ORDINARY` the elements are in threes; what stands in the place of a message that cannot be read, here and in an
    `ANSWER`, is a `CodecError`, so that it costs no other message.

    Raises:
        CodecError: If it says nothing that this protocol knows.
    """
    beat = _BEATS.get(bytes(body[:3]))  # a large body is a bytearray
    if beat is not None and len(body) > 3 and body[3] == len(body) - 4:
        return beat, [body[4:]]  # a thousand peers send one each second, and nothing in it needs the codec
    try:
        items = codec.decode(body)
    except CodecError:  # of one message, perhaps
        items = codec.decode_each(body)
    if type(items) is list and len(items) % 3 == 1 and len(items) > 1:
        kind = items[0]
        if kind.__class__ is int and kind == _IS_ORDINARY:  # the usual case; of user code, nothing is asked
            del items[0]
            return _IS_ORDINARY, items
    if type(items) is not list or not items or type(items[0]) is not int:
        raise Malformed("a frame holds an array that begins with its kind")
    kind, *values = items
    if kind == _IS_ORDINARY:
        if values and not len(values) % 3:
            return _IS_ORDINARY, values
    elif kind == _IS_SYSTEM:
        match values:
            case [sequence, position, bytes()] if _is_number(sequence) and _is_number(position):
                return _IS_SYSTEM, values
    elif kind in _NUMBERS:
        known = _KINDS[kind]
        if len(values) == _NUMBERS[known] and all(map(_is_number, values)):
            return known, values
    elif kind in (Kind.HEARTBEAT, Kind.HEARTBEAT_REPLY):
        if len(values) == 1 and type(values[0]) is bytes:
            return Kind(kind), values
    elif kind in (Kind.GOODBYE, Kind.IDLE) and not values:
        return Kind(kind), values
    elif kind == Kind.ANSWER:
        match values:
            case [str(), position, _] if _is_number(position):
                return Kind.ANSWER, values
    raise Malformed(f"a frame of kind {kind} with {len(values)} elements is not of this protocol")


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST


def open_letter(codec: Codec, content: bytes) -> tuple[ActorRef[Any], CrossingSignal]:
    """The recipient and the signal of a letter.

    Raises:
        CodecError: If it holds anything else.
    """
    match codec.decode(content):
        case [ActorRef() as recipient, Watch(ActorRef(), ActorRef()) | Unwatch(ActorRef(), ActorRef()) as signal]:
            return recipient, signal
        case [
            ActorRef() as recipient,
            DeathWatchNotification(ActorRef(), bool(), bool(), DeathCause(), str()) | Terminate() as signal,
        ]:
            return recipient, signal
    raise Malformed("a system message is a recipient and one of the signals that cross the wire")
