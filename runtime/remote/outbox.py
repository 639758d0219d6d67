"""`Outbox`: sends what one peer is to get, over whatever connection there is at the time. SHELL of `backlog`.

One write for each turn of the loop, none while the connection is full. Whether there shall be a connection is decided
in `runtime.remote.association`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from actors.ref import ActorRef
from runtime.protocol import envelope
from runtime.protocol.codec import CodecError
from runtime.protocol.delivery import SystemSenderFull
from runtime.protocol.envelope import CrossingSignal, Kind
from runtime.protocol.frames import FrameTooLarge, encode_frame
from runtime.remote.backlog import Backlog
from runtime.remote.node import Node
from runtime.remote.outbound import OutboundLink

_WRITE_BYTES = 256 * 1024


class Outbox:
    """What leaves for one peer.

    Args:
        node: Our system.
        reach: Called when something waits and there is no connection.
        overflowed: Called with a text when the peer does not acknowledge what must not be lost.

    Attributes:
        link: The connection, after its handshake; `None` while there is none.
    """

    def __init__(self, node: Node, reach: Callable[[], None], overflowed: Callable[[str], None]) -> None:
        settings = node.settings
        self.link: OutboundLink | None = None
        self._node = node
        self._reach = reach
        self._overflowed = overflowed
        self._backlog = Backlog(settings.queue_messages, settings.system_queue_messages, settings.max_frame_bytes)
        self._flush_planned = False
        self._resend_timer: asyncio.TimerHandle | None = None
        self._unacked_before = 0
        self._done: asyncio.Future[None] | None = None

    @property
    def is_done(self) -> bool:
        """Whether everything is written, and acknowledged where that is due."""
        return self._backlog.is_done

    # --- what is to be sent -------------------------------------------------------------------------------------------

    def send(self, recipient: ActorRef[Any], message: Any, sender: ActorRef[Any] | None) -> None:
        """Send a user message; what cannot be sent is a dead letter, and an asker hears why."""
        try:
            body = envelope.ordinary(self._node.codec, recipient, sender, message)
            taken = self._backlog.add(body, recipient, message, sender)
        except (CodecError, FrameTooLarge) as error:
            self._node.log.error("a message cannot be sent", recipient=str(recipient), text=str(error))
            self._node.dead_letter(message, sender, recipient)
            if sender is not None and sender.path.elements[:1] == ("temp",):
                sender.tell(error)
            return
        if taken:
            self._plan_flush()
        else:
            self._node.dead_letter(message, sender, recipient)

    def send_signal(self, recipient: ActorRef[Any], signal: CrossingSignal) -> None:
        """Send a signal: numbered, and kept until it is acknowledged."""
        try:
            self._backlog.add_letter(envelope.letter(self._node.codec, recipient, signal), signal)
        except (CodecError, FrameTooLarge) as error:
            self._node.log.error("a signal cannot be sent", recipient=str(recipient), text=str(error))
        except SystemSenderFull as error:
            self._overflowed(str(error))
        else:
            self._plan_flush()

    def send_heartbeat(self, content: bytes) -> None:
        """Send a heartbeat, ahead of what waits; not at all without a connection."""
        if self.link is not None:
            beat = envelope.beat(Kind.HEARTBEAT, content)
            self.link.write(encode_frame(beat, self._node.settings.max_frame_bytes))

    # --- the connection -----------------------------------------------------------------------------------------------

    def attach(self, link: OutboundLink) -> None:
        """There is a connection: first again what must not have been lost on the one before."""
        if self.link is not None:
            self.link.drop()
        self.link = link
        self._backlog.bind(link.uid)
        link.write(self._backlog.again())
        self.flush()

    def detach(self) -> None:
        """There is no connection any more; one that is still open is ended."""
        if self.link is not None:
            self.link.drop()
            self.link = None

    def acknowledged(self, link: OutboundLink, sequence: int) -> None:
        """System messages up to this number have arrived."""
        if self._backlog.acked(sequence, link.uid):
            self._tell_done()

    def missed(self, link: OutboundLink, sequence: int) -> None:
        """System messages behind this number have not: send them again at once (R17)."""
        self.acknowledged(link, sequence)
        link.write(self._backlog.again())

    def flush(self) -> None:
        """Write what waits."""
        self._flush_planned = False
        link = self.link
        if link is None:
            if not self.is_done:
                self._reach()
            return
        while len(self._backlog) and not link.is_paused:
            link.write(self._backlog.take(_WRITE_BYTES))
        if self._backlog.unacked and self._resend_timer is None:
            self._plan_resend()
        self._tell_done()

    def _plan_flush(self) -> None:
        if not self._flush_planned:
            self._flush_planned = True
            self._node.loop.call_soon(self.flush)

    def _plan_resend(self) -> None:
        self._unacked_before = self._backlog.unacked
        self._resend_timer = self._node.loop.call_later(self._node.settings.resend_s, self._resend)

    def _resend(self) -> None:
        """What is not acknowledged is sent again, unless some was meanwhile, or the connection is full anyway."""
        self._resend_timer = None
        if not self._backlog.unacked:
            return
        link = self.link
        if link is not None and not link.is_paused and self._backlog.unacked >= self._unacked_before:
            link.write(self._backlog.again())
        self._plan_resend()

    # --- giving up ----------------------------------------------------------------------------------------------------

    def bury_messages(self) -> None:
        """The ordinary messages that wait are dead letters."""
        for waiting in self._backlog.give_up_messages():
            if waiting.recipient is not None:
                self._node.dead_letter(waiting.message, waiting.sender, waiting.recipient)
        self._tell_done()

    def bury_letters(self) -> list[CrossingSignal]:
        """The system messages that wait were for an incarnation that is dead. Returns what it may not have got."""
        lost = self._backlog.give_up_letters()
        self._tell_done()
        return lost

    async def done(self) -> None:
        """Wait until everything is written and acknowledged, or given up."""
        if not self.is_done:
            if self._done is None:
                self._done = self._node.loop.create_future()
            await asyncio.shield(self._done)

    def close(self) -> None:
        """Nothing is sent any more."""
        self.detach()
        if self._resend_timer is not None:
            self._resend_timer.cancel()
        self.bury_letters()
        self.bury_messages()

    def _tell_done(self) -> None:
        if self._done is not None and self.is_done and not self._done.done():
            self._done.set_result(None)
