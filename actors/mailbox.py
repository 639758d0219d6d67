"""The user lane of a mailbox: bounds, and what happens when there is no room. Pure.

A mailbox has two lanes, system before user. The system lane is a plain list in the cell and has no bound. The user lane
of an unbounded mailbox is a plain `deque` of `(message, sender)`, for speed; here are the two other things that can
stand in its place: a `BoundedLane`, and the `DeadLane` of an actor that is gone.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias

from actors.errors import MailboxFull
from actors.notices import Terminated
from actors.ref import ActorRef
from actors.values import value
from actors.watching import CustomTermination

Envelope: TypeAlias = tuple[Any, "ActorRef[Any] | None"]


class Overflow(enum.Enum):
    """What a full mailbox does with one more message."""

    DROP_NEW = "drop-new"
    """The new message goes to dead letters."""
    DROP_OLDEST = "drop-oldest"
    """The oldest waiting message goes to dead letters."""
    FAIL = "fail"
    """`tell` raises `MailboxFull` in a sender of the same process."""


@value
class MailboxSettings:
    """How many user messages may wait. System messages and `Terminated` are exempt (D61).

    Attributes:
        capacity: 1 or more, `None` for no bound.
        overflow: What happens beyond it.
    """

    capacity: int | None = None
    overflow: Overflow = Overflow.DROP_NEW

    def __post_init__(self) -> None:
        capacity: Any = self.capacity
        if capacity is not None and not (isinstance(capacity, int) and capacity >= 1):
            raise ValueError(f"the capacity of a mailbox is 1 or more, or None for no bound, not {capacity!r}")
        if not isinstance(self.overflow, Overflow):
            raise TypeError(
                f"what a full mailbox does is an Overflow, such as Overflow.DROP_NEW, not {self.overflow!r}"
            )


class Waiting:
    """A message that waits for room in a bounded mailbox.

    Attributes:
        envelope: The message, with its sender.
        taken: Called when it is in.
    """

    __slots__ = ("envelope", "taken")

    def __init__(self, envelope: Envelope, taken: Callable[[], None]) -> None:
        self.envelope: Envelope = envelope
        self.taken: Callable[[], None] = taken


class SpareLane(deque[Envelope]):
    """A user lane without bound that its cell gives back when it is empty."""

    __slots__ = ()


class BoundedLane:
    """A user lane with a bound; looks like a deque to the cell."""

    __slots__ = ("_capacity", "_dropped", "_envelopes", "_exempt", "_overflow", "_waiting")

    def __init__(self, settings: MailboxSettings, dropped: Callable[[Envelope], None]) -> None:
        if settings.capacity is None:
            raise ValueError("a bounded lane needs a capacity")
        self._envelopes: deque[Envelope] = deque()
        self._capacity = settings.capacity
        self._overflow = settings.overflow
        self._dropped = dropped
        self._exempt = 0
        self._waiting: deque[Waiting] = deque()

    @property
    def has_room(self) -> bool:
        """Whether one more message would be taken as it is."""
        return len(self._envelopes) - self._exempt < self._capacity

    def wait(self, waiting: Waiting) -> None:
        """Put a message in as soon as there is room, behind others that wait so."""
        self._waiting.append(waiting)

    def give_up(self, waiting: Waiting) -> bool:
        """Wait no longer. Returns whether the message is not in the mailbox, and never will be."""
        try:
            self._waiting.remove(waiting)
        except ValueError:
            return False
        return True

    def append(self, envelope: Envelope) -> None:
        """Put a message at the tail, or do what the policy says.

        Raises:
            MailboxFull: If there is no room and the policy is `FAIL`.
        """
        if not self.has_room:
            if self._overflow is Overflow.FAIL:
                raise MailboxFull(
                    f"the mailbox holds its {self._capacity} messages; {type(envelope[0]).__name__} not sent"
                )
            if self._overflow is Overflow.DROP_NEW:
                self._dropped(envelope)
                return
            self._drop_oldest()
        self._envelopes.append(envelope)

    def append_exempt(self, envelope: Envelope) -> None:
        """Put a message that no bound applies to at the tail."""
        self._exempt += 1
        self._envelopes.append((_Exempt(envelope[0]), envelope[1]))

    def appendleft(self, envelope: Envelope) -> None:
        """Put a message that was here before (a stashed one) at the front, whatever the bound."""
        if type(envelope[0]) in (Terminated, CustomTermination):  # not what the message says of itself
            self._exempt += 1
            envelope = _Exempt(envelope[0]), envelope[1]
        self._envelopes.appendleft(envelope)

    def popleft(self) -> Envelope:
        """Take the next message."""
        envelope = self._envelopes.popleft()
        if type(envelope[0]) is _Exempt:
            self._exempt -= 1
            envelope = envelope[0].message, envelope[1]
        if self._waiting and self.has_room:
            waiting = self._waiting.popleft()
            self._envelopes.append(waiting.envelope)
            waiting.taken()
        return envelope

    def __len__(self) -> int:
        return len(self._envelopes)

    def _drop_oldest(self) -> None:
        for index, envelope in enumerate(self._envelopes):
            if type(envelope[0]) is not _Exempt:
                del self._envelopes[index]
                self._dropped(envelope)
                return


class _Exempt:
    __slots__ = ("message",)

    def __init__(self, message: Any) -> None:
        self.message = message


class DeadLane:
    """The user lane of an actor that is gone: always empty; what is put in is dropped."""

    __slots__ = ("_dropped",)

    def __init__(self, dropped: Callable[[Envelope], None]) -> None:
        self._dropped = dropped

    def append(self, envelope: Envelope) -> None:
        """Drop a message."""
        self._dropped(envelope)

    def append_exempt(self, envelope: Envelope) -> None:
        """Drop a message."""
        self._dropped(envelope)

    def appendleft(self, envelope: Envelope) -> None:
        """Drop a message."""
        self._dropped(envelope)

    def popleft(self) -> Envelope:
        """Raise `IndexError`: there is never a message."""
        raise IndexError("a dead actor has no messages")

    def __len__(self) -> int:
        return 0


UserLane: TypeAlias = "deque[Envelope] | BoundedLane | DeadLane"


def put_exempt(lane: UserLane, envelope: Envelope) -> None:
    """Put a `Terminated` at the tail: no bound applies to it (D61)."""
    if isinstance(lane, deque):
        lane.append(envelope)
    else:
        lane.append_exempt(envelope)


def put_front(lane: UserLane, envelopes: list[Envelope]) -> None:
    """Put messages at the front in their order (A6)."""
    for envelope in reversed(envelopes):
        lane.appendleft(envelope)
