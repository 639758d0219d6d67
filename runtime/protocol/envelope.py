"""What a frame's body says once two systems know each other. Pure.

A body is one MessagePack array that begins with its `Kind`. Messages and signals are written by `codec`; the rest are
small numbers. The shells are `runtime.remote.outbound`, which sends and gets the answers, and `runtime.remote.inbound`.
"""

from __future__ import annotations

import enum
from typing import Any, Final

import msgpack

from actors.ref import ActorRef
from actors.signals import DeathWatchNotification, Terminate, Unwatch, Watch
from runtime.protocol.codec import Codec, Malformed


class Kind(enum.IntEnum):
    """The first element of each body."""

    ORDINARY = 1
    """`[kind, recipient, sender or None, message]`"""
    SYSTEM = 2
    """`[kind, sequence number, letter]`, a letter being the codec's bytes of `[recipient, signal]`"""
    ACK = 3
    """`[kind, sequence number]`: everything up to it was delivered"""
    NACK = 4
    """`[kind, sequence number]`: delivered up to it, and then there was a gap"""
    HEARTBEAT = 5
    """`[kind, content]`, the content as in `runtime.protocol.beats`"""
    HEARTBEAT_REPLY = 6
    """`[kind, content]`, with the number of the heartbeat"""
    GOODBYE = 7
    """`[kind]`: the system shuts down in good order"""


CrossingSignal = Watch | Unwatch | DeathWatchNotification | Terminate
"""The signals that concern other nodes."""

_ORDINARY: Final = int(Kind.ORDINARY)


def ordinary(codec: Codec, recipient: ActorRef[Any], sender: ActorRef[Any] | None, message: Any) -> bytes:
    """The body that carries a user message.

    Raises:
        CodecError: If the message cannot be written.
    """
    return codec.encode([_ORDINARY, recipient, sender, message], message)


def letter(codec: Codec, recipient: ActorRef[Any], signal: CrossingSignal) -> bytes:
    """The bytes of a signal, to be numbered and kept until they are acknowledged.

    Raises:
        CodecError: If the signal cannot be written.
    """
    return codec.encode([recipient, signal])


def numbers(kind: Kind, *values: int) -> bytes:
    """A body of numbers only: acknowledgement, goodbye."""
    packed: bytes = msgpack.packb([int(kind), *values])
    return packed


def beat(kind: Kind, content: bytes) -> bytes:
    """The body of a heartbeat or its answer."""
    packed: bytes = msgpack.packb([int(kind), content])
    return packed


def system(sequence: int, content: bytes) -> bytes:
    """The body that carries a numbered letter."""
    packed: bytes = msgpack.packb([int(Kind.SYSTEM), sequence, content])
    return packed


def open_body(codec: Codec, body: bytes) -> tuple[Kind, list[Any]]:
    """What a body says: its kind and its other elements, checked.

    Raises:
        CodecError: If it says nothing that this protocol knows.
    """
    items = codec.decode(body)
    if type(items) is not list or not items or type(items[0]) is not int:
        raise Malformed("a frame holds an array that begins with its kind")
    match items:
        case [Kind.ORDINARY, ActorRef(), sender, message] if message is not None:
            if sender is None or isinstance(sender, ActorRef):
                return Kind.ORDINARY, items[1:]
        case [Kind.SYSTEM, int(), bytes()]:
            return Kind.SYSTEM, items[1:]
        case [Kind.ACK | Kind.NACK, int()] | [Kind.HEARTBEAT | Kind.HEARTBEAT_REPLY, bytes()]:
            return Kind(items[0]), items[1:]
        case [Kind.GOODBYE]:
            return Kind.GOODBYE, []
    raise Malformed(f"a frame of kind {items[0]} with {len(items) - 1} elements is not of this protocol")


def open_letter(codec: Codec, content: bytes) -> tuple[ActorRef[Any], CrossingSignal]:
    """The recipient and the signal of a letter.

    Raises:
        CodecError: If it holds anything else.
    """
    match codec.decode(content):
        case [ActorRef() as recipient, signal] if isinstance(signal, CrossingSignal):
            return recipient, signal
    raise Malformed("a system message is a recipient and one of the signals that cross the wire")
