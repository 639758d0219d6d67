"""What can be noticed about another node, and what may follow from it: the vocabulary of `verdict`. Pure values.

Times are monotonic seconds. `detail` is always a text for people.
"""

from __future__ import annotations

import enum
import math

from actors.notices import DeathCause
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


# --- evidence: what the shells report --------------------------------------------------------------------------------


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
    """We dialled, and nobody listens there."""

    detail: str


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
    """It said that it shuts down in good order."""


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

# --- actions: what the shell is to do --------------------------------------------------------------------------------


@value
class Redial:
    """Dial again at `at`; give the connection and the handshake `timeout_s` each."""

    at: float
    timeout_s: float


@value
class Admit:
    """Answer the `Hello` with `Welcome`, or use the connection that was dialled."""

    uid: int


@value
class Hold:
    """Leave the `Hello` unanswered until it is known who lives at the address."""


@value
class Reject:
    """Refuse the `Hello`, or drop the connection that was dialled: that incarnation counts as dead."""

    detail: str


@value
class Recheck:
    """Read what is in the sockets, and ask the detector once more in a later turn of the loop."""


@value
class Suspect:
    """Tell that the node is suspected; may be withdrawn."""

    detail: str
    reading: Reading = NO_READING
    ground: Ground = Ground.SILENCE


@value
class BeginAgain:
    """Forget the silence so far: the node has shaken hands. Of no effect on who has just answered a heartbeat."""


@value
class Unsuspect:
    """Tell that it is not suspected any more."""


@value
class WakeAt:
    """Report `Woke` at `at`."""

    at: float


@value
class Convict:
    """The node's incarnation is dead: final for `uid` (0 if it never introduced itself)."""

    uid: int
    cause: DeathCause
    detail: str

    @property
    def is_certain(self) -> bool:
        """Whether this is a fact rather than a judgement of silence."""
        return self.cause.is_certain


Action = Redial | Admit | Hold | Reject | Recheck | Suspect | Unsuspect | BeginAgain | WakeAt | Convict
