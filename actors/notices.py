"""What the runtime says to user code: deaths, dead letters, timeouts, and the two messages that end an actor. Pure.

Everything here may appear in `receive` or on the event stream. What cells say to each other is in `actors.signals`.
"""

from __future__ import annotations

import enum
from typing import Any

from actors.ref import ActorRef, ForAnyActor
from actors.values import value


class DeathCause(enum.Enum):
    """Why an actor is believed to be gone, and so how certain that is.

    Differs from Akka: Akka's `Terminated` carries two flags and no reason.
    """

    STOPPED = "stopped"
    """It stopped in good order."""
    FAILED = "failed"
    """It failed and its supervisor stopped it."""
    KILLED = "killed"
    """`Kill` ended it."""
    NEVER_EXISTED = "never-existed"
    """Nothing lives at that path: it was dead before the watch came, or never was."""
    NODE_SHUTDOWN = "node-shutdown"
    """Its system said goodbye."""
    PROCESS_DEAD = "process-dead"
    """Its process is gone. Certain: a refused dial, or an exit status."""
    NEW_INCARNATION = "new-incarnation"
    """Another incarnation of its system answers at the address. Certain."""
    UNREACHABLE = "unreachable"
    """Its node was silent for too long. A judgement, not a certainty."""
    QUARANTINED = "quarantined"
    """Its node had been declared dead before."""

    @property
    def is_certain(self) -> bool:
        """Whether the death is a fact rather than a judgement of silence."""
        return self not in (DeathCause.UNREACHABLE, DeathCause.QUARANTINED)


@value
class Terminated:
    """A watched actor is dead. Comes exactly once for each registration, after every message of its subject.

    Akka counterpart: `Terminated`, without `cause` and `detail`.

    Attributes:
        ref: The dead actor.
        existence_confirmed: A living cell answered the watch; `False` for anything already dead (D3).
        address_terminated: Its whole node is gone, not only the actor.
        cause: Why.
        detail: For people: the exception, the signal, phi and the silence in seconds.
    """

    ref: ActorRef[Any]
    existence_confirmed: bool = True
    address_terminated: bool = False
    cause: DeathCause = DeathCause.STOPPED
    detail: str = ""

    @property
    def is_certain(self) -> bool:
        """Whether the death is a fact rather than a judgement of silence."""
        return self.cause.is_certain


@value
class ReceiveTimeout:
    """No message came for the time that `set_receive_timeout` was given.

    Attributes:
        timeout_s: That time in seconds, above 0.
    """

    timeout_s: float = 0.0


@value
class PoisonPill(ForAnyActor):
    """Stops an actor when its turn comes in the mailbox; never shown to `receive` (S62, S64)."""


@value
class Kill(ForAnyActor):
    """Makes an actor fail with `ActorKilledError`; its supervisor decides (S63)."""


@value
class DeadLetter:
    """A message that could not be delivered; published on the event stream.

    Attributes:
        message: What was sent.
        sender: By whom, if that is known.
        recipient: To whom.
    """

    message: Any
    sender: ActorRef[Any] | None
    recipient: ActorRef[Any]


@value
class SuppressedDeadLetter:
    """A dead letter that nobody misses (`PoisonPill`, `Terminated`, ...); its own class on the event stream (A9).

    Attributes:
        message: What was sent.
        sender: By whom, if that is known.
        recipient: To whom.
    """

    message: Any
    sender: ActorRef[Any] | None
    recipient: ActorRef[Any]


@value
class UnhandledMessage:
    """A message that `receive` gave to `unhandled`; published on the event stream (A12).

    Attributes:
        message: What was not handled.
        sender: Who sent it; dead letters when nobody said.
        recipient: Who did not handle it.
    """

    message: Any
    sender: ActorRef[Any] | None
    recipient: ActorRef[Any]


@value
class Identify(ForAnyActor):
    """Answered by the runtime with `ActorIdentity` (A14).

    Attributes:
        correlation_id: Anything; comes back in the answer.
    """

    correlation_id: Any = None

    def __ask_reply__(self, ref: ActorRef[Any], /) -> ActorIdentity:  # for type checkers, as in `Request`
        raise TypeError("the answer comes from the runtime")


@value
class ActorIdentity:
    """The answer to `Identify`.

    Attributes:
        correlation_id: That of the question.
        ref: The actor with its uid, or `None` if nothing lives at that path.
    """

    correlation_id: Any
    ref: ActorRef[Any] | None
