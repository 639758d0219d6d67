"""`Outbox`: sends what one peer is to get, over whatever connections there are at the time. SHELL.

Messages of users leave on the ordinary lane, all else on the control lane. One write a lane for each turn of the loop,
none while its connection is full. Not here: when to connect (`association`), what waits (`letters`, `backlog`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from actors.ref import ActorRef, Temporary
from runtime.protocol import beats, envelope
from runtime.protocol.codec import Codec
from runtime.protocol.codec_errors import CodecError
from runtime.protocol.delivery import SystemSenderFull
from runtime.protocol.envelope import CrossingSignal, Kind
from runtime.protocol.evidence import Evidence, Overflowed
from runtime.protocol.frames import FrameTooLarge, encode_frame
from runtime.protocol.handshake import Lane
from runtime.protocol.past import Sent
from runtime.protocol.paths import PathWriter
from runtime.remote.answering import Answering
from runtime.remote.answers import Answers
from runtime.remote.backlog import Backlog
from runtime.remote.letters import Letter, Letters
from runtime.remote.node import Node
from runtime.remote.outbound import OutboundLink
from runtime.remote.pouring import Pourer
from runtime.remote.turn import Turn

_WRITE_BYTES = 256 * 1024
_CONTROL, _ORDINARY = _LANES = tuple(Lane)
_BEAT_HEADS = {size: envelope.beat_frame_head(Kind.HEARTBEAT, size) for size in beats.SIZES}


class Outbox:
    """What leaves for one peer.

    Args:
        node: Our system.
        codec: What writes for this peer.
        reach: Called when something waits and there is no connection for it.
        report: Takes evidence: that the peer acknowledges too little, or nothing.
        sent: What is remembered of the peer.

    Attributes:
        answer: Sends an answer to an ask.
        answers: What is waited for on the control connection.
        control, ordinary: The connections, after their handshakes; `None` while there is none.
        is_closed: Whether messages are dead letters and signals are dropped.
    """

    def __init__(
        self, node: Node, codec: Codec, reach: Callable[[], None], report: Callable[[Evidence], None], sent: Sent
    ) -> None:
        settings = node.settings
        self.control: OutboundLink | None = None
        self.ordinary: OutboundLink | None = None
        self.is_closed = False
        self._node, self._codec = node, codec
        self._reach = reach
        self._report = report
        self._letters = Letters(settings.system_queue_messages, settings.max_frame_bytes, sent)
        self.answers = Answers(node, self._letters, report)
        self._backlog = Backlog(settings, sent)
        self._paths = PathWriter(self._codec.text_of)
        self._pourers: dict[Lane, Pourer] = {}  # of the connections
        self._known_sender: ActorRef[Any] | None = None
        self._turn = Turn(node.loop, self.flush)
        self.heard = self._turn.heard
        self.answer = Answering(self, codec, self._backlog, self._letters, self._turn).answer
        self._amount = (0, 0, 0)
        self._parting: list[OutboundLink] = []
        self._quiet_since = node.loop.time()
        self._done: asyncio.Future[None] | None = None

    @property
    def has_messages(self) -> bool:
        """Whether messages of users wait."""
        return len(self._backlog) > 0

    @property
    def past(self) -> Sent:
        """What is to be remembered of the peer."""
        return Sent(*self._letters.past, self._backlog.accepted, self._backlog.given_up)

    @property
    def is_done(self) -> bool:
        """Whether everything is written, and acknowledged where that is due."""
        waits = self._letters.unacked or len(self._backlog)
        return not waits and all(pourer.is_empty for pourer in self._pourers.values())

    @property
    def is_open(self) -> bool:
        """Whether a connection has not ended yet."""
        return any(link is not None and link.is_open for link in (self.control, self.ordinary))

    # --- what is to be sent -------------------------------------------------------------------------------------------

    def send(
        self, recipient: ActorRef[Any], message: Any, sender: ActorRef[Any] | None, packed: bytes | None = None
    ) -> None:
        """Send a user message: at most once, in order. What cannot be sent is a dead letter; an asker hears why."""
        try:
            if packed is None:
                packed = self._codec.encode(message)
            if sender is not self._known_sender and sender is not None and not isinstance(sender, Temporary):
                self._check(sender)
            link = self.ordinary
            if self._turn.is_fresh and link is not None and not link.is_paused and not self.is_closed:
                # The first of a turn leaves at once, which is half of an ask; what follows in the turn goes together.
                frame = self._backlog.at_once(packed, recipient, sender, self._letters.last, self._paths)
                if frame is not None:
                    self._turn.is_fresh = False
                    link.write(frame)
                    return
            taken = not self.is_closed and self._backlog.add(packed, recipient, message, sender, self._letters.last)
        except (CodecError, FrameTooLarge) as error:
            self._node.log.error("a message cannot be sent", recipient=str(recipient), text=str(error))
            self._node.dead_letter(message, sender, recipient)
            if sender is not None and _is_temporary(sender):
                sender.tell(error)
            return
        if not taken:
            self._node.dead_letter(message, sender, recipient)
        else:
            self._turn.plan()

    def send_signal(self, recipient: ActorRef[Any], signal: CrossingSignal) -> None:
        """Send a signal: exactly once, in order, as long as both incarnations live."""
        if self.is_closed:
            return
        try:
            content = envelope.letter(self._codec, recipient, signal)
            self._letters.add(content, signal, self._backlog.accepted, self._node.loop.time())
        except (CodecError, FrameTooLarge) as error:
            self._node.log.error("a signal cannot be sent", recipient=str(recipient), text=str(error))
        except SystemSenderFull as error:
            self._report(Overflowed(str(error)))
        else:
            if self._turn.is_control_fresh and self.control is not None and not self.control.is_paused:
                self._turn.is_control_fresh = False
                self._pourers[_CONTROL].pour()
            self._turn.plan()

    def send_heartbeat(self, content: bytes) -> bool:
        """Send a heartbeat, ahead of what waits. Returns whether there is a connection, and no message waits."""
        link = self.control
        if link is None:
            return False
        link.write(_BEAT_HEADS[len(content)] + content)
        link.await_answer()
        return not len(self._backlog)

    def _check(self, sender: ActorRef[Any]) -> None:
        """Raise if the other side could not know the sender."""
        if not _is_temporary(sender):
            self._codec.text_of(sender)
            self._known_sender = sender

    # --- the connections ----------------------------------------------------------------------------------------------

    def link(self, lane: Lane) -> OutboundLink | None:
        """The connection of that lane."""
        return self.control if lane is _CONTROL else self.ordinary

    def attach(self, link: OutboundLink) -> None:
        """There is a connection: first again what must not have been lost on the one before."""
        self.detach(link.lane)
        if link.lane is _CONTROL:
            self.control = self.answers.link = link
            self._pourers[_CONTROL] = Pourer(link, lambda: self._letters.take(_WRITE_BYTES))
            self._letters.bind(link.uid)
            self._backlog.letters_before = self._letters.before
            link.write(self._letters.again())
            self._settle()
        else:
            self.ordinary = link
            self._paths = PathWriter(self._codec.text_of)
            self._pourers[_ORDINARY] = Pourer(link, lambda: self._backlog.take(_WRITE_BYTES, self._paths))
            self._say(link, Kind.POSITION, self._backlog.taken, self._backlog.given_up)
        self.flush()

    def detach(self, lane: Lane) -> None:
        """There is no connection any more; one that is still open is ended."""
        link = self.link(lane)
        if link is None:
            return
        link.drop()
        del self._pourers[lane]
        if lane is _CONTROL:
            self.control = self.answers.link = None
        else:
            self.ordinary = None
            self._settle()

    def acknowledged(self, link: OutboundLink, sequence: int) -> None:
        """System messages up to this number have arrived."""
        if self._letters.acked(sequence, link.uid):
            self._tell_done()

    def missed(self, link: OutboundLink, sequence: int) -> None:
        """System messages behind this number have not: send them again at once (R17)."""
        self.acknowledged(link, sequence)
        self.answers.send_again(link)

    def flush(self) -> None:
        """Write what waits."""
        self._turn.begin()
        for lane in _LANES:
            if (pourer := self._pourers.get(lane)) is not None and pourer.pour():
                self._turn.plan()
        if self.control is None or self.ordinary is None:
            self._reach()
        self.answers.expect()
        self._tell_done()

    def _settle(self) -> None:
        """Messages were given up, or may be lost with their connection: nobody shall wait for them."""
        link = self.ordinary or self.control
        if link is not None and self._backlog.taken:
            self._say(link, Kind.POSITION, self._backlog.taken, self._backlog.given_up)

    def _say(self, link: OutboundLink, kind: Kind, *values: int) -> None:
        self._pourers[link.lane].put(encode_frame(envelope.numbers(kind, *values), self._node.settings.max_frame_bytes))

    def quiet_s(self, now: float) -> float:
        """For how long nothing was to be sent, and no answer came, as far as was noticed by asking this."""
        amount = (self._backlog.accepted, self._letters.total, self.ordinary.answers if self.ordinary else 0)
        if amount != self._amount or not self.is_done:
            self._amount, self._quiet_since = amount, now
        return now - self._quiet_since

    def rest(self, lane: Lane) -> None:
        """Close a connection that nobody needs, and let the peer know that it means nothing else (R6)."""
        link = self.link(lane)
        if link is None or link.is_paused or not self._pourers[lane].is_empty:
            return
        link.rest()
        del self._pourers[lane]
        self._parting = [one for one in self._parting if one.is_open] + [link]
        if lane is _CONTROL:
            self.control = self.answers.link = None
        else:
            self.ordinary = None
            self._settle()

    # --- giving up ----------------------------------------------------------------------------------------------------

    def bury_messages(self) -> None:
        """The messages of users that wait are dead letters."""
        for _, recipient, message, sender in self._backlog.give_up():
            if recipient is not None:
                self._node.dead_letter(message, sender, recipient)
        self._settle()
        self._tell_done()

    def bury_letters(self) -> list[Letter]:
        """The system messages that wait were for an incarnation that is dead. Returns what it may not have got."""
        lost = self._letters.give_up()
        self._backlog.forget_order()
        for link in self._parting:
            link.drop()
        self._tell_done()
        return lost

    async def done(self) -> None:
        """Wait until everything is written and acknowledged, or given up."""
        if not self.is_done:
            if self._done is None:
                self._done = self._node.loop.create_future()
            await asyncio.shield(self._done)

    def leave(self) -> None:
        """Say goodbye and end the connections when that is sent."""
        self.is_closed = True
        for pourer in self._pourers.values():
            pourer.finish()
        for link in (self.control, self.ordinary):
            if link is not None:
                link.leave()

    def close(self) -> None:
        """Nothing is sent any more."""
        self.is_closed = True
        for lane in Lane:
            self.detach(lane)
        self.answers.close()
        self.bury_letters()
        self.bury_messages()

    def _tell_done(self) -> None:
        if self._done is not None and self.is_done and not self._done.done():
            self._done.set_result(None)


def _is_temporary(ref: ActorRef[Any]) -> bool:
    return isinstance(ref, Temporary) or ref.path.elements[:1] == ("temp",)
