"""`InboundLink`: a connection on which another system dialled us for one lane. SHELL of `handshake.Acceptor`.

When it is welcomed, the reader of its lane takes over (`control`, `ordinary`). Nothing raises out of here, whatever the
peer sends: garbage costs one log line and the connection.
"""

from __future__ import annotations

from typing import Any, Protocol

from actors.address import Address
from runtime.protocol import envelope, handshake
from runtime.protocol.arrivals import Arrivals
from runtime.protocol.envelope import Kind
from runtime.protocol.frames import FrameDecoder, FrameTooLarge, encode_frame
from runtime.protocol.handshake import Acceptor, Challenge, Hello, Lane, Refusal, Refuse
from runtime.remote.callee import Callee
from runtime.remote.control import ControlReader, News
from runtime.remote.link import Link, too_large
from runtime.remote.node import Node
from runtime.remote.ordinary import OrdinaryReader
from runtime.remote.way_back import WayBack
from runtime.transport.base import Connection, TlsError


class Door(Protocol):
    """Knows the association of an address."""

    def callee(self, address: Address) -> Callee | None:
        """The association with the system there; `None` if there are as many as may be."""
        ...

    def arrived(self, link: InboundLink) -> None:
        """It is known from which host the connection comes."""

    def forget(self, link: InboundLink) -> None:
        """The connection is over."""


class InboundLink(Link[ControlReader | OrdinaryReader]):
    """One accepted connection.

    Args:
        node: Our system.
        door: Who knows the associations.

    Attributes:
        lane: What it is for; of no meaning before its `Hello`.
        host: Where it comes from.
    """

    def __init__(self, node: Node, door: Door) -> None:
        super().__init__()
        self.lane = Lane.CONTROL
        self.host = ""
        self._node = node
        self._door = door
        self._acceptor = Acceptor(node.own, node.uid, node.secret, node.nonce())
        self._decoder = FrameDecoder(handshake.MAX_HELLO_BYTES)
        self._hello: Hello | None = None
        self._callee: Callee | None = None
        self._way_back: WayBack | None = None
        self._has_asked = self._is_full = False
        self._is_wanted = True
        self._timer = node.loop.call_later(node.settings.connect_timeout_s, self._lose_patience)

    # --- for the association ------------------------------------------------------------------------------------------

    def welcome(self, arrivals: Arrivals[News]) -> None:
        """Let it in; `arrivals` knows what has come from its incarnation on earlier connections."""
        self._timer.cancel()
        if self._callee is None or self._hello is None:
            raise AssertionError("who is welcomed has said who it is")
        self._decoder = FrameDecoder(self._node.settings.max_frame_bytes)
        reception = self._callee.reception
        if self.lane is Lane.CONTROL:
            self._reader = ControlReader(
                self._node, self._hello.own, self._callee, arrivals, reception, self._write, self._flow, self._log
            )
        else:
            if self._hello.takes_answers and self._connection is not None:
                self._way_back = WayBack(self._connection)
                if self._is_full:  # of the words before the welcome; from now on only answers depend on that
                    self._is_full = False
                    self._way_back.pause()
                    self._flow(self._is_wanted)
            self._reader = OrdinaryReader(
                self._node, self._callee, arrivals, reception, self._way_back, self._flow, self._log
            )
        self._write(handshake.write(self._acceptor.welcome(arrivals.read)))

    def turn_away(self, reason: Refusal, text: str) -> None:
        """Refuse it, with a text for people."""
        self._refuse(self._acceptor.refuse(reason, text))

    def show_out(self) -> None:
        """End it though it was not welcomed: there is no time, or no room, for it. It waits at no door any more."""
        self.drop()
        self._tell_ended()

    def keep_waiting(self) -> None:
        """Its `Hello` is answered later, or it goes away."""
        self._timer.cancel()
        self._timer = self._node.loop.call_later(self._node.settings.handshake_timeout_s, self.show_out)

    def ask_for_patience(self) -> None:
        """Say who we are, once, to who waits to be welcomed."""
        if not self._is_over and not self._has_asked:
            self._has_asked = True
            self._write(handshake.write(self._acceptor.wait()))

    def letters_came(self, *, more_may_come: bool) -> None:
        """System messages were delivered on the other lane, or it was closed."""
        if isinstance(self._reader, OrdinaryReader):
            self._reader.letters_came(more_may_come=more_may_come)

    def drop(self) -> None:
        """End it at once; nobody hears of it, and what has come and is not read is lost."""
        self._finish()
        if self._reader is not None:
            self._reader.drop()
        if self._connection is not None:
            self._connection.abort()
        else:  # perhaps there never was any, and so nobody calls `connection_lost`
            self._door.forget(self)

    def leave(self) -> None:
        """Say goodbye and end it when that is sent; nobody hears of it."""
        if self._reader is not None:
            self._write(envelope.numbers(Kind.GOODBYE))
        self._finish()
        if self._connection is not None:
            self._connection.close()

    @property
    def is_unfinished(self) -> bool:
        """Whether its handshake is still to be made."""
        return self._reader is None and not self._is_over

    @property
    def is_idle(self) -> bool:
        """Whether the peer said that it closes the connection because nobody needs it."""
        return self._reader is not None and self._reader.is_idle

    # --- for the transport --------------------------------------------------------------------------------------------

    def connection_made(self, connection: Connection) -> None:
        """Wait for the `Hello`."""
        self._connection = connection
        self.host = connection.peer[0]
        if self._is_over:
            connection.abort()
        else:
            self._door.arrived(self)

    def data_received(self, data: bytes) -> None:
        """Hear what the peer sends."""
        if self._is_over:
            return
        try:
            bodies = self._decoder.feed(data)
        except FrameTooLarge as error:
            self._read(error.complete)
            self._complain(too_large(error, is_first=self._reader is None))
            return
        self._read(bodies)

    def connection_lost(self, error: BaseException | None) -> None:
        """It has ended, though perhaps not everything that came is read."""
        if isinstance(error, TlsError):
            self._log("connection closed", text=str(error))
        self._connection = None
        self._door.forget(self)
        was_over = self._is_over
        self._finish()
        if not was_over:
            self._end()

    def pause_writing(self) -> None:
        """Answers to asks go another way; whoever does not read what else it is told is not read until it does."""
        if self._way_back is not None:
            self._way_back.pause()
        else:
            self._is_full = True
            self._flow(self._is_wanted)

    def resume_writing(self) -> None:
        """See `pause_writing`."""
        if self._way_back is not None:
            self._way_back.resume()
        else:
            self._is_full = False
            self._flow(self._is_wanted)

    def _flow(self, is_wanted: bool) -> None:
        self._is_wanted = is_wanted
        super()._flow(is_wanted and not self._is_full)

    # --- the handshake ------------------------------------------------------------------------------------------------

    def _take(self, body: bytes) -> None:
        if self._hello is not None:
            self._complain("it spoke before it was welcomed")
            return
        word = self._acceptor.hear(body)
        if isinstance(word, Refuse):
            self._refuse(word)
            return
        if isinstance(word, Challenge):
            self._write(handshake.write(word))
            return
        if word.own == self._node.own:
            self.turn_away(Refusal.WRONG_TARGET, f"{word.own} is our own address; two systems cannot share it")
            return
        self._hello = word
        self.lane = word.lane
        self._callee = self._door.callee(word.own)
        if self._callee is None:
            self.turn_away(Refusal.FULL, f"{self._node.own} has as many associations as it may have")
        else:
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
        self._finish()
        if self._connection is not None:
            self._connection.close()

    # --- afterwards ---------------------------------------------------------------------------------------------------

    def _complain(self, text: str) -> None:
        """The stream is of no use any more."""
        if self._reader is None:
            self.turn_away(Refusal.NOT_OURS, text)
            self._tell_ended()  # it may have waited at the door
            return
        self._log("connection closed: the peer breaks the protocol", text=text)
        self._finish()
        if self._connection is not None:
            self._connection.abort()
        self._end()

    def _finish(self) -> None:
        """Nothing is read or written any more."""
        self._is_over = True
        self._timer.cancel()
        if self._way_back is not None:
            self._way_back.close()

    def _end(self) -> None:
        """No more will come; the association hears of it when what has come is read."""
        if self._reader is not None:
            self._reader.end(self._tell_ended)
        else:
            self._tell_ended()
        if self._callee is not None:
            self._callee.letters_came()

    def _tell_ended(self) -> None:
        if self._callee is not None:
            self._callee.inbound_ended(self)

    def _write(self, body: bytes) -> None:
        if self._connection is not None:
            self._connection.write(encode_frame(body, self._node.settings.max_frame_bytes))

    def _log(self, event: str, **values: Any) -> None:
        peer = self._hello.own if self._hello is not None else None
        where = self._connection.peer[0] if self._connection is not None else "?"
        self._node.complain(event, str(peer or where), **values)
