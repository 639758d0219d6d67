"""`OrdinaryReader`: hears what a peer says on an ordinary lane that it dialled. SHELL of `PathReader` and `Arrivals`.

It takes a limited time for it in each turn of the loop, so that the control lanes get theirs; it stops reading while it
waits for a system message that was sent before what it reads. Nothing raises out of here, whatever the peer sends.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from runtime.protocol import envelope
from runtime.protocol.arrivals import Arrivals
from runtime.protocol.codec import CodecError, Malformed
from runtime.protocol.envelope import Kind
from runtime.protocol.paths import PathReader
from runtime.remote.callee import Callee
from runtime.remote.control import News
from runtime.remote.node import Node
from runtime.remote.reception import Reception

TURN_S = 0.002
"""How long frames are read before it is the turn of others. One frame is always read to its end."""


class OrdinaryReader:
    """Reads one ordinary lane.

    Args:
        node: Our system.
        callee: The association.
        arrivals: What has come from the peer's incarnation.
        reception: Where messages go.
        flow: Called with whether the connection shall bring more.
        complain: Logs an event and its details.

    Attributes:
        is_idle: Whether the peer said that it closes the connection because nobody needs it.
    """

    def __init__(
        self,
        node: Node,
        callee: Callee,
        arrivals: Arrivals[News],
        reception: Reception,
        flow: Callable[[bool], None],
        complain: Callable[..., None],
    ) -> None:
        self._node = node
        self._callee = callee
        self._arrivals = arrivals
        self._reception = reception
        self._flow = flow
        self._complain = complain
        self._paths = PathReader(node.resolve_text, node.lasts)
        self.is_idle = False
        self._pending: deque[bytes] = deque()
        self._after = 0
        self._is_planned = False
        self._is_flowing = True
        self._is_dropped = False
        self._ended: Callable[[], None] | None = None

    def read(self, bodies: list[bytes]) -> None:
        """Take frames."""
        if len(bodies) == 1 and not self._pending and not self._is_planned and not self._after:
            self._hear(bodies[0])  # the usual case, and no clock is needed
            if self._after:
                self._go_on()
            return
        self._pending += bodies
        if not self._is_planned and not self._after:
            self._go_on()

    def letters_came(self, *, more_may_come: bool) -> None:
        """System messages were delivered: perhaps the one that is waited for. Nobody waits for what cannot come."""
        if self._after and (
            self._arrivals.system.delivered >= self._after or (self._ended is not None and not more_may_come)
        ):
            self._after = 0
            self._plan()

    def end(self, ended: Callable[[], None]) -> None:
        """The connection brings no more: call `ended` when what has come is read."""
        self._ended = ended
        if not self._is_planned and not self._after:
            self._go_on()

    def drop(self) -> None:
        """Read nothing more, not even the rest of a frame."""
        self._pending.clear()
        self._is_dropped = True
        self._ended = None

    def _plan(self) -> None:
        if not self._is_planned:
            self._is_planned = True
            self._node.loop.call_soon(self._next_turn)

    def _next_turn(self) -> None:
        self._is_planned = False
        self._go_on()

    def _go_on(self) -> None:
        pending, time = self._pending, self._node.loop.time
        until = time() + TURN_S
        while pending and not self._after:
            self._hear(pending.popleft())
            if pending and time() > until:
                self._plan()
                break
        if self._ended is not None:
            if not pending:
                ended, self._ended = self._ended, None
                ended()
        elif self._is_flowing is bool(pending or self._after):
            self._is_flowing = not self._is_flowing
            self._flow(self._is_flowing)

    def _hear(self, body: bytes) -> None:
        try:
            kind, values = envelope.open_body(self._node.codec, body)
        except CodecError as error:
            self._complain("a frame was dropped: it cannot be read", text=str(error))
            return
        if kind is Kind.ORDINARY:
            self._deliver(values)
            self._pass_on(self._arrivals.count(len(values) // 3))
        elif kind is Kind.AFTER:
            self._after = values[0] if values[0] > self._arrivals.system.delivered else 0
        elif kind is Kind.POSITION:
            before = self._arrivals.lost
            self._pass_on(self._arrivals.settle(*values))
            if self._arrivals.lost > before:
                self._callee.messages_lost(self._arrivals.lost - before)
        elif kind is Kind.GOODBYE:
            self._callee.goodbye_said()
        elif kind is Kind.IDLE:
            self.is_idle = True

    def _pass_on(self, released: list[News]) -> None:
        for recipient, signal in released:
            self._reception.take_signal(recipient, signal)

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
