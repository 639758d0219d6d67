"""`Backlog`: what waits to be sent to one peer, ordinary and system messages in one order, or waits for its ack. Pure.

System messages are numbered when they enter, so that nothing overtakes anything: the news of an actor's death leaves
after every message that the actor had sent (D57). After a reconnect those that were on the old connection are sent
again first. The shell is `runtime.remote.association`.
"""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

from actors.ref import ActorRef
from runtime.protocol import envelope
from runtime.protocol.delivery import Numbered, SystemSender
from runtime.protocol.envelope import CrossingSignal
from runtime.protocol.frames import encode_frame


class Waiting(NamedTuple):
    """One frame that was not written yet; `sequence` is 0 for ordinary messages."""

    frame: bytes
    sequence: int
    recipient: ActorRef[Any] | None
    message: Any
    sender: ActorRef[Any] | None


class Letter(NamedTuple):
    """A signal and its bytes."""

    content: bytes
    signal: CrossingSignal


class Backlog:
    """What one peer has still to get.

    Args:
        messages: Most ordinary messages that wait.
        system_messages: Most system messages that are not acknowledged.
        max_frame_bytes: Largest frame.
    """

    def __init__(self, messages: int, system_messages: int, max_frame_bytes: int) -> None:
        self._capacity = messages
        self._max_frame_bytes = max_frame_bytes
        self._waiting: deque[Waiting] = deque()
        self._ordinary = 0
        self._sender: SystemSender[Letter] = SystemSender(system_messages)
        self._written = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def unacked(self) -> int:
        """How many system messages are not acknowledged."""
        return len(self._sender)

    @property
    def is_done(self) -> bool:
        """Whether everything is written and acknowledged."""
        return not self._waiting and not len(self._sender)

    def add(self, body: bytes, recipient: ActorRef[Any], message: Any, sender: ActorRef[Any] | None) -> bool:
        """Take an ordinary message; `False` if there is no room for it.

        Raises:
            FrameTooLarge: If it is too large to be sent at all.
        """
        frame = encode_frame(body, self._max_frame_bytes)
        if self._ordinary >= self._capacity:
            return False
        self._ordinary += 1
        self._waiting.append(Waiting(frame, 0, recipient, message, sender))
        return True

    def add_letter(self, content: bytes, signal: CrossingSignal) -> None:
        """Take a system message.

        Raises:
            SystemSenderFull: If too many are not acknowledged.
            FrameTooLarge: If it is too large to be sent at all.
        """
        encode_frame(content, self._max_frame_bytes - 16)
        numbered = self._sender.number(Letter(content, signal))
        self._waiting.append(Waiting(self._frame(numbered), numbered.sequence, None, None, None))

    def take(self, most_bytes: int) -> bytes:
        """The next frames to write, together about `most_bytes`; they count as written."""
        frames: list[bytes] = []
        size = 0
        while self._waiting and size < most_bytes:
            frame, sequence, *_ = self._waiting.popleft()
            frames.append(frame)
            size += len(frame)
            if sequence:
                self._written = sequence
            else:
                self._ordinary -= 1
        return b"".join(frames)

    def again(self) -> bytes:
        """System messages that were written before and are not acknowledged."""
        return b"".join(self._frame(numbered) for numbered in self._sender.unacked(self._written))

    def acked(self, sequence: int, uid: int) -> bool:
        """The peer says what it got; whether that is news."""
        return self._sender.acked(sequence, uid)

    def bind(self, uid: int) -> None:
        """The peer has introduced itself."""
        self._sender.bind(uid)

    def give_up_messages(self) -> list[Waiting]:
        """Drop the ordinary messages and return them; system messages stay."""
        dropped = [waiting for waiting in self._waiting if not waiting.sequence]
        self._waiting = deque(waiting for waiting in self._waiting if waiting.sequence)
        self._ordinary = 0
        return dropped

    def give_up_letters(self) -> list[CrossingSignal]:
        """Drop the system messages, for they were meant for an incarnation that is dead; those that it did not get."""
        self._waiting = deque(waiting for waiting in self._waiting if not waiting.sequence)
        self._written = 0
        return [letter.signal for letter in self._sender.reset()]

    def _frame(self, numbered: Numbered[Letter]) -> bytes:
        body = envelope.system(numbered.sequence, numbered.content.content)
        return encode_frame(body, self._max_frame_bytes)
