"""`InboundLink`: a connection on which another system dialled us. SHELL of `handshake.Acceptor` and `SystemReceiver`.

The peer's messages and signals come in here and go to `runtime.remote.reception`; acknowledgements and heartbeat
replies go back. Nothing raises out of here, whatever the peer sends: garbage costs one log line and the connection.
"""

from __future__ import annotations

from typing import Any, Protocol

from actors.address import Address
from runtime.protocol import envelope, handshake
from runtime.protocol.codec import CodecError
from runtime.protocol.delivery import Receipt, SystemReceiver
from runtime.protocol.envelope import Kind
from runtime.protocol.frames import FrameDecoder, FrameTooLarge, encode_frame
from runtime.protocol.handshake import Acceptor, Hello, Refusal, Refuse
from runtime.remote.node import Node
from runtime.remote.reception import Reception
from runtime.transport.base import Connection


class Callee(Protocol):
    """Our side of the association with the one who dialled."""

    def introduced(self, link: InboundLink, uid: int) -> None:
        """Somebody says that it is incarnation `uid` of the peer: admit it, hold it, or turn it away."""

    def inbound_ended(self, link: InboundLink) -> None:
        """The connection was read to its end."""

    def goodbye_said(self) -> None:
        """The peer shuts down."""


class Door(Protocol):
    """Knows the association of an address."""

    def callee(self, address: Address) -> Callee:
        """The association with the system there."""
        ...

    def forget(self, link: InboundLink) -> None:
        """The connection is over."""


class InboundLink:
    """One accepted connection.

    Args:
        node: Our system.
        door: Who knows the associations.
        reception: Where messages go.
    """

    def __init__(self, node: Node, door: Door, reception: Reception) -> None:
        self._node = node
        self._door = door
        self._reception = reception
        self._acceptor = Acceptor(node.own, node.uid)
        self._decoder = FrameDecoder(handshake.MAX_HELLO_BYTES)
        self._connection: Connection | None = None
        self._hello: Hello | None = None
        self._callee: Callee | None = None
        self._receiver: SystemReceiver | None = None
        self._timer = node.loop.call_later(node.settings.connect_timeout_s, self._lose_patience)
        self._is_over = False

    # --- for the association ------------------------------------------------------------------------------------------

    def welcome(self, receiver: SystemReceiver) -> None:
        """Let it in; `receiver` knows what its incarnation has delivered on earlier connections."""
        self._timer.cancel()
        self._receiver = receiver
        self._decoder = FrameDecoder(self._node.settings.max_frame_bytes)
        self._write(handshake.write(self._acceptor.welcome()))

    def turn_away(self, reason: Refusal, text: str) -> None:
        """Refuse it, with a text for people."""
        self._refuse(self._acceptor.refuse(reason, text))

    def keep_waiting(self) -> None:
        """Its `Hello` is answered later, or it goes away."""
        self._timer.cancel()
        self._timer = self._node.loop.call_later(self._node.settings.handshake_timeout_s, self.drop)

    def drop(self) -> None:
        """End it at once; nobody hears of it."""
        self._is_over = True
        self._timer.cancel()
        if self._connection is not None:
            self._connection.abort()

    def leave(self) -> None:
        """Say goodbye and end it when that is sent; nobody hears of it."""
        if self._receiver is not None:
            self._write(envelope.numbers(Kind.GOODBYE))
        self._is_over = True
        self._timer.cancel()
        if self._connection is not None:
            self._connection.close()

    @property
    def is_open(self) -> bool:
        """Whether the connection has not ended yet."""
        return self._connection is not None

    # --- for the transport --------------------------------------------------------------------------------------------

    def connection_made(self, connection: Connection) -> None:
        """Wait for the `Hello`."""
        self._connection = connection
        if self._is_over:
            connection.abort()

    def data_received(self, data: bytes) -> None:
        """Hear what the peer sends."""
        if self._is_over:
            return
        try:
            bodies = self._decoder.feed(data)
        except FrameTooLarge as error:
            self._hear_all(error.complete)
            self._complain(f"it sent {error}")
            return
        self._hear_all(bodies)

    def connection_lost(self, error: BaseException | None) -> None:
        """It has ended."""
        self._connection = None
        self._timer.cancel()
        self._door.forget(self)
        if not self._is_over:
            self._is_over = True
            if self._callee is not None:
                self._callee.inbound_ended(self)

    def pause_writing(self) -> None:
        """Answers are small and as many as what they answer; there is nothing to stop."""

    def resume_writing(self) -> None:
        """See `pause_writing`."""

    # --- the handshake ------------------------------------------------------------------------------------------------

    def _hear_all(self, bodies: list[bytes]) -> None:
        before = self._receiver.delivered if self._receiver is not None else 0
        duplicates = False
        for body in bodies:
            if self._is_over:
                return
            if self._receiver is None:
                self._introduce(body)
            else:
                duplicates |= self._hear(body, self._receiver)
        if self._receiver is not None and (duplicates or self._receiver.delivered > before) and not self._is_over:
            # One acknowledgement for everything that came at once.
            self._write(envelope.numbers(Kind.ACK, self._receiver.delivered))

    def _introduce(self, body: bytes) -> None:
        if self._hello is not None:
            self._complain("it spoke before it was welcomed")
            return
        word = self._acceptor.hear(body)
        if isinstance(word, Refuse):
            self._refuse(word)
            return
        if word.own == self._node.own:
            self.turn_away(Refusal.WRONG_TARGET, f"{word.own} is our own address; two systems cannot share it")
            return
        self._hello = word
        self._callee = self._door.callee(word.own)
        self._callee.introduced(self, word.uid)

    def _lose_patience(self) -> None:
        """No `Hello` came; it may still be on its way, so nobody is told that he is not welcome."""
        self._log("connection closed: no Hello came", seconds=self._node.settings.connect_timeout_s)
        self.drop()

    def _refuse(self, refuse: Refuse) -> None:
        if self._is_over:
            return
        self._log("connection refused", reason=refuse.reason.value, text=refuse.text)
        self._write(handshake.write(refuse))
        self._is_over = True
        self._timer.cancel()
        if self._connection is not None:
            self._connection.close()

    # --- afterwards ---------------------------------------------------------------------------------------------------

    def _hear(self, body: bytes, receiver: SystemReceiver) -> bool:
        """Take one frame; returns whether it was a duplicate that has to be acknowledged again."""
        try:
            kind, values = envelope.open_body(self._node.codec, body)
        except CodecError as error:
            self._log("a message was dropped: it cannot be read", text=str(error))
            return False
        if kind is Kind.ORDINARY:
            self._reception.take_message(*values)
        elif kind is Kind.SYSTEM:
            return self._take_letter(receiver, *values)
        elif kind is Kind.HEARTBEAT:
            answer = self._node.beat_came(self._hello.own, self._hello.uid, values[0]) if self._hello else None
            if answer is not None:
                self._write(envelope.beat(Kind.HEARTBEAT_REPLY, answer))
        elif kind is Kind.GOODBYE and self._callee is not None:
            self._callee.goodbye_said()
        return False

    def _take_letter(self, receiver: SystemReceiver, sequence: int, content: bytes) -> bool:
        receipt = receiver.receive(sequence)
        if receipt is Receipt.DELIVER:
            try:
                self._reception.take_signal(*envelope.open_letter(self._node.codec, content))
            except CodecError as error:
                self._log("a system message was dropped: it cannot be read", text=str(error))
        elif receipt is Receipt.GAP:
            self._write(envelope.numbers(Kind.NACK, receiver.delivered))
        return receipt is Receipt.DUPLICATE

    def _complain(self, text: str) -> None:
        """The stream is of no use any more."""
        if self._receiver is None:
            self.turn_away(Refusal.NOT_OURS, text)
            return
        self._log("connection closed: the peer breaks the protocol", text=text)
        callee = self._callee
        self.drop()
        if callee is not None:
            callee.inbound_ended(self)

    def _write(self, body: bytes) -> None:
        if self._connection is not None:
            self._connection.write(encode_frame(body, self._node.settings.max_frame_bytes))

    def _log(self, event: str, **values: Any) -> None:
        peer = self._hello.own if self._hello is not None else None
        where = ":".join(map(str, self._connection.peer)) if self._connection is not None else "?"
        self._node.log.warning(event, peer=str(peer or where), **values)
