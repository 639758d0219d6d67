"""A bounded mailbox and its stash against a model: a list of what waits, one of what is put aside, and who waits."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actors import MailboxFull, MailboxSettings, Overflow, Terminated
from actors.mailbox import BoundedLane, Waiting, put_exempt
from runtime.stashing import handled_message, stash, unstash_all
from tests.actors.refs import ref

STASH_CAPACITY = 3


class MailboxAndModel(RuleBasedStateMachine):
    """Sends, handles, stashes and waits; each message is somewhere at any time, and exactly once."""

    @initialize(capacity=st.integers(1, 4), overflow=st.sampled_from(list(Overflow)))
    def begin(self, capacity: int, overflow: Overflow) -> None:
        """An empty mailbox."""
        self.capacity, self.overflow = capacity, overflow
        self.dropped: list[Any] = []
        self.lane = BoundedLane(MailboxSettings(capacity, overflow), lambda envelope: self.dropped.append(envelope[0]))
        self.cell = SimpleNamespace(
            message=None,
            sender=None,
            stashed=None,
            book=None,
            ref=ref("owner"),
            user=self.lane,
            host=SimpleNamespace(settings=SimpleNamespace(stash_capacity=STASH_CAPACITY)),
        )
        self.sent = 0
        self.waits: list[Any] = []
        self.aside: list[Any] = []
        self.lost: list[Any] = []
        self.queue: list[tuple[Any, Waiting]] = []
        self.let_in: list[Any] = []
        self.handled: Any = None

    def next_message(self) -> int:
        """One that nobody has sent before."""
        self.sent += 1
        return self.sent

    def ordinary(self) -> list[Any]:
        """What the bound applies to."""
        return [message for message in self.waits if not isinstance(message, Terminated)]

    @rule()
    def tell(self) -> None:
        """An ordinary message, with room or without."""
        message = self.next_message()
        if len(self.ordinary()) < self.capacity:
            self.lane.append((message, None))
            self.waits.append(message)
        elif self.overflow is Overflow.FAIL:
            with pytest.raises(MailboxFull):
                self.lane.append((message, None))
        else:
            self.lane.append((message, None))
            if self.overflow is Overflow.DROP_NEW:
                self.lost.append(message)
            else:
                oldest = self.ordinary()[0]
                self.lost.append(oldest)
                self.waits.remove(oldest)
                self.waits.append(message)

    @rule()
    def a_death(self) -> None:
        """A notice, to which no bound applies (D61)."""
        notice = Terminated(ref(f"subject-{self.next_message()}"))
        put_exempt(self.lane, (notice, None))
        self.waits.append(notice)

    @precondition(lambda self: not self.lane.has_room)
    @rule()
    def wait_for_room(self) -> None:
        """Who would rather wait than lose a message."""
        message = self.next_message()
        waiting = Waiting((message, None), lambda: self.let_in.append(message))
        self.lane.wait(waiting)
        self.queue.append((message, waiting))

    @precondition(lambda self: self.queue)
    @rule(number=st.integers(0, 10))
    def wait_no_longer(self, number: int) -> None:
        """One of those gives up."""
        _, waiting = self.queue.pop(number % len(self.queue))
        assert self.lane.give_up(waiting)
        assert not self.lane.give_up(waiting)

    @precondition(lambda self: self.waits)
    @rule()
    def handle(self) -> None:
        """The next message's turn; what it leaves free is for who waits longest."""
        self.cell.message, self.cell.sender = self.lane.popleft()
        self.handled = self.waits.pop(0)
        assert self.cell.message is self.handled
        if self.queue and len(self.ordinary()) < self.capacity:
            message, _ = self.queue.pop(0)
            self.waits.append(message)
            assert self.let_in.pop() == message

    @precondition(lambda self: self.handled is not None)
    @rule()
    def put_aside(self) -> None:
        """Stash what is being handled; twice, or too much, is refused and changes nothing (A6)."""
        if self.handled in self.aside or len(self.aside) == STASH_CAPACITY:
            with pytest.raises(RuntimeError):
                stash(self.cell)
        else:
            stash(self.cell)
            self.aside.append(self.handled)
        assert handled_message(self.cell) is self.handled

    @rule()
    def take_out(self) -> None:
        """Everything that was put aside comes first, in its order, whatever the bound (A6)."""
        unstash_all(self.cell)
        self.waits[:0] = self.aside
        self.aside.clear()
        if self.handled in self.waits:
            self.cell.message = self.handled = None  # it is over

    @invariant()
    def everything_is_somewhere(self) -> None:
        """As long as the model's, nothing dropped but what the policy says, nobody let in past the bound."""
        assert len(self.lane) == len(self.waits)
        assert self.dropped == self.lost
        assert self.let_in == []
        assert self.lane.has_room == (len(self.ordinary()) < self.capacity)
        assert len(self.cell.stashed or ()) == len(self.aside)


TestMailboxAndModel = MailboxAndModel.TestCase
TestMailboxAndModel.settings = settings(max_examples=200, stateful_step_count=30)
TestMailboxAndModel.__doc__ = "D61, A6: in whatever order things are done, mailbox and stash do as the model does."
