"""System messages are never lost: numbered, kept until acknowledged, re-sent, delivered in order, exactly once. Pure.

One `SystemSender` and one `SystemReceiver` for each direction of a pair of incarnations (R15-R19). The shells are
`runtime.remote.association` and `runtime.remote.inbound`. Deliberately not here: what is in the messages, and timers.
Akka counterpart: SystemMessageDelivery. Differs from Akka: a nack re-sends at once (R17).
"""

from __future__ import annotations

import enum
from collections import deque
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Numbered(NamedTuple, Generic[T]):
    """A system message with its number, from 1."""

    sequence: int
    content: T


class SystemSenderFull(Exception):
    """More unacknowledged system messages than the bound; the pair of incarnations cannot be saved (R19)."""


class SystemSender(Generic[T]):
    """The sending side.

    Args:
        capacity: Most messages that may wait for acknowledgement, at least 1.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"the capacity for system messages is {capacity}; it must be at least 1")
        self._capacity = capacity
        self._unacked: deque[Numbered[T]] = deque()
        self._last = 0
        self._peer: int | None = None

    def __len__(self) -> int:
        return len(self._unacked)

    @property
    def last(self) -> int:
        """The number of the newest message, 0 before the first."""
        return self._last

    @property
    def peer(self) -> int | None:
        """Uid of the incarnation to which the numbers belong, `None` before the first handshake."""
        return self._peer

    def number(self, content: T) -> Numbered[T]:
        """Number a message and keep it until it is acknowledged.

        Raises:
            SystemSenderFull: If too many are kept; then this one is not taken.
        """
        if len(self._unacked) >= self._capacity:
            raise SystemSenderFull(f"{self._capacity} system messages are not acknowledged")
        self._last += 1
        numbered = Numbered(self._last, content)
        self._unacked.append(numbered)
        return numbered

    def unacked(self, up_to: int | None = None) -> list[Numbered[T]]:
        """What must be sent again after a reconnect, on a nack, or when the resend timer fires.

        Args:
            up_to: Only those up to this number, the last one that was ever written to a connection.
        """
        return [kept for kept in self._unacked if up_to is None or kept.sequence <= up_to]

    def acked(self, sequence: int, uid: int) -> bool:
        """Forget everything up to `sequence`; whether that changed anything.

        Args:
            sequence: The highest number that was delivered there.
            uid: Who says so; an ack of another incarnation is ignored (R18), and so is one of what was never sent.
        """
        if uid != self._peer or sequence > self._last:
            return False
        before = len(self._unacked)
        while self._unacked and self._unacked[0].sequence <= sequence:
            self._unacked.popleft()
        return len(self._unacked) < before

    def bind(self, uid: int) -> list[T]:
        """The handshake gave the peer's uid.

        Returns:
            What was kept for an earlier incarnation and is now undeliverable (R14); numbers start at 1 again. Nothing
            the first time, and nothing for the same uid.
        """
        if self._peer in (None, uid):
            self._peer = uid
            return []
        lost = self.reset()
        self._peer = uid
        return lost

    def reset(self) -> list[T]:
        """Give the incarnation up: forget everything, return what was not acknowledged."""
        lost = [kept.content for kept in self._unacked]
        self._unacked.clear()
        self._last = 0
        self._peer = None
        return lost

    def check(self) -> None:
        """Assert what must always hold.

        Raises:
            AssertionError: If the state contradicts itself.
        """
        if not self._unacked:
            return
        kept = [numbered.sequence for numbered in self._unacked]
        if kept != list(range(self._last - len(kept) + 1, self._last + 1)) or len(kept) > self._capacity:
            raise AssertionError(f"of {self._last} messages these are not acknowledged: {kept}")


class Receipt(enum.Enum):
    """What the receiver does with a numbered message (R16)."""

    __hash__ = object.__hash__  # there is no order in what is looked up here

    DELIVER = "deliver"
    """Hand it over and acknowledge."""
    DUPLICATE = "duplicate"
    """Drop it and acknowledge."""
    GAP = "gap"
    """Drop it and say what is missing."""
    TOO_SOON = "too soon"
    """There is no room for it: drop it and say what was delivered; it comes again."""


class SystemReceiver:
    """The receiving side, for one incarnation of the sender. It outlives connections.

    Attributes:
        delivered: The highest number delivered so far: what an ack and a nack say.
    """

    __slots__ = ("delivered",)

    def __init__(self) -> None:
        self.delivered = 0

    def receive(self, sequence: int) -> Receipt:
        """Judge the message with this number."""
        if sequence == self.delivered + 1:
            self.delivered = sequence
            return Receipt.DELIVER
        return Receipt.DUPLICATE if sequence <= self.delivered else Receipt.GAP
