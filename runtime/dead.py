"""References to nobody: the system's dead letters, and actors that are gone or never were. SHELL-side sinks.

A watch that lands here is answered: that is how watching the dead works (D2, D4).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.address import ActorPath
from actors.notices import (
    ActorIdentity,
    DeadLetter,
    DeathCause,
    Identify,
    Kill,
    PoisonPill,
    ReceiveTimeout,
    SuppressedDeadLetter,
    Terminated,
)
from actors.ref import ActorRef
from actors.signals import DeathWatchNotification, Signal, Watch
from runtime.events import EventStream
from runtime.host import Host
from runtime.repetition import Repetition, as_fields
from runtime.room import tell_or_drop
from runtime.timers import TimerTick

_SUPPRESSED = (PoisonPill, Kill, Terminated, ReceiveTimeout, TimerTick, Identify)


class DeadLetterOffice:
    """Publishes what could not be delivered, and logs the first few (A10).

    Args:
        events: Where `DeadLetter` and `SuppressedDeadLetter` are published.
        log: The system's logger.
        repetition: How many are logged.
        now: The time in seconds.
    """

    def __init__(self, events: EventStream, log: Any, repetition: Repetition, now: Callable[[], float]) -> None:
        self._events = events
        self._log = log
        self._repetition = repetition
        self._now = now

    def take(self, message: Any, sender: ActorRef[Any] | None, recipient: ActorRef[Any]) -> None:
        """One message was not delivered."""
        kind = type(message)  # not what the message says of itself
        if issubclass(kind, DeadLetter | SuppressedDeadLetter):
            return  # published already; it went to a dead subscriber
        if kind is Identify and isinstance(sender, ActorRef):
            nobody = ActorIdentity(message.correlation_id, None)  # lives there (A14)
            tell_or_drop(self._events.host, sender, nobody)
            return
        if issubclass(kind, _SUPPRESSED):
            self._events.publish(SuppressedDeadLetter(message, sender, recipient))
            return
        self._events.publish(DeadLetter(message, sender, recipient))
        line = self._repetition.next(self._now())
        if line is not None:
            self._log.info(
                "dead letter",
                message_type=kind.__name__,
                recipient=str(recipient),
                sender=str(sender) if isinstance(sender, ActorRef) else None,
                **as_fields(line),
            )

    def close(self) -> None:
        """The system has ended: say how many were not logged."""
        if self._repetition.skipped:
            self._log.info("dead letters that were not logged", count=self._repetition.skipped)


class DeadSink:
    """Stands behind a reference to nobody.

    Args:
        host: The system.
        answers: Whether a watch is answered; not for the system's own dead letters (D13).
    """

    __slots__ = ("_answers", "host", "ref")

    def __init__(self, host: Host, answers: bool) -> None:
        self.host: Host = host
        self._answers = answers
        self.ref: ActorRef[Any] | None = None

    def tell(self, message: Any, sender: ActorRef[Any] | None = None) -> None:
        """A dead letter."""
        if message is None:
            raise ValueError("None is not a message")
        if self.ref is not None:
            self.host.dead_letter(message, sender, self.ref)

    def signal(self, signal: Signal) -> None:
        """Answer a watch: nothing lives here."""
        if isinstance(signal, Watch) and self._answers:
            detail = "nothing lives at that path"
            signal.watcher.sink.signal(
                DeathWatchNotification(signal.watchee, False, False, DeathCause.NEVER_EXISTED, detail)
            )


def nobody(host: Host, path: ActorPath, *, answers: bool) -> ActorRef[Any]:
    """A reference of nobody; `answers` says whether a watch is answered."""
    sink = DeadSink(host, answers)
    sink.ref = ActorRef(path, sink)
    return sink.ref
