"""What remoting publishes on the event stream, for operators and for programs that act on it. Pure values.

Deaths reach watchers as `Terminated`, not through these.
"""

from __future__ import annotations

from dataclasses import dataclass

from actors.address import Address
from actors.notices import DeathCause
from runtime.protocol.evidence import NO_READING, Ground, Reading


@dataclass(frozen=True, slots=True)
class NodeTerminated:
    """A node was convicted; final for this incarnation.

    Attributes:
        address: The node.
        uid: Its incarnation, 0 if it never introduced itself.
        cause: By which evidence.
        detail: The evidence for people.
    """

    address: Address
    uid: int
    cause: DeathCause
    detail: str

    @property
    def is_certain(self) -> bool:
        """Whether the death is a fact rather than a judgement of silence."""
        return self.cause.is_certain


@dataclass(frozen=True, slots=True)
class NodeSuspected:
    """A watched node is suspiciously silent, or out of reach; may be withdrawn by `NodeTrusted`.

    Attributes:
        address: The node.
        detail: For people.
        reading: What the detector showed.
        ground: Whether it is silent, or only cannot be connected to; of several the first.
    """

    address: Address
    detail: str
    reading: Reading = NO_READING
    ground: Ground = Ground.SILENCE

    @property
    def suspicion(self) -> float:
        """In the detector's own unit: phi, or the used part of the margin."""
        return self.reading.suspicion

    @property
    def silence_s(self) -> float:
        """For how long it has not answered."""
        return self.reading.silence_s

    @property
    def own_lag_s(self) -> float:
        """How late our own loop has been of late; a late one is a reason to look at ourselves first."""
        return self.reading.own_lag_s


@dataclass(frozen=True, slots=True)
class NodeTrusted:
    """A suspicion is withdrawn.

    Attributes:
        address: The node.
    """

    address: Address


@dataclass(frozen=True, slots=True)
class MessagesLost:
    """Messages from a node that lives did not come, for a connection had broken; published where they should have come.

    What a node gives up before it is written is dead letters there, and not in this number.

    Attributes:
        address: Who had sent them.
        count: How many.
    """

    address: Address
    count: int


@dataclass(frozen=True, slots=True)
class QuarantinedBy:
    """Another node has declared this incarnation of ours dead and will not listen to it any more (R24).

    A program that needs that node has to start again as a new incarnation.

    Attributes:
        address: Who says so.
        detail: Its words.
    """

    address: Address
    detail: str
