"""The first words of a connection: who are you, whom do you look for, do we speak the same protocol. Pure.

The dialler says `Hello` and for which lane it dials; the acceptor says `Welcome` or `Refuse` with a text for people.
What comes out is the peer's incarnation uid. The shells are `runtime.remote.outbound` (dialler) and
`runtime.remote.inbound` (acceptor). Deliberately not here: what the uid means for those who watch (`verdict`). Akka
counterpart: HandshakeReq, HandshakeRsp (R9-R13).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

import msgpack

from actors.address import Address

MAGIC = "deathwatch"
VERSION = 2
"""Raised with every change that an older peer would misread."""

MAX_HELLO_BYTES = 4096
"""The first frame of a connection may not be larger: who is not known yet gets no large buffer."""


class Lane(enum.Enum):
    """What a connection is for: what is sent to a peer leaves on one connection of each lane."""

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

    @property
    def tells_who(self) -> bool:
        """Whether it says something about who lives at the address."""
        return self not in (Refusal.NOT_OURS, Refusal.SUPERSEDED, Refusal.FULL)


@dataclass(frozen=True, slots=True)
class Hello:
    """The dialler's first frame.

    Attributes:
        own: Address at which the dialler's system can be dialled in turn.
        uid: The dialler's incarnation, 1 to 2**63 - 1.
        target: The address that the dialler means to reach (R11).
        version: The dialler's protocol version.
        lane: What the connection is for.
    """

    own: Address
    uid: int
    target: Address
    version: int = VERSION
    lane: Lane = Lane.CONTROL


@dataclass(frozen=True, slots=True)
class Welcome:
    """The acceptor's answer: frames may follow.

    Attributes:
        own: Address of the acceptor's system.
        uid: The acceptor's incarnation.
        read: How many ordinary messages of the dialler's incarnation it has read, or was told not to expect.
    """

    own: Address
    uid: int
    read: int = 0


@dataclass(frozen=True, slots=True)
class Refuse:
    """The acceptor's other answer; the connection is closed behind it.

    Attributes:
        reason: For programs.
        text: For people.
        uid: The acceptor's incarnation.
    """

    reason: Refusal
    text: str
    uid: int


class HandshakeError(Exception):
    """What came is no handshake of ours. The text is for people."""


def write(word: Hello | Welcome | Refuse) -> bytes:
    """The body of the frame that says `word`."""
    fields: list[object]
    match word:
        case Hello():
            fields = ["hello", word.version, str(word.own), word.uid, str(word.target), word.lane.value]
        case Welcome():
            fields = ["welcome", VERSION, str(word.own), word.uid, word.read]
        case Refuse():
            fields = ["refuse", VERSION, word.reason.value, word.text, word.uid]
    packed: bytes = msgpack.packb([MAGIC, *fields])
    return packed


def read(body: bytes) -> Hello | Welcome | Refuse:
    """What a first frame says.

    Raises:
        HandshakeError: If it is anything else.
    """
    try:
        match msgpack.unpackb(body):
            case ["deathwatch", "hello", int(version), str(own), int(uid), str(target), *rest] if 0 < uid < 2**63:
                # Whoever speaks another version may have said something else there, and is to hear which we speak.
                lane = Lane(rest[0]) if version == VERSION else Lane.CONTROL
                return Hello(_remote(own), uid, _remote(target), version, lane)
            case ["deathwatch", "welcome", int(), str(own), int(uid), int(read), *_] if 0 < uid < 2**63:
                return Welcome(_remote(own), uid, read)
            case ["deathwatch", "refuse", int(), str(reason), str(text), int(uid), *_]:
                return Refuse(Refusal(reason), text, uid)
    except Exception as error:  # bytes of a stranger can make msgpack raise nearly anything; callers get one kind
        raise HandshakeError(f"the first {len(body)} bytes are no handshake of this protocol: {error}") from error
    raise HandshakeError(f"the first {len(body)} bytes are no handshake of this protocol")


def _remote(text: str) -> Address:
    address = Address.parse(text)
    if not address.is_remote:
        raise ValueError(f"{text} has no host and port")
    return address


class Acceptor:
    """The side that was dialled.

    Args:
        own: Our address.
        uid: Our incarnation.
    """

    def __init__(self, own: Address, uid: int) -> None:
        self._own = own
        self._uid = uid

    def hear(self, body: bytes) -> Hello | Refuse:
        """Judge the first frame: the `Hello` if it may be welcomed, else the `Refuse` to answer with."""
        try:
            word = read(body)
        except HandshakeError as error:
            return self.refuse(Refusal.NOT_OURS, str(error))
        if not isinstance(word, Hello):
            return self.refuse(Refusal.NOT_OURS, f"a connection begins with Hello, not with {type(word).__name__}")
        if word.version != VERSION:
            return self.refuse(
                Refusal.VERSION, f"{self._own} speaks protocol version {VERSION}, {word.own} speaks {word.version}"
            )
        if word.target != self._own:
            return self.refuse(
                Refusal.WRONG_TARGET,
                f"{word.own} looks for {word.target}, but here is {self._own}; "
                "a system is reached only by the name, host and port that it calls its own",
            )
        return word

    def welcome(self, read: int = 0) -> Welcome:
        """The answer to a `Hello` that shall be let in; `read` as in `Welcome`."""
        return Welcome(self._own, self._uid, read)

    def refuse(self, reason: Refusal, text: str) -> Refuse:
        """The answer to whoever shall not be let in."""
        return Refuse(reason, text, self._uid)


class Dialler:
    """The side that dials.

    Args:
        own: Our address.
        uid: Our incarnation.
        target: Whom we mean to reach.
        lane: What for.
    """

    def __init__(self, own: Address, uid: int, target: Address, lane: Lane = Lane.CONTROL) -> None:
        self.hello = Hello(own, uid, target, lane=lane)

    def hear(self, body: bytes) -> Welcome | Refuse:
        """Judge the acceptor's answer; a `Welcome` of somebody else comes back as a `Refuse`.

        Raises:
            HandshakeError: If it is no answer of this protocol.
        """
        word = read(body)
        if isinstance(word, Hello):
            raise HandshakeError("a Hello came where Welcome or Refuse was expected")
        if isinstance(word, Welcome) and word.own != self.hello.target:
            return Refuse(Refusal.WRONG_TARGET, f"{self.hello.target} was dialled, but {word.own} answers", word.uid)
        return word
