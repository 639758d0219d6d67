"""`OrdinaryReader`: hears what a peer says on an ordinary lane that it dialled. SHELL of `PathReader` and `Arrivals`.

It stops while it waits for a system message that was sent before what it reads. Nothing raises out of here, whatever
the peer sends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.ref import ActorRef
from runtime.protocol import envelope
from runtime.protocol.arrivals import Arrivals
from runtime.protocol.codec_errors import CodecError, Malformed
from runtime.protocol.envelope import ONE_ORDINARY, Kind
from runtime.protocol.paths import PathReader
from runtime.remote.callee import Callee
from runtime.remote.control import News
from runtime.remote.node import Node
from runtime.remote.reader import Reader
from runtime.remote.reception import Reception
from runtime.remote.sink import RemoteSink
from runtime.remote.way_back import WayBack


class OrdinaryReader(Reader):
    """Reads one ordinary lane.

    Args:
        node: Our system.
        callee: The association.
        arrivals: What has come from the peer's incarnation.
        reception: Where messages go.
        way_back: Where answers to asks go, if the connection takes them.
        flow: Called with whether the connection shall bring more.
        complain: Logs an event and its details.
    """

    def __init__(
        self,
        node: Node,
        callee: Callee,
        arrivals: Arrivals[News],
        reception: Reception,
        way_back: WayBack | None,
        flow: Callable[[bool], None],
        complain: Callable[..., None],
    ) -> None:
        super().__init__(node, callee.heard, flow, self._take)
        self._node = node
        self._callee = callee
        self._arrivals = arrivals
        self._reception = reception
        self._complain = complain
        self._paths = PathReader(reception.codec.resolve, node.lasts)
        self._decode = reception.codec.decode
        self._take_message = reception.take_message
        self._asks = f"{callee.address}/temp/$"
        self._asker = node.askers(callee, way_back)
        self._way_back = way_back
        self._after = 0

    def letters_came(self, *, more_may_come: bool) -> None:
        """System messages were delivered: perhaps the one that is waited for. Nobody waits for what cannot come."""
        if self._after and (
            self._arrivals.system.delivered >= self._after or (self._ended is not None and not more_may_come)
        ):
            self._after = 0
            self.is_held = False
            self.plan()

    def _take(self, body: bytes) -> None:
        if body[:2] == ONE_ORDINARY and self._take_one(body):
            return
        try:
            kind, values = envelope.open_body(self._reception.codec, body)
        except CodecError as error:
            self._complain("a frame was dropped: it cannot be read", text=str(error))
            return
        if kind is Kind.ORDINARY:
            self._deliver(values)
            self._pass_on(self._arrivals.count(len(values) // 3))
        elif kind is Kind.AFTER:
            self.is_held = values[0] > self._arrivals.system.delivered
            self._after = values[0] if self.is_held else 0
        elif kind is Kind.POSITION:
            before = self._arrivals.lost
            self._pass_on(self._arrivals.settle(*values))
            if self._arrivals.lost > before:
                self._callee.messages_lost(self._arrivals.lost - before)
        elif kind is Kind.GOODBYE:
            self._callee.goodbye_said(self._arrivals.uid)
        elif kind is Kind.IDLE:
            self.is_idle = True
            if self._way_back is not None:
                self._way_back.rest()

    def _take_one(self, body: bytes) -> bool:
        """A question or an answer, which has a frame of its own; `False` if there is anything special about it."""
        try:
            _, written, written_sender, message = self._decode(body)
            recipient = self._paths.here.get(written) if written.__class__ is int else self._paths.read(written)
            if recipient is None or isinstance(recipient, RemoteSink) or message is None:
                return False
            sender = None if written_sender is None else self._sender(written_sender)
        except CodecError:
            return False
        self._take_message(recipient, sender, message)
        if released := self._arrivals.count(1):
            self._pass_on(released)
        return True

    def _sender(self, written: Any) -> ActorRef[Any]:
        """Who sent a message: mostly an ask of the peer, of which each has another text."""
        if written.__class__ is str and written.startswith(self._asks):
            name, _, uid = written[len(self._asks) :].partition("#")
            if name == uid and len(uid) <= 20 and uid.isdigit() and uid.isascii():
                return self._asker(written, uid)
        return self._paths.read(written)

    def _pass_on(self, released: list[News]) -> None:
        for tell in released:
            tell()

    def _deliver(self, values: list[Any]) -> None:
        here, each, take = self._paths.here, iter(values), self._reception.take_message
        for written, written_sender, message in zip(each, each, each, strict=True):
            try:
                recipient = here.get(written) if written.__class__ is int else None
                if recipient is None:
                    recipient = self._paths.read(written)
                    if recipient.path.address.host is not None:
                        raise Malformed(f"it is for {recipient}, which is not here")
                sender = None if written_sender is None else self._paths.read(written_sender)
            except CodecError as error:
                self._complain("a message was dropped: it cannot be read", text=str(error))
                continue
            if message is None or isinstance(message, CodecError):
                self._complain("a message was dropped: it cannot be read", text=str(message))
            else:
                take(recipient, sender, message)
                if self._is_dropped:
                    return
