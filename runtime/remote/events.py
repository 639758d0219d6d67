"""What remoting publishes on the event stream, for operators and for programs that act on it. Pure values.

Deaths reach watchers as `Terminated`, not through these.
"""

from __future__ import annotations

from dataclasses import dataclass

from actors.address import Address
from actors.notices import DeathCause


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


@dataclass(frozen=True, slots=True)
class NodeSuspected:
    """A watched node is suspiciously silent; may be withdrawn by `NodeTrusted`."""

    address: Address
    detail: str


@dataclass(frozen=True, slots=True)
class NodeTrusted:
    """A suspicion is withdrawn."""

    address: Address


@dataclass(frozen=True, slots=True)
class QuarantinedBy:
    """Another node has declared this incarnation of ours dead and will not listen to it any more (R24).

    A program that needs that node has to start again as a new incarnation.
    """

    address: Address
    detail: str
