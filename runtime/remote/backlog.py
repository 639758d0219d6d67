"""`Backlog`: the ordinary messages that wait to be written to one peer. Pure.

Many messages share a frame. They are counted, so that the other side can tell which come before the news of a death
(D57); and where one was sent after a system message, the peer is told not to let it overtake that. The shell is
`runtime.remote.outbox`.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from actors.ref import ActorRef
from runtime.protocol import envelope
from runtime.protocol.codec import MAX_PATH_BYTES
from runtime.protocol.envelope import Kind
from runtime.protocol.frames import FrameTooLarge, encode_frame, encode_head
from runtime.protocol.past import NOTHING_SENT, Sent
from runtime.protocol.paths import NOBODY, PathWriter
from runtime.settings import RemoteSettings

BATCH_BYTES = 64 * 1024
"""Where a frame with several messages ends, at the latest. One that is larger goes alone."""

_AMPLE_BYTES = 2 * MAX_PATH_BYTES + 64
"""More than what a frame has beside the message itself."""

_ADDRESS_BYTES = 300
"""What a path of our own grows by when our host and port are written into it, at most."""

Waiting = tuple[bytes, ActorRef[Any] | None, Any, ActorRef[Any] | None]
"""The bytes of a message, recipient, message, sender; without recipient: the number of the system message before it."""


class Backlog:
    """What one peer has still to get.

    Args:
        settings: How many messages and bytes may wait, but for one message, and what may be in a frame.
        sent: What is remembered of the peer.

    Attributes:
        accepted: How many messages were ever taken.
        given_up: How many of those became dead letters.
        size_bytes: Of all that wait.
        letters_before: What is to be added to the numbers of system messages.
        small_bytes: A message up to this size may leave in a frame of its own without another look.
    """

    def __init__(self, settings: RemoteSettings, sent: Sent = NOTHING_SENT) -> None:
        self.accepted, self.given_up = sent.messages, sent.given_up
        self.letters_before = 0
        self.size_bytes = 0
        self._messages, self._most_bytes = settings.queue_messages, settings.queue_bytes
        self._max_frame_bytes = settings.max_frame_bytes
        # Nothing has more values than bytes; and those of all messages in a frame are counted together.
        self._batch_bytes = min(BATCH_BYTES, settings.max_frame_bytes, settings.max_message_values)
        self._comfortable_bytes = settings.max_frame_bytes - _AMPLE_BYTES
        self.small_bytes = min(self._comfortable_bytes, BATCH_BYTES)
        self._waiting: deque[Waiting] = deque()
        self._taken = sent.messages
        self._after = 0

    def __len__(self) -> int:
        return self.accepted - self._taken

    @property
    def taken(self) -> int:
        """The number of the last message that does not wait any more."""
        return self._taken

    def add(
        self, packed: bytes, recipient: ActorRef[Any], message: Any, sender: ActorRef[Any] | None, after: int
    ) -> bool:
        """Take a message; `False` if there is no room for it.

        Args:
            packed: Its bytes.
            recipient: Of the message.
            message: For dead letters.
            sender: Of the message.
            after: Number of the last system message that was sent before and is not acknowledged, or 0.

        Raises:
            FrameTooLarge: If it is too large to be sent at all.
        """
        size = len(packed)
        if size > self._comfortable_bytes:
            self._check(packed, recipient, sender)
        if self.accepted - self._taken >= self._messages or (self.size_bytes + size > self._most_bytes and len(self)):
            return False
        if after > self._after:
            self._after = after
            self._waiting.append((b"", None, after, None))
        self.accepted += 1
        self.size_bytes += size
        self._waiting.append((packed, recipient, message, sender))
        return True

    def at_once(
        self, packed: bytes, recipient: ActorRef[Any], sender: ActorRef[Any] | None, after: int, paths: PathWriter
    ) -> bytes | None:
        """The frame of a message that need not wait, which counts as written; `None` if it has to be added.

        Args:
            packed: Its bytes.
            recipient: Of the message.
            sender: Of the message.
            after: As for `add`.
            paths: Of the connection.
        """
        if self._waiting or after > self._after or len(packed) > self.small_bytes:
            return None
        to, by = paths.write(recipient), NOBODY if sender is None else paths.write(sender)
        self.accepted += 1
        self._taken += 1
        return envelope.one_ordinary_frame(to, by, packed)

    def position(self, after: int, *, is_known: bool) -> int | None:
        """Behind which message something comes that goes another way; `None` if it has to be added.

        Args:
            after: As for `add`.
            is_known: Whether the peer hears up to which number messages come or will not.
        """
        return None if self._waiting or after > self._after or (self._taken and not is_known) else self._taken

    def take(self, most_bytes: int, paths: PathWriter) -> list[bytes]:
        """The next frames to write, together about `most_bytes`, in pieces; they count as written.

        Large messages are pieces of their own, for it takes time to copy them.

        Args:
            most_bytes: About how much.
            paths: Of the connection.
        """
        waiting, write = self._waiting, paths.write
        limit = self._batch_bytes
        pieces: list[bytes] = []
        parts: list[bytes] = []
        size = total = taken = 0
        while waiting and total < most_bytes:
            packed, recipient, message, sender = waiting.popleft()
            if recipient is None:
                self._close(parts, pieces)
                pieces.append(
                    encode_frame(envelope.numbers(Kind.AFTER, self.letters_before + message), self._max_frame_bytes)
                )
                continue
            to, by = write(recipient), NOBODY if sender is None else write(sender)
            added = len(packed) + len(to) + len(by)
            if parts and size + added + 6 > limit:
                self._close(parts, pieces)
                size = 0
            parts += (to, by, packed)
            size += added
            total += added
            taken += 1
            self.size_bytes -= len(packed)
        self._close(parts, pieces)
        self._taken += taken
        return pieces

    def _close(self, parts: list[bytes], pieces: list[bytes]) -> None:
        """Make a frame of messages."""
        if len(parts) == 3 and len(parts[2]) > BATCH_BYTES:
            head = envelope.ordinary(parts[:2], 1)
            pieces += (encode_head(len(head) + len(parts[2]), self._max_frame_bytes), head, parts[2])
        elif parts:
            pieces.append(encode_frame(envelope.ordinary(parts, len(parts) // 3), self._max_frame_bytes))
        parts.clear()

    def give_up(self) -> list[Waiting]:
        """Drop the messages and return them."""
        dropped = [waiting for waiting in self._waiting if waiting[1] is not None]
        self._waiting.clear()
        self.given_up += len(self)
        self._taken = self.accepted
        self.size_bytes = self._after = 0
        return dropped

    def forget_order(self) -> None:
        """The system messages that messages had to wait for were for a dead incarnation."""
        self._after = 0
        self._waiting = deque(waiting for waiting in self._waiting if waiting[1] is not None)

    def _check(self, packed: bytes, recipient: ActorRef[Any], sender: ActorRef[Any] | None) -> None:
        """Raise if it would be too large even alone in a frame."""
        refs = [recipient] if sender is None else [recipient, sender]
        size = len(packed) + sum(len(str(ref)) + _ADDRESS_BYTES for ref in refs)
        if size > self._max_frame_bytes:
            raise FrameTooLarge(size, self._max_frame_bytes)
