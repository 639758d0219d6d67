"""`OutboundLink`: a connection that we dialled for a lane. SHELL of `handshake.Dialler`, and of what comes back on it.

We write what is in the outbox; the peer answers with acknowledgements, heartbeat replies and its goodbye, on ordinary
lanes to asks, too (`answer_reader`). What any of that means is decided in `runtime.remote.association`. Nothing raises
out of here, whatever the peer sends.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeAlias

from runtime.protocol import beats, envelope, handshake
from runtime.protocol.codec_errors import CodecError
from runtime.protocol.envelope import Kind
from runtime.protocol.frames import FrameDecoder, FrameTooLarge, encode_frame
from runtime.protocol.handshake import Dialler, HandshakeError, Lane, Proof, Refuse, Wait
from runtime.remote.answer_reader import AnswerReader, Asking
from runtime.remote.link import Link, too_large
from runtime.remote.node import Node
from runtime.transport.base import Connection, TlsError

_ANSWER_HEAD = envelope.beat_frame_head(Kind.HEARTBEAT_REPLY, beats.ANSWER_BYTES)
_HEAD_BYTES = len(_ANSWER_HEAD)
_ANSWER_BYTES = _HEAD_BYTES + beats.ANSWER_BYTES
_LINGER_S = 1.0
"""After our word of rest a peer that does not end the connection by itself may still say something for so long."""

Answered: TypeAlias = "Callable[[OutboundLink, bytes], None]"


def unwanted(link: OutboundLink, content: bytes) -> None:
    """Nobody wants the answer: the watch is over."""


class Caller(Asking, Protocol):
    """Who dialled.

    Attributes:
        heartbeat_answered: Called with the answer to a heartbeat.
    """

    heartbeat_answered: Answered

    def answered(self, link: OutboundLink) -> None:
        """The peer shook hands; `link.uid` says who it is."""

    def told_to_wait(self, link: OutboundLink, uid: int) -> None:
        """Incarnation `uid` of the peer is there, and does not know yet whether we are who we say."""

    def turned_away(self, link: OutboundLink, refuse: Refuse) -> None:
        """The peer refused the handshake."""

    def failed(self, link: OutboundLink, detail: str) -> None:
        """It came to nothing before the handshake was over."""

    def lost(self, link: OutboundLink, detail: str) -> None:
        """The connection ended after the handshake."""

    def read_out(self, uid: int) -> None:
        """All that incarnation `uid` had sent on a connection that was lost is read."""

    def acknowledged(self, link: OutboundLink, sequence: int) -> None:
        """The peer has got system messages up to this number."""

    def missed(self, link: OutboundLink, sequence: int) -> None:
        """The peer has got system messages up to this number, and not the next."""

    def room(self) -> None:
        """The connection takes bytes again."""


class OutboundLink(Link[AnswerReader]):
    """One dialled connection.

    Args:
        node: Our system.
        caller: Who dialled.
        dialler: The handshake.
        timeout_s: For the handshake.

    Attributes:
        lane: What it is for.
        begun_at: When it was dialled: not before all that was sent in the turn that asked for it.
        uid: The peer's incarnation, 0 before the handshake.
        read: How many of our ordinary messages the peer said it had read.
        is_paused: Whether the connection wants no more bytes for now.
        was_mute: Whether it has been found out that an answer is overdue.
        is_answered: Whether the peer has said something on it since somebody has set this to `False`.
    """

    def __init__(self, node: Node, caller: Caller, dialler: Dialler, timeout_s: float) -> None:
        super().__init__()
        self.lane, self.begun_at = dialler.hello.lane, node.loop.time()
        self.uid = 0
        self.read = 0
        self.is_paused = self.was_mute = self.is_answered = False
        self._asked_at: float | None = None
        self._node = node
        self._caller = caller
        self._dialler = dialler
        self._decoder = FrameDecoder(node.settings.max_frame_bytes)
        self._timer = node.loop.call_later(timeout_s, self._end, f"no handshake within {timeout_s:g} s")
        self._has_ended = False

    # --- for the association ------------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send frames."""
        if self._connection is not None:
            self._connection.write(data)

    def drop(self) -> None:
        """End it at once; the caller hears no more of it. Of one that has ended by itself all that came is read."""
        if self._reader is not None and not self._has_ended:
            self._reader.drop()
        self._stop()

    def leave(self) -> None:
        """Say goodbye and end it when that is sent; the caller hears no more of it."""
        self._part(Kind.GOODBYE)

    def rest(self) -> None:
        """Say that nobody needs it and end it when that is sent; the caller hears no more of it but answers."""
        self._part(Kind.IDLE)

    def _part(self, word: Kind) -> None:
        self.write(encode_frame(envelope.numbers(word), self._node.settings.max_frame_bytes))
        self._is_over = True
        self._timer.cancel()
        if self._connection is None:
            return
        if word is Kind.IDLE and self._reader is not None:
            self._timer = self._node.loop.call_later(_LINGER_S, self._connection.close)
        else:
            self._connection.close()

    def await_answer(self) -> None:
        """Something was written to which the peer answers."""
        if self._asked_at is None:
            self._asked_at = self._node.loop.time()

    def unanswered_s(self, now: float) -> float:
        """For how long nothing has come, since something first should have."""
        return now - self._asked_at if self._asked_at is not None else 0.0

    @property
    def unacknowledged_s(self) -> float:
        """For about how long nothing of what was written has arrived at the other machine, or 0.0."""
        return 0.0 if self._connection is None else self._connection.unacknowledged_s

    @property
    def answers(self) -> int:
        """How many answers have come on it."""
        return 0 if self._reader is None else self._reader.count

    # --- for the transport --------------------------------------------------------------------------------------------

    def connection_made(self, connection: Connection) -> None:
        """Introduce ourselves."""
        self._connection = connection
        self.write = connection.write  # type: ignore[method-assign] # one call less for each frame
        if self._is_over:
            connection.abort()
        else:
            connection.write(encode_frame(handshake.write(self._dialler.hello), handshake.MAX_HELLO_BYTES))

    def data_received(self, data: bytes) -> None:
        """Hear what the peer answers."""
        self._asked_at, self.is_answered = None, True
        if len(data) == _ANSWER_BYTES and data[:_HEAD_BYTES] == _ANSWER_HEAD and self.uid and self._decoder.is_empty:
            # All that comes from a peer that is only watched, of which there may be a thousand.
            if not self._is_over:
                self._caller.heartbeat_answered(self, data[_HEAD_BYTES:])
            return
        try:
            bodies = self._decoder.feed(data)
        except FrameTooLarge as error:
            is_first = not self.uid
            self._read(error.complete)
            self._misunderstood(too_large(error, is_first=is_first))
            return
        self._read(bodies)

    def _take(self, body: bytes) -> None:
        try:
            if self.uid:
                self._hear(body)
            else:
                self._shake_hands(body)
        except (CodecError, HandshakeError) as error:
            self._misunderstood(f"it did not speak our protocol: {error}")

    def connection_lost(self, error: BaseException | None) -> None:
        """It has ended."""
        self._connection = None
        self._timer.cancel()
        if isinstance(error, TlsError):
            self._misunderstood(str(error))
        else:
            self._end("the connection was closed by the peer" if error is None else f"the connection broke: {error}")

    def pause_writing(self) -> None:
        """Keep the rest in the backlog."""
        self.is_paused = True

    def resume_writing(self) -> None:
        """Go on."""
        self.is_paused = False
        if not self._is_over:
            self._caller.room()

    def _shake_hands(self, body: bytes) -> None:
        word = self._dialler.hear(body)
        if isinstance(word, Proof):
            self.write(encode_frame(handshake.write(word), handshake.MAX_HELLO_BYTES))
            return
        if isinstance(word, Wait):
            self._caller.told_to_wait(self, word.uid)
            return
        self._timer.cancel()
        if isinstance(word, Refuse):
            self.drop()
            self._caller.turned_away(self, word)
        else:
            self.uid, self.read = word.uid, word.read
            if self.lane is Lane.ORDINARY:
                self._reader = AnswerReader(self._node, self._caller, self.uid, self._flow, self._misunderstood)
            self._caller.answered(self)

    def _hear(self, body: bytes) -> None:
        kind, values = envelope.open_body(self._node.codec, body)
        if kind is Kind.ACK:
            self._caller.acknowledged(self, values[0])
        elif kind is Kind.HEARTBEAT_REPLY:
            self._caller.heartbeat_answered(self, values[0])
        elif kind is Kind.NACK:
            self._caller.missed(self, values[0])
        elif kind is Kind.GOODBYE:
            self._caller.goodbye_said(self.uid)
        else:
            raise HandshakeError(f"{kind.name} does not belong on a connection that we dialled")

    def _misunderstood(self, text: str) -> None:
        """There is somebody, with whom one cannot talk: people want to know."""
        if not self._is_over:
            self._node.complain("a connection that was dialled failed", str(self._dialler.hello.target), text=text)
            self._end(f"{self._dialler.hello.target} was dialled: {text}")

    def _end(self, detail: str) -> None:
        if self._is_over:
            return
        self._has_ended = True
        self._stop()
        if not self.uid:
            self._caller.failed(self, detail)
            return
        self._caller.lost(self, detail)  # at once, though perhaps not everything that came is read
        if self._reader is not None:
            self._reader.end(partial(self._caller.read_out, self.uid))

    def _stop(self) -> None:
        self._is_over = True
        self._timer.cancel()
        if self._connection is not None:
            self._connection.abort()
