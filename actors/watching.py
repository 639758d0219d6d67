"""`WatchBook`: whom I watch, who watches me, and exactly one `Terminated` for each registration. Pure.

The cell (`runtime.cell`) is its shell: it sends what the book returns and asks it before showing a `Terminated` to user
code. The book belongs to the cell, not to the instance, so it survives restarts (D49). Akka counterpart: `DeathWatch`
in `ActorCell`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from actors.notices import Terminated
from actors.ref import ActorRef
from actors.signals import AddressTerminated, DeathWatchNotification


@dataclass(frozen=True, slots=True)
class CustomTermination:
    """Stands in the mailbox for the message of a `watch_with` until it is handled (D28, D32).

    Attributes:
        ref: The dead actor.
        message: What the watcher asked for.
    """

    ref: ActorRef[Any]
    message: Any


class WatchBook:
    """The registrations of one actor.

    Life of one registration: `watching` -> (notification) -> `queued` -> (handled) -> gone. `unwatch` ends it in both
    places, which is how a `Terminated` that already waits in the mailbox is cancelled (D21).

    Attributes:
        watching: Subject -> custom message, or `None` for a plain `Terminated`.
        queued: Subjects whose `Terminated` waits in the mailbox (or in the stash), with the custom message.
        watchers: Who watches this actor, in the order of registration.
    """

    __slots__ = ("queued", "watchers", "watching")

    def __init__(self) -> None:
        self.watching: dict[ActorRef[Any], Any] = {}
        self.queued: dict[ActorRef[Any], Any] = {}
        self.watchers: dict[ActorRef[Any], None] = {}

    def watch(self, subject: ActorRef[Any], message: Any = None) -> bool:
        """Register. Returns whether the subject has to be told (it has not, if it already was).

        While a `Terminated` of the subject is queued, it serves this registration too (D20).

        Raises:
            ValueError: If it is registered with another message, or with one and now without (D30); nothing changes
            then.
        """
        for book in (self.watching, self.queued):
            if subject in book:
                known = book[subject]
                if known is message or known == message:
                    return False
                raise ValueError(
                    f"{subject} is already watched with {known!r} and cannot be watched with {message!r}; "
                    "unwatch it first"
                )
        self.watching[subject] = message
        return True

    def unwatch(self, subject: ActorRef[Any]) -> bool:
        """End a registration, also one whose `Terminated` is queued or stashed. Returns whether to tell the subject."""
        self.queued.pop(subject, None)
        if subject in self.watching:
            del self.watching[subject]
            return True
        return False

    def notified(self, notification: DeathWatchNotification) -> Terminated | CustomTermination | None:
        """A death is reported. Returns what to put at the tail of the mailbox, `None` if nobody asked (D15)."""
        subject = notification.subject
        if subject not in self.watching:
            return None
        message = self.watching.pop(subject)
        self.queued[subject] = message
        if message is not None:
            return CustomTermination(subject, message)
        return Terminated(
            subject,
            notification.existence_confirmed,
            notification.address_terminated,
            notification.cause,
            notification.detail,
        )

    def take(self, subject: ActorRef[Any]) -> bool:
        """A queued `Terminated` is about to be shown. Returns whether it still may be."""
        if subject in self.queued:
            del self.queued[subject]
            return True
        return False

    def put_back(self, subject: ActorRef[Any], message: Any = None) -> None:
        """A `Terminated` that was shown is stashed: it counts as queued again, and unwatching drops it (D27)."""
        self.queued[subject] = message

    def address_terminated(self, signal: AddressTerminated) -> list[DeathWatchNotification]:
        """A node is gone: forget its watchers, and return a notification for each subject there."""
        for watcher in [ref for ref in self.watchers if ref.path.address == signal.address]:
            del self.watchers[watcher]
        return [
            DeathWatchNotification(subject, False, True, signal.cause, signal.detail)
            for subject in self.watching
            if subject.path.address == signal.address
        ]

    def add_watcher(self, watcher: ActorRef[Any]) -> None:
        """Somebody watches this actor."""
        self.watchers[watcher] = None

    def remove_watcher(self, watcher: ActorRef[Any]) -> None:
        """Somebody no longer does."""
        self.watchers.pop(watcher, None)

    def unwatch_all(self) -> list[ActorRef[Any]]:
        """This actor is stopping: end every registration (D47). Returns the subjects to be told."""
        subjects = list(self.watching)
        self.watching.clear()
        self.queued.clear()
        return subjects

    def drain_watchers(self) -> list[ActorRef[Any]]:
        """This actor is dead. Returns whom to tell: remote watchers first, lest a shutdown overtake them (D45)."""
        watchers = sorted(self.watchers, key=lambda ref: not ref.path.address.is_remote)
        self.watchers.clear()
        return watchers

    def check(self) -> None:
        """Raise `AssertionError` if an invariant is broken."""
        both = self.watching.keys() & self.queued.keys()
        assert not both, f"registered and queued at once: {both}"  # noqa: S101
