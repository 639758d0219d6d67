"""`ControlReader`: hears what a peer says on a control lane that it dialled. SHELL of `SystemReceiver` and `Arrivals`.

Signals go to `runtime.remote.reception`, all but the news of a death at once; acknowledgements and heartbeat replies go
back. Nothing here waits for the ordinary lane, and nothing raises, whatever the peer sends.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from actors.address import Address
from actors.signals import DeathWatchNotification
from runtime.protocol import envelope
from runtime.protocol.arrivals import Arrivals
from runtime.protocol.codec_errors import CodecError
from runtime.protocol.delivery import Receipt
from runtime.protocol.envelope import Kind
from runtime.remote.callee import Callee
from runtime.remote.node import Node
from runtime.remote.reader import Reader
from runtime.remote.reception import Reception

News = Callable[[], None]
"""Tells what has waited for ordinary messages."""

# At hand: a member of an enumeration is looked up through its metaclass.
_SYSTEM, _HEARTBEAT, _POSITION = Kind.SYSTEM, Kind.HEARTBEAT, Kind.POSITION
_DELIVER, _GAP, _TOO_SOON = Receipt.DELIVER, Receipt.GAP, Receipt.TOO_SOON


class ControlReader(Reader):
    """Reads one control lane.

    Args:
        node: Our system.
        peer: Who speaks.
        callee: The association.
        arrivals: What has come from the peer's incarnation.
        reception: Where signals go.
        answer: Sends a body back.
        flow: Called with whether the connection shall bring more.
        complain: Logs an event and its details.
    """

    def __init__(
        self,
        node: Node,
        peer: Address,
        callee: Callee,
        arrivals: Arrivals[News],
        reception: Reception,
        answer: Callable[[bytes], None],
        flow: Callable[[bool], None],
        complain: Callable[..., None],
    ) -> None:
        super().__init__(node, callee.heard, flow, self._take)
        self._node = node
        self._peer = peer
        self._callee = callee
        self._arrivals = arrivals
        self._reception, self._codec = reception, reception.codec
        self._answer = answer
        self._complain = complain
        self._receipts: set[Receipt] = set()
        self._is_full = False  # what is behind a letter for which there was no room is not missing

    def _take(self, body: bytes) -> None:
        if self._is_dropped:
            return
        try:
            kind, values = envelope.open_body(self._codec, body)
        except CodecError as error:
            self._complain("a frame was dropped: it cannot be read", text=str(error))
            return
        if kind is _SYSTEM:
            self._receipts.add(self._take_letter(*values))
        elif kind is _HEARTBEAT:
            answer = self._node.beat_came(self._peer, self._arrivals.uid, values[0])
            if answer is not None:
                self._answer(envelope.beat(Kind.HEARTBEAT_REPLY, answer))
        elif kind is _POSITION:
            self._callee.will_not_come(*values)
        elif kind is Kind.GOODBYE:
            self._callee.goodbye_said(self._arrivals.uid)
        elif kind is Kind.IDLE:
            self.is_idle = True

    def rest(self) -> None:
        """One acknowledgement, or one nack, for all system messages that came at once."""
        if not self._receipts or self._is_dropped:
            return
        receipts, self._receipts = self._receipts, set()
        kind = Kind.NACK if _GAP in receipts else Kind.ACK
        self._answer(envelope.numbers(kind, self._arrivals.system.delivered))
        if _DELIVER in receipts:
            self._callee.letters_came()

    def _take_letter(self, sequence: int, position: int, content: bytes) -> Receipt:
        arrivals, size_bytes = self._arrivals, len(content)
        if sequence == arrivals.system.delivered + 1:
            if arrivals.lacks_room(position, size_bytes):
                if not self._is_full:
                    self._complain("system messages have to come again: too many deaths wait", position=position)
                self._is_full = True
                return _TOO_SOON
            self._is_full = False
        receipt = arrivals.system.receive(sequence)
        if receipt is _DELIVER:
            try:
                recipient, signal = envelope.open_letter(self._codec, content)
            except CodecError as error:
                self._complain("a system message was dropped: it cannot be read", text=str(error))
                return receipt
            tell = partial(self._reception.take_signal, self._peer, recipient, signal)
            if not isinstance(signal, DeathWatchNotification) or not arrivals.hold(position, tell, size_bytes):
                tell()
        return _TOO_SOON if receipt is _GAP and self._is_full else receipt
