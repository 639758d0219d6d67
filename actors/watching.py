"""`WatchBook`: whom I watch, who watches me, and exactly one `Terminated` for each registration. Pure.

The cell (`runtime.cell`) is its shell: it sends what the book returns and asks it before showing a `Terminated` to user
code. The book belongs to the cell, not to the instance, so it survives restarts (D49). Akka counterpart: `DeathWatch`
in `ActorCell`.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from actors.notices import Terminated
from actors.ref import ActorRef
from actors.signals import AddressTerminated, DeathWatchNotification
from actors.values import value


@value
class CustomTermination:
    """Stands in the mailbox for the message of a `watch_with` until it is handled (D28, D32).

    Attributes:
        ref: The dead actor.
        message: What the watcher asked for.
    """

    ref: ActorRef[Any]
    message: Any


_UNKNOWN: Final = object()

Notice: TypeAlias = "Terminated | CustomTermination"


class WatchBook:
    """The registrations of one actor.

    Life of one registration: `watching` -> (notification) -> `queued` -> (handled) -> gone. `unwatch` ends it in both
    places, which is how a `Terminated` that already waits in the mailbox is cancelled (D21). What waits is known by
    identity, not by its subject: a notice that somebody else forwards (D16), or one of a registration that was ended
    and made anew meanwhile (D31), is not mistaken for the one that is due.

    Most actors watch one other: it needs no table, which would take 300 bytes, and as much of the processor's caches
    when ten thousand watchers are told.

    Attributes:
        watchers: Who watches this actor, in the order of registration.
    """

    __slots__ = ("_far", "_message", "_only", "_others", "_queued", "_shown", "_subject", "watchers")

    def __init__(self) -> None:
        self._subject: ActorRef[Any] | None = None  # the first that is watched, with what is to be told
        self._message: Any = None
        self._others: dict[ActorRef[Any], Any] | None = None
        # The notices that wait in the mailbox or in the stash. Most often there is one.
        self._only: Notice | None = None
        self._queued: dict[ActorRef[Any], Notice] | None = None
        self.watchers: dict[ActorRef[Any], None] = {}
        self._shown: Notice | None = None  # to user code, last
        self._far = False  # whether any watcher was ever on another machine

    @property
    def watching(self) -> dict[ActorRef[Any], Any]:
        """Subject -> custom message, or `None` for a plain `Terminated`."""
        watching: dict[ActorRef[Any], Any] = {} if self._subject is None else {self._subject: self._message}
        return watching | (self._others or {})

    @property
    def queued(self) -> dict[ActorRef[Any], Notice]:
        """Subject -> its notice, which waits in the mailbox or in the stash."""
        queued = dict(self._queued or {})
        if self._only is not None:
            queued[self._only.ref] = self._only
        return queued

    def watch(self, subject: ActorRef[Any], message: Any = None) -> bool:
        """Register. Returns whether the subject has to be told (it has not, if it already was).

        While a `Terminated` of the subject is queued, it serves this registration too (D20).

        Raises:
            ValueError: If it is registered with another message, or with one and now without (D30); nothing changes
            then.
        """
        known = self._registered(subject)
        if known is _UNKNOWN:
            notice = self._find(subject)
            if notice is None:
                self._register(subject, message)
                return True
            known = _custom_message(notice)
        if known is message or known == message:
            return False
        raise ValueError(
            f"{subject} is already watched with {known!r} and cannot be watched with {message!r}; unwatch it first"
        )

    def unwatch(self, subject: ActorRef[Any]) -> bool:
        """End a registration, also one whose notice is queued or stashed. Returns whether the subject is to be told."""
        self._forget(subject)
        return self._end(subject) is not _UNKNOWN

    def notified(self, notification: DeathWatchNotification) -> Notice | None:
        """A death is reported. Returns what to put at the tail of the mailbox, `None` if nobody asked (D15)."""
        subject = notification.subject
        message = self._end(subject)
        if message is _UNKNOWN:
            return None
        notice: Notice
        if message is not None:
            notice = CustomTermination(subject, message)
        else:
            notice = Terminated(
                subject,
                notification.existence_confirmed,
                notification.address_terminated,
                notification.cause,
                notification.detail,
            )
        if self._only is None and self._queued is None:
            self._only = notice
        else:
            self._queue(notice)
        return notice

    def show(self, notification: DeathWatchNotification) -> Terminated | None:
        """As `notified` and `take` in one, for a mailbox in which nothing waits: nothing has to be remembered.

        Returns what is to be shown at once; `None`, and nothing is changed, if `notified` has to be asked.
        """
        if self._subject is notification.subject and self._message is None:
            self._subject = None
        elif self._registered(notification.subject) is None:
            self._end(notification.subject)
        else:
            return None  # nobody asked, or a message of its own is due
        self._shown = notice = notification.notice or notification.terminated()
        return notice

    def take(self, notice: Notice) -> bool:
        """A notice from the mailbox is about to be shown. Returns whether it still may be."""
        if notice is self._only:
            self._only = None
        elif self._queued is not None and self._queued.get(notice.ref) is notice:
            self._forget(notice.ref)
        else:
            return False
        self._shown = notice
        return True

    def put_back(self, message: Any, sender: ActorRef[Any] | None) -> Any:
        """A message is stashed. Returns what to stash: for a death that was just shown, its notice.

        The notice then counts as queued again: it comes back as what it was (D32), and unwatching drops it (D27).
        """
        notice = self._shown
        if notice is None or sender != notice.ref:
            return message
        custom = _custom_message(notice)
        if message is not (notice if custom is None else custom):
            return message
        self._shown = None
        if self._registered(notice.ref) is _UNKNOWN and self._find(notice.ref) is None:
            self._queue(notice)  # otherwise a registration made meanwhile has a notice of its own (D19)
        return notice

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
        if watcher.path.address.host is not None:
            self._far = True

    def remove_watcher(self, watcher: ActorRef[Any]) -> None:
        """Somebody no longer does."""
        self.watchers.pop(watcher, None)

    def unwatch_all(self) -> list[ActorRef[Any]]:
        """This actor is stopping: end every registration (D47). Returns the subjects to be told."""
        self._shown = None
        self._only = self._queued = None
        if self._subject is None and not self._others:
            return []
        subjects = list(self.watching)
        self._subject = self._message = self._others = None
        return subjects

    def drain_watchers(self, parent: ActorRef[Any] | None = None) -> list[ActorRef[Any]]:
        """This actor is dead. Returns whom to tell: remote watchers first, lest a shutdown overtake them (D45).

        Args:
            parent: Is told anyway.
        """
        if parent is not None:
            self.watchers.pop(parent, None)
        if not self.watchers:
            return []
        watchers, self.watchers = list(self.watchers), {}
        if not self._far:
            return watchers
        remote = [ref for ref in watchers if ref.path.address.host is not None]
        if not remote:
            return watchers
        return remote + [ref for ref in watchers if ref.path.address.host is None]

    def _registered(self, subject: ActorRef[Any]) -> Any:
        """The message of a registration, or `_UNKNOWN`."""
        if self._subject is not None and self._subject == subject:
            return self._message
        return _UNKNOWN if self._others is None else self._others.get(subject, _UNKNOWN)

    def _register(self, subject: ActorRef[Any], message: Any) -> None:
        if self._subject is None and not self._others:  # so that the order is that of registration
            self._subject, self._message = subject, message
            return
        if self._others is None:
            self._others = {}
        self._others[subject] = message

    def _end(self, subject: ActorRef[Any]) -> Any:
        """End a registration. Returns its message, or `_UNKNOWN`."""
        if self._subject is not None and self._subject == subject:
            message, self._subject, self._message = self._message, None, None
            return message
        return _UNKNOWN if self._others is None else self._others.pop(subject, _UNKNOWN)

    def _find(self, subject: ActorRef[Any]) -> Notice | None:
        if self._only is not None and self._only.ref == subject:
            return self._only
        return None if self._queued is None else self._queued.get(subject)

    def _queue(self, notice: Notice) -> None:
        if self._queued is None:
            self._queued = {}
        self._queued[notice.ref] = notice

    def _forget(self, subject: ActorRef[Any]) -> None:
        if self._only is not None and self._only.ref == subject:
            self._only = None
        elif self._queued is not None:
            self._queued.pop(subject, None)
            self._queued = self._queued or None

    def check(self) -> None:
        """Raise `AssertionError` if an invariant is broken."""
        if queued := self.queued:
            both = self.watching.keys() & queued.keys()
            assert not both, f"registered and queued at once: {both}"  # noqa: S101
        if not self._far:
            far = [ref for ref in self.watchers if ref.path.address.host is not None]
            assert not far, f"not known to be on other machines: {far}"  # noqa: S101


def _custom_message(notice: Notice) -> Any:
    """What the watcher asked for instead of a `Terminated`, or `None`."""
    return notice.message if isinstance(notice, CustomTermination) else None
