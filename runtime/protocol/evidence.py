"""What can be noticed about another node: what `verdict` judges by. Pure values.

Times are monotonic seconds. `detail` is always a text for people. Deliberately not here: what follows (`actions`).
"""

from __future__ import annotations

import enum
import math

from actors.values import value
from runtime.protocol.handshake import Refusal


@value
class Reading:
    """What the detector of a node showed.

    Attributes:
        suspicion: In the detector's own unit.
        silence_s: For how long the node has not answered.
        own_lag_s: How late our own loop has been of late.
    """

    suspicion: float = 0.0
    silence_s: float = 0.0
    own_lag_s: float = 0.0


NO_READING = Reading()


class Ground(enum.StrEnum):
    """On what ground a node is suspected."""

    SILENCE = "silence"
    """It does not answer heartbeats."""
    NO_CONNECTION = "no-connection"
    """It cannot be reached by any dial, though its silence proves nothing yet: its datagrams may well be answered."""


@value
class Watched:
    """Somebody here watches an actor there, or somebody there watches one here: death is of interest now."""


@value
class Unwatched:
    """The last of those is gone."""


@value
class Introduced:
    """The node dialled us and its `Hello` says that it is incarnation `uid`."""

    uid: int


@value
class InboundClosed:
    """All connections that bring messages or answers of the current incarnation are read to their ends and closed."""


@value
class ConnectionLost:
    """The connection that we had dialled was closed or reset, or the one that it had dialled while we had none."""

    detail: str


@value
class ConnectionMute:
    """The connection that we had dialled seems to stand, but nothing comes back on it that should have long since.

    Attributes:
        detail: What is waited for.
        is_alive: Whether the node meanwhile answers on another way: then it is certainly not dead.
    """

    detail: str
    is_alive: bool = False


@value
class Answered:
    """We began to dial at `begun_at`, and incarnation `uid` shook hands.

    Attributes:
        brings_answers: Whether answers to asks may come on this connection, which are read before a death is told.
    """

    uid: int
    brings_answers: bool = False
    begun_at: float = math.inf


@value
class DialRefused:
    """We dialled, and nobody listens there.

    Attributes:
        detail: For people.
        begun_at: When we began to dial.
    """

    detail: str
    begun_at: float = math.inf


@value
class DialFailed:
    """We dialled without a result: no answer in time, no route, or accepted and then closed before the handshake."""

    detail: str


@value
class TurnedAway:
    """We dialled, and whoever is there refused the handshake.

    Attributes:
        uid: Its incarnation, 0 if it did not say.
        reason: Why: it is not the one we look for, speaks another version, or has declared us dead.
        detail: Its text.
        begun_at: When we began to dial.
    """

    uid: int
    reason: Refusal
    detail: str
    begun_at: float = math.inf


@value
class Goodbye:
    """Incarnation `uid` said that it shuts down in good order; perhaps some time ago, and another lives there now."""

    uid: int


@value
class Exited:
    """Its process is known to have ended: a child's exit status."""

    detail: str


@value
class Declared:
    """Somebody who answers for it says that the node is dead: an operator, or an agent that has switched it off."""

    detail: str


@value
class Overflowed:
    """Too many system messages to it wait for acknowledgement (R19)."""

    detail: str


@value
class Heard:
    """A heartbeat was answered; or nobody here watches anybody there any more, and so none is sent."""


@value
class Spoke:
    """Something came from the node by itself: while its last dial is under way, or after it had been mute for long.

    Attributes:
        was_mute: Whether nothing had come by itself for as long as a pause may last.
    """

    was_mute: bool = False


@value
class Suspicious:
    """The detector's suspicion passed the part of its threshold from which that is told."""

    detail: str
    reading: Reading = NO_READING


@value
class Silent:
    """The detector's suspicion reached its threshold."""

    detail: str
    reading: Reading = NO_READING


@value
class OwnStall:
    """Our own loop was late by `lateness_s`: silence in that time proves nothing."""

    lateness_s: float


@value
class Woke:
    """The time of a `WakeAt` has come."""


Evidence = (
    Watched
    | Unwatched
    | Introduced
    | InboundClosed
    | ConnectionLost
    | ConnectionMute
    | Answered
    | DialRefused
    | DialFailed
    | TurnedAway
    | Goodbye
    | Exited
    | Declared
    | Overflowed
    | Heard
    | Spoke
    | Suspicious
    | Silent
    | OwnStall
    | Woke
)
