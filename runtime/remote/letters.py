"""`Letters`: the system messages that one peer has still to get or to acknowledge. Pure.

They are numbered when they enter. After a reconnect, on a nack, or when nothing is acknowledged for long, those that
were written are sent again. The shell is `runtime.remote.outbox`; what the numbers promise is in
`runtime.protocol.delivery`.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from runtime.protocol import envelope
from runtime.protocol.delivery import Numbered, SystemSender
from runtime.protocol.envelope import CrossingSignal
from runtime.protocol.frames import encode_frame
from runtime.protocol.past import NOTHING_SENT, Sent

_NUMBERS_BYTES = 32
"""What a frame has beside the letter itself, at most."""


class Letter(NamedTuple):
    """A signal, its bytes, how many ordinary messages were sent before it, and when it was sent."""

    content: bytes
    signal: CrossingSignal
    position: int
    sent_at: float


class Letters:
    """System messages to one peer.

    Args:
        capacity: Most that are not acknowledged.
        max_frame_bytes: Largest frame.
        sent: What is remembered of the peer.

    Attributes:
        last: Number of the newest, 0 when nobody needs to know.
        total: How many were ever taken.
        before: How many that incarnation had got before these; on the wire, numbers go on there.
    """

    def __init__(self, capacity: int, max_frame_bytes: int, sent: Sent = NOTHING_SENT) -> None:
        self.last = self.total = self.before = 0
        self._sent = sent
        self._max_frame_bytes = max_frame_bytes
        self._sender: SystemSender[Letter] = SystemSender(capacity)
        self._waiting: deque[Numbered[Letter]] = deque()
        self._written = 0

    @property
    def are_waiting(self) -> bool:
        """Whether some were never written."""
        return bool(self._waiting)

    @property
    def past(self) -> tuple[int, int]:
        """The incarnation of the peer, and how many it has got, if it has got all."""
        return (
            (self._sent.uid, self._sent.letters)
            if self._sender.peer is None
            else (self._sender.peer, self.before + self._sender.last)
        )

    @property
    def unacked(self) -> int:
        """How many are not acknowledged."""
        return len(self._sender)

    def add(self, content: bytes, signal: CrossingSignal, position: int, now: float) -> None:
        """Take one.

        Raises:
            SystemSenderFull: If too many are not acknowledged.
            FrameTooLarge: If it is too large to be sent at all.
        """
        encode_frame(content, self._max_frame_bytes - _NUMBERS_BYTES)
        numbered = self._sender.number(Letter(content, signal, position, now))
        self.last = numbered.sequence
        self.total += 1
        self._waiting.append(numbered)

    def take(self, most_bytes: int) -> list[bytes]:
        """The next frames to write, together about `most_bytes`; they count as written."""
        frames: list[bytes] = []
        size = 0
        while self._waiting and size < most_bytes:
            numbered = self._waiting.popleft()
            frames.append(self._frame(numbered))
            size += len(frames[-1])
            self._written = numbered.sequence
        return frames

    def again(self) -> bytes:
        """Those that were written before and are not acknowledged."""
        return b"".join(self._frame(numbered) for numbered in self._sender.unacked(self._written))

    def acked(self, sequence: int, uid: int) -> bool:
        """The peer says what it got; whether that is news."""
        news = self._sender.acked(sequence - self.before, uid)
        if not len(self._sender):
            self.last = 0
        return news

    def bind(self, uid: int) -> None:
        """The peer has introduced itself."""
        if self._sender.peer != uid:
            self.before, self._sent = (self._sent.letters if uid == self._sent.uid else 0), NOTHING_SENT
        self._sender.bind(uid)

    def give_up(self) -> list[Letter]:
        """Drop all, for they were meant for an incarnation that is dead. Returns those that it may not have got."""
        self._waiting.clear()
        self._written = self.last = 0
        return self._sender.reset()

    def _frame(self, numbered: Numbered[Letter]) -> bytes:
        letter = numbered.content
        body = envelope.system(self.before + numbered.sequence, letter.position, letter.content)
        return encode_frame(body, self._max_frame_bytes)
