"""`AnswerReader`: hears what comes back on an ordinary lane that we dialled: answers to our asks, and a goodbye. SHELL.

An answer waits for the messages that the peer had sent before it on a connection of its own; nothing behind it is read
meanwhile. Anything else ends the connection; but an answer that comes too late, or cannot be read, costs no other.
Nothing raises out of here, whatever the peer sends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from runtime.protocol import envelope
from runtime.protocol.codec_errors import CodecError
from runtime.protocol.envelope import ONE_ANSWER, Kind
from runtime.remote.callee import Hearer
from runtime.remote.node import Node
from runtime.remote.reader import Reader


class Asking(Hearer, Protocol):
    """Our side of the association with the one who answers."""

    def hold(self, uid: int, position: int, news: Callable[[], None], size_bytes: int) -> bool | None:
        """Whether incarnation `uid` has sent messages up to `position` that are still to be read: then call `news`.

        `None` if it has, and nothing more may wait.
        """
        ...


class AnswerReader(Reader):
    """Reads the answers on one connection.

    Args:
        node: Our system.
        asking: The association.
        uid: The peer's incarnation.
        flow: Called with whether the connection shall bring more.
        misunderstood: Called with a text when the peer breaks the protocol.

    Attributes:
        count: How many answers have come.
    """

    def __init__(
        self,
        node: Node,
        asking: Asking,
        uid: int,
        flow: Callable[[bool], None],
        misunderstood: Callable[[str], None],
    ) -> None:
        super().__init__(node, asking.heard, flow, self._take)
        self.count = 0
        self._node = node
        self._asking = asking
        self._uid = uid
        self._misunderstood = misunderstood
        self._codec = asking.reception.codec
        self._take_message = asking.reception.take_message
        self._asks = f"{node.own}/temp/$"

    def _take(self, body: bytes) -> None:
        if self._is_dropped or (body[:2] == ONE_ANSWER and self._take_one(body)):
            return
        try:
            kind, values = envelope.open_body(self._codec, body)
        except CodecError as error:
            self._misunderstood(f"it did not speak our protocol: {error}")
            return
        if kind is Kind.GOODBYE:
            self._asking.goodbye_said(self._uid)
        elif kind is Kind.ANSWER and values[0].startswith(self._asks):
            text = str(values[2]) if isinstance(values[2], CodecError) else "it is nothing, or for no path"
            self._node.complain("an answer was dropped: it cannot be read", str(self._asking.address), text=text)
        else:
            self._misunderstood(f"{kind.name} does not belong there on a connection that we dialled")

    def _take_one(self, body: bytes) -> bool:
        """An answer to an ask, perhaps to one that is over; `False` if there is anything special about it."""
        try:
            _, text, position, message = self._codec.decode(body)
            if text.__class__ is not str or not text.startswith(self._asks) or message is None:
                return False
            if position.__class__ is not int or position < 0:
                return False
            waits = self._asking.hold(self._uid, position, self._go_on_behind, len(body)) if position else False
            if waits is None:
                self._node.complain("an answer was dropped: too much waits", str(self._asking.address), text=text)
                return True
            if waits:
                self.is_held = True
                self._pending.appendleft(body)
                return True
            recipient = self._codec.resolve(text)
        except (CodecError, ValueError):
            return False
        self.count += 1
        self._take_message(recipient, None, message)
        return True

    def _go_on_behind(self) -> None:
        """All that was sent before the answer is read, or will not come."""
        self.is_held = False
        if not self._is_planned:
            self._go_on()
