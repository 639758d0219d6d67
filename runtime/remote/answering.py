"""`Answering`: sends answers to the asks of one peer, on the connections that brought them if that may be. SHELL.

Such an answer says behind which of the ordinary messages it comes, for those have a connection of their own; the peer
waits for them. It goes with the others, as any message, where the connection takes nothing, where others wait, where
the peer could not know what comes before it, and where it is large. Deliberately not here: how it goes then (`outbox`).
"""

from __future__ import annotations

from typing import Any, Protocol

from actors.ref import ActorRef
from runtime.protocol import envelope
from runtime.protocol.codec import Codec
from runtime.protocol.codec_errors import CodecError
from runtime.protocol.paths import text_bytes
from runtime.remote.backlog import Backlog
from runtime.remote.letters import Letters
from runtime.remote.outbound import OutboundLink
from runtime.remote.sink import RemoteAsker
from runtime.remote.turn import Turn


class Sending(Protocol):
    """Who sends all other messages to the peer.

    Attributes:
        ordinary: The connection, `None` while there is none.
        is_closed: Whether messages are dead letters.
    """

    ordinary: OutboundLink | None
    is_closed: bool

    def send(
        self, recipient: ActorRef[Any], message: Any, sender: ActorRef[Any] | None, packed: bytes | None = None
    ) -> None:
        """Send a user message, of which the bytes may be known."""


class Answering:
    """Answers one peer.

    Args:
        outbox: Who sends all other messages.
        codec: What writes for this peer.
        backlog: Its messages.
        letters: Its system messages.
        turn: What may leave at once.
    """

    def __init__(self, outbox: Sending, codec: Codec, backlog: Backlog, letters: Letters, turn: Turn) -> None:
        self._outbox = outbox
        self._encode = codec.encode
        self._backlog = backlog
        self._letters = letters
        self._turn = turn

    def answer(self, asker: RemoteAsker, message: Any, sender: ActorRef[Any] | None) -> bool:
        """Send an answer; whether it went back on the connection that had brought the question."""
        way, outbox, packed = asker.way_back, self._outbox, None
        if way is not None and way.is_free and self._turn.is_fresh and not outbox.is_closed:
            position = self._backlog.position(self._letters.last, is_known=outbox.ordinary is not None)
            if position is not None:
                try:
                    packed = self._encode(message)
                except CodecError:
                    pass  # which is said where all others are sent
                else:
                    if len(packed) <= self._backlog.small_bytes:
                        self._turn.is_fresh = False
                        way.write(envelope.answer_frame(text_bytes(asker.known_as), position, packed))
                        return True
        outbox.send(asker, message, sender, packed)
        return False
