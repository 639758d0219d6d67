"""`WatchBook` against a model that numbers registrations and keeps, for each notice, whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from actors import Address, DeathCause, Terminated
from actors.signals import AddressTerminated, DeathWatchNotification
from actors.watching import WatchBook
from tests.actors.refs import ref

NODE = Address("far", "10.0.0.1", 2552)
SUBJECTS = st.sampled_from([ref("a"), ref("b"), ref("a", uid=2), ref("c", address=NODE), ref("d", address=NODE)])
MESSAGES = st.sampled_from([None, "x", "y"])


@dataclass
class Registration:
    """One `watch` that had an effect.

    Attributes:
        message: Custom message, or `None`.
        state: alive -> due -> shown, back from shown to due by a stash, and over from anywhere by an unwatch.
    """

    message: Any
    state: str = "alive"


class BookAndModel(RuleBasedStateMachine):
    """Does the same to a book and to the model, with a mailbox and a stash between death and handling."""

    def __init__(self) -> None:
        super().__init__()
        self.book = WatchBook()
        self.registrations: dict[Any, Registration] = {}
        self.mailbox: list[tuple[Any, Registration | None]] = []
        self.stash: list[tuple[Any, Registration | None]] = []
        self.handling: tuple[Any, Any, Registration] | None = None

    def current(self, subject: Any) -> Registration | None:
        """The registration that a watch of this subject would meet."""
        found = self.registrations.get(subject)
        return found if found is not None and found.state in ("alive", "due") else None

    @rule(subject=SUBJECTS, message=MESSAGES)
    def watch(self, subject: Any, message: Any) -> None:
        """Register, or meet what is registered."""
        current = self.current(subject)
        if current is None:
            assert self.book.watch(subject, message)
            self.registrations[subject] = Registration(message)
        elif current.message == message:
            assert not self.book.watch(subject, message)
        else:
            with pytest.raises(ValueError):
                self.book.watch(subject, message)

    @rule(subject=SUBJECTS)
    def unwatch(self, subject: Any) -> None:
        """End the registration wherever it is."""
        current = self.current(subject)
        assert self.book.unwatch(subject) == (current is not None and current.state == "alive")
        if current is not None:
            current.state = "over"

    @rule(subject=SUBJECTS)
    def die(self, subject: Any) -> None:
        """A notification, wanted or not, for one who has messages."""
        self.arrive(DeathWatchNotification(subject))

    @precondition(lambda self: not self.mailbox)
    @rule(subject=SUBJECTS)
    def die_before_one_who_is_idle(self, subject: Any) -> None:
        """A notification for an empty mailbox: most often it is shown at once, and never put there."""
        current = self.current(subject)
        notification = DeathWatchNotification(subject)
        notice = self.book.show(notification)
        if current is None or current.state != "alive" or current.message is not None:
            assert notice is None
            self.arrive(notification)
            return
        assert notice == Terminated(subject)
        current.state = "shown"
        self.handling = notice, notice, current

    @rule()
    def node_dies(self) -> None:
        """A verdict on the node."""
        for notification in self.book.address_terminated(AddressTerminated(NODE, DeathCause.UNREACHABLE)):
            assert self.registrations[notification.subject].state == "alive"
            self.arrive(notification)
        there = [one for subject, one in self.registrations.items() if subject.path.address == NODE]
        assert all(one.state != "alive" for one in there)

    def arrive(self, notification: DeathWatchNotification) -> None:
        """What the cell does with a notification."""
        current = self.current(notification.subject)
        notice = self.book.notified(notification)
        assert (notice is not None) == (current is not None and current.state == "alive")
        if notice is not None and current is not None:
            current.state = "due"
            self.mailbox.append((notice, current))

    @precondition(lambda self: self.mailbox)
    @rule()
    def handle(self) -> None:
        """The next message's turn."""
        notice, registration = self.mailbox.pop(0)
        shown = self.book.take(notice)
        assert shown == (registration is not None and registration.state == "due")
        self.handling = None
        if shown and registration is not None:
            registration.state = "shown"
            payload = notice if isinstance(notice, Terminated) else notice.message
            assert registration.message == (None if payload is notice else payload)
            self.handling = payload, notice, registration

    @precondition(lambda self: self.handling is not None)
    @rule()
    def put_aside(self) -> None:
        """Stash what is being handled."""
        assert self.handling is not None
        payload, notice, registration = self.handling
        self.handling = None
        assert self.book.put_back(payload, notice.ref) is notice
        if self.current(notice.ref) is None:
            registration.state = "due"
            self.registrations[notice.ref] = registration
        else:
            registration.state = "over"
        self.stash.append((notice, registration))

    @rule()
    def take_out(self) -> None:
        """Unstash all."""
        self.mailbox[:0] = self.stash
        self.stash.clear()

    @rule(subject=SUBJECTS)
    def somebody_forwards(self, subject: Any) -> None:
        """A Terminated of somebody else's."""
        self.mailbox.append((Terminated(subject), None))

    @rule()
    def begin_to_stop(self) -> None:
        """End everything."""
        alive = [subject for subject, one in self.registrations.items() if one.state == "alive"]
        assert set(self.book.unwatch_all()) == set(alive)
        self.registrations.clear()
        self.handling = None
        for _, registration in (*self.mailbox, *self.stash):
            if registration is not None:
                registration.state = "over"

    @invariant()
    def nothing_is_left_over(self) -> None:
        """The book is consistent, and as large as what is registered (D34)."""
        self.book.check()
        states = [one.state for one in self.registrations.values()]
        assert len(self.book.watching) == states.count("alive")
        assert len(self.book.queued) == states.count("due")


TestBookAndModel = BookAndModel.TestCase
TestBookAndModel.settings = settings(max_examples=300, stateful_step_count=30)
TestBookAndModel.__doc__ = "D1, D20, D21, D27, D30: in whatever order things are done, the book does as the model does."
