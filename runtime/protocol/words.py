"""The words of a handshake and their bytes. Pure values; who says which when is in `handshake`.

Deliberately not here: what follows from a word.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable

import msgpack

from actors.address import Address
from actors.values import value
from runtime.protocol.proof import NONCE_BYTES, PROOF_BYTES

MAGIC = "deathwatch"
VERSION = 2
"""Raised with every change that an older peer would misread."""

MAX_HELLO_BYTES = 4096
"""The first frame of a connection may not be larger: who is not known yet gets no large buffer."""

_ANSWERS = "answers"
_pack: Callable[[list[object]], bytes] = msgpack.Packer().pack  # one for all: making one takes longer than its work


class Lane(enum.Enum):
    """What a connection is for: what is sent to a peer leaves on one connection of each lane."""

    __hash__ = object.__hash__  # of a name it would be asked for through three calls

    CONTROL = "control"
    """System messages, heartbeats, acknowledgements, goodbyes: never behind a flood of messages."""
    ORDINARY = "ordinary"
    """Messages of users."""


class Refusal(enum.Enum):
    """Why an acceptor turns a dialler away."""

    NOT_OURS = "not-our-protocol"
    VERSION = "version"
    WRONG_TARGET = "wrong-target"
    QUARANTINED = "quarantined"
    SUPERSEDED = "superseded"
    FULL = "full"
    SECRET = "secret"  # noqa: S105 - the name of a reason

    @property
    def tells_who(self) -> bool:
        """Whether it says something about who lives at the address."""
        return self not in (Refusal.NOT_OURS, Refusal.SUPERSEDED, Refusal.FULL, Refusal.SECRET)


@value
class Hello:
    """The dialler's first frame.

    Attributes:
        own: Address at which the dialler's system can be dialled in turn.
        uid: The dialler's incarnation, 1 to 2**63 - 1.
        target: The address that the dialler means to reach (R11).
        version: The dialler's protocol version.
        lane: What the connection is for.
        nonce: A random number, if the dialler asks for proof that the acceptor knows the secret; else empty.
        takes_answers: Whether answers to the dialler's asks may come back on this connection.
    """

    own: Address
    uid: int
    target: Address
    version: int = VERSION
    lane: Lane = Lane.CONTROL
    nonce: bytes = b""
    takes_answers: bool = False


@value
class Challenge:
    """The acceptor asks for proof that the dialler knows the secret.

    Attributes:
        own: Address of the acceptor's system.
        uid: The acceptor's incarnation.
        nonce: A random number.
    """

    own: Address
    uid: int
    nonce: bytes


@value
class Proof:
    """The dialler's answer to that.

    Attributes:
        proof: As `Transcript.prove` makes it.
    """

    proof: bytes


@value
class Welcome:
    """The acceptor's answer: frames may follow.

    Attributes:
        own: Address of the acceptor's system.
        uid: The acceptor's incarnation.
        read: How many ordinary messages of the dialler's incarnation it has read, or was told not to expect.
        proof: That it knows the secret, if there is one.
    """

    own: Address
    uid: int
    read: int = 0
    proof: bytes = b""


@value
class Wait:
    """The acceptor is there, and has to find out first whether the dialler is who it says; another answer follows.

    Two of which each takes the other for somebody else would wait at each other's doors for ever.

    Attributes:
        own: Address of the acceptor's system.
        uid: The acceptor's incarnation.
        proof: That it knows the secret, if there is one.
    """

    own: Address
    uid: int
    proof: bytes = b""


@value
class Refuse:
    """The acceptor's other answer; the connection is closed behind it.

    Attributes:
        reason: For programs.
        text: For people.
        uid: The acceptor's incarnation.
        proof: That it knows the secret, if there is one and the dialler has shown that it does.
    """

    reason: Refusal
    text: str
    uid: int
    proof: bytes = b""


class HandshakeError(Exception):
    """What came is no handshake of ours. The text is for people."""


Word = Hello | Challenge | Proof | Welcome | Wait | Refuse


def write(word: Word) -> bytes:
    """The body of the frame that says `word`."""
    fields: list[object]
    match word:
        case Hello():
            fields = ["hello", word.version, str(word.own), word.uid, str(word.target), word.lane.value]
            fields += [word.nonce or None, [_ANSWERS]] if word.takes_answers else [word.nonce] if word.nonce else []
        case Challenge():
            fields = ["challenge", VERSION, str(word.own), word.uid, word.nonce]
        case Proof():
            fields = ["proof", VERSION, word.proof]
        case Welcome():
            fields = ["welcome", VERSION, str(word.own), word.uid, word.read]
            fields += [word.proof] if word.proof else []
        case Wait():
            fields = ["wait", VERSION, str(word.own), word.uid]
            fields += [word.proof] if word.proof else []
        case Refuse():
            fields = ["refuse", VERSION, word.reason.value, word.text, word.uid]
            fields += [word.proof] if word.proof else []
    return _pack([MAGIC, *fields])


def read(body: bytes) -> Word:
    """What one of the first frames says.

    Raises:
        HandshakeError: If it is anything else.
    """
    try:
        match msgpack.unpackb(body):
            case ["deathwatch", "hello", int(version), str(own), int(uid), str(target), *rest] if 0 < uid < 2**63:
                # Whoever speaks another version may have said something else there, and is to hear which we speak.
                if version != VERSION:
                    return Hello(_remote(own), uid, _remote(target), version)
                nonce, takes_answers = _bytes(rest[1:], NONCE_BYTES), _ANSWERS in _list(rest[2:])
                return Hello(_remote(own), uid, _remote(target), version, Lane(rest[0]), nonce, takes_answers)
            case ["deathwatch", "challenge", int(), str(own), int(uid), bytes(nonce), *_] if 0 < uid < 2**63:
                return Challenge(_remote(own), uid, _bytes([nonce], NONCE_BYTES))
            case ["deathwatch", "proof", int(), bytes(proof), *_]:
                return Proof(_bytes([proof], PROOF_BYTES))
            case ["deathwatch", "welcome", int(), str(own), int(uid), int(read), *rest] if 0 < uid < 2**63:
                return Welcome(_remote(own), uid, read, _bytes(rest, PROOF_BYTES))
            case ["deathwatch", "wait", int(), str(own), int(uid), *rest] if 0 < uid < 2**63:
                return Wait(_remote(own), uid, _bytes(rest, PROOF_BYTES))
            case ["deathwatch", "refuse", int(), str(reason), str(text), int(uid), *rest]:
                return Refuse(Refusal(reason), text, uid, _bytes(rest, PROOF_BYTES))
    except Exception as error:  # bytes of a stranger can make msgpack raise nearly anything; callers get one kind
        raise HandshakeError(f"the first {len(body)} bytes are no handshake of this protocol: {error}") from error
    raise HandshakeError(f"the first {len(body)} bytes are no handshake of this protocol")


def _bytes(rest: list[object], length: int) -> bytes:
    """The first of what may follow, if it has that many bytes; a later version may say something else there."""
    first = rest[0] if rest else b""
    return first if isinstance(first, bytes) and len(first) == length else b""


def _list(rest: list[object]) -> list[object]:
    """The same of what is an array."""
    return rest[0] if rest and isinstance(rest[0], list) else []


@functools.lru_cache(1024)
def _remote(text: str) -> Address:
    """Each dial names the same two addresses."""
    address = Address.parse(text)
    if not address.is_remote:
        raise ValueError(f"{text} has no host and port")
    return address
