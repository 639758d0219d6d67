"""`Taps`: what nodes say to each other, frame by frame, as moments at which a fault may strike. SHELL: reads along.

A frame is `said` when it is written, and has `come` when its last byte is handed to its reader, before that takes it.
Each has a name, such as `said.watch`. Nothing of it is delayed or changed, and whoever holds a connection knows nothing
of this. Deliberately not here: what strikes (`runtime.sim.moments`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgpack

from runtime.protocol.envelope import Kind
from runtime.protocol.frames import FrameDecoder
from runtime.sim.moments import Moment

_LETTERS = ("unwatch", "watch", "death")
GREETINGS = ("hello", "welcome", "wait", "refuse")
FRAMES = (*GREETINGS, *_LETTERS, "ordinary", "ack", "heartbeat", "heartbeat-reply", "goodbye", "position", "idle")
"""What nodes say often enough to wait for it."""
_FRAME_BYTES = 2**32 - 1


def name_of(body: bytes) -> str:
    """What a frame is called."""
    if body[:2] in (b"\x92\x05", b"\x92\x06"):
        return "heartbeat" if body[1] == Kind.HEARTBEAT else "heartbeat-reply"
    head, *rest = msgpack.unpackb(body, strict_map_key=False)
    if isinstance(head, str):
        return str(rest[0])
    if head == Kind.SYSTEM:
        return next((name for name in _LETTERS if b"/" + name.encode() in rest[2]), "letter")
    return Kind(head).name.lower().replace("_", "-")


class Taps:
    """The transport of a node, read along.

    Args:
        transport: Of the node.
        node: Its name.
        happens: Is told.
    """

    def __init__(self, transport: Any, node: str, happens: Callable[[Moment], None]) -> None:
        self._transport, self._node, self._happens = transport, node, happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    async def listen(self, host: str, port: int, accept: Callable[[], Any]) -> Any:
        """See `Transport.listen`."""
        return await self._transport.listen(host, port, lambda: self._tapped(accept()))

    async def connect(self, host: str, port: int, handler: Any, timeout_s: float) -> Any:
        """See `Transport.connect`."""
        return await self._transport.connect(host, port, self._tapped(handler), timeout_s)

    def _tapped(self, handler: Any) -> Any:
        made = handler.connection_made

        def connection_made(connection: Any) -> None:
            connection.write = self._heard("said", connection, connection.write)
            connection.receive = self._heard("come", connection, connection.receive)
            made(connection)

        handler.connection_made = connection_made
        return handler

    def _heard(self, how: str, connection: Any, pass_on: Callable[[bytes], None]) -> Callable[[bytes], None]:
        decoder, peer = FrameDecoder(_FRAME_BYTES), connection.peer[0]

        def hear(data: bytes) -> None:
            for body in decoder.feed(data):
                self._happens(Moment(f"{how}.{name_of(bytes(body))}", self._node, peer))
            pass_on(data)

        return hear
