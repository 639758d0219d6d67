"""What may follow from evidence: what `verdict` has the shell do. Pure values.

Times are monotonic seconds. `detail` is always a text for people. Deliberately not here: what is judged by
(`evidence`), and the doing (`runtime.remote.association`).
"""

from __future__ import annotations

import math

from actors.notices import DeathCause
from actors.values import value
from runtime.protocol.evidence import NO_READING, Ground, Reading


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
    """The node's incarnation is dead: final for `uid`.

    Attributes:
        uid: The incarnation, 0 if it never introduced itself.
        cause: By which evidence.
        detail: For people.
        as_of: Of whom that is so: watches that were made later, and that nobody has taken, begin anew.
    """

    uid: int
    cause: DeathCause
    detail: str
    as_of: float = math.inf

    @property
    def is_certain(self) -> bool:
        """Whether this is a fact rather than a judgement of silence."""
        return self.cause.is_certain


Action = Redial | Admit | Hold | Reject | Recheck | Suspect | Unsuspect | BeginAgain | WakeAt | Convict
