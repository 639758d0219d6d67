"""`Line` and `Peer`: a connection, and what is kept of an incarnation that talks to the bare subject. SHELL of sockets.

Deliberately not here: when a connection is dialled and what an actor answers (`system`).
"""

from __future__ import annotations

import contextlib
import socket
from collections import deque
from typing import Any

import msgpack

from benchmarks.detection.programs.bare.content import AFTER, ANSWER, ORDINARY, POSITION, SYSTEM
from runtime.protocol.frames import FrameDecoder, encode_frame

MAX_FRAME_BYTES = 8 << 20


class Line:
    """One connection; what is said on it after its end is lost.

    Args:
        sock: Its socket.
        peer: Who is there; `None` until it has said so.
        lane: What it is for.

    Attributes:
        is_welcomed: Whether the handshake is over.
        takes_answers: Whether who has dialled takes the answers to what it asks here.
        after: The number of the system message behind which its next frame belongs.
        unread: Frames that were not heard yet.
        owes: The kind of the acknowledgement that is due, 0 for none.
    """

    def __init__(self, sock: socket.socket, peer: Peer | None = None, lane: str = "") -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.peer = peer
        self.lane = lane
        self.is_welcomed = self.takes_answers = False
        self.after = 0
        self.owes = 0
        self.unread: deque[list[Any]] = deque()
        self._decoder = FrameDecoder(MAX_FRAME_BYTES)
        self._paths: dict[int, str] = {}

    def say(self, *items: Any) -> None:
        """Send a frame."""
        with contextlib.suppress(OSError):
            self.sock.sendall(encode_frame(msgpack.packb(items), MAX_FRAME_BYTES))

    def read(self) -> bool:
        """Read what has come; whether the connection goes on."""
        try:
            data = self.sock.recv(1 << 16)
        except OSError:
            return False
        self.unread.extend(msgpack.unpackb(body, strict_map_key=False) for body in self._decoder.feed(data))
        return bool(data)

    @property
    def can_be_heard(self) -> bool:
        """Whether its next frame may be heard now."""
        return bool(self.unread) and (self.peer is None or self.after <= self.peer.delivered)

    def path(self, written: Any) -> str:
        """The path that stands there, or that a number stands for."""
        if isinstance(written, list):
            self._paths[written[0]] = written[1]
            return str(written[1])
        return written if isinstance(written, str) else self._paths[written]


class Peer:
    """One incarnation of another system.

    Args:
        address: Where it is dialled.
        uid: Of the incarnation.

    Attributes:
        read: Ordinary messages that were read from it, or will not come.
        delivered: The number of its last system message.
        accepted: What it has dialled, by lane.
        dialled: What was dialled to it, by lane.
    """

    def __init__(self, address: str, uid: int) -> None:
        self.address = address
        self.uid = uid
        self.read = 0
        self.delivered = 0
        self.accepted: dict[str, Line] = {}
        self.dialled: dict[str, Line] = {}
        self._messages = 0
        self._letters = 0
        self._unacked: deque[tuple[int, int, bytes]] = deque()
        self._waiting: deque[tuple[str, Any]] = deque()

    def tell(self, path: str, message: Any) -> None:
        """An ordinary message to one of its actors, as soon as there is a connection."""
        self._waiting.append((path, message))
        self.flush()

    def answer(self, line: Line, path: str, message: Any) -> bool:
        """An answer on the connection that brought the question; whether nothing has to go before it."""
        goes = line.takes_answers and "/temp/$" in path and not (self._waiting or self._unacked)
        if goes:
            line.say(ANSWER, path, self._messages, message)
        return goes

    def send(self, letter: bytes) -> None:
        """A system message, which is kept until it is acknowledged."""
        self._letters += 1
        self._unacked.append((self._letters, self._messages, letter))
        self._say("control", SYSTEM, *self._unacked[-1])

    @property
    def has_messages(self) -> bool:
        """Whether ordinary messages wait for a connection."""
        return bool(self._waiting)

    def begin(self, lane: str) -> None:
        """It has welcomed us on a lane: say what waits for that."""
        self.dialled[lane].is_welcomed = True
        if lane == "control":
            self.resend()
        else:
            self._say(lane, POSITION, self._messages, 0)
            self.flush()

    def over(self, line: Line) -> None:
        """A connection has ended."""
        for lines in (self.accepted, self.dialled):
            if lines.get(line.lane) is line:
                del lines[line.lane]

    def acked(self, number: int) -> None:
        """Its acknowledgement."""
        while self._unacked and self._unacked[0][0] <= number:
            self._unacked.popleft()

    def resend(self) -> None:
        """Say again what was not acknowledged."""
        for letter in self._unacked:
            self._say("control", SYSTEM, *letter)

    def flush(self) -> None:
        """Send the messages that wait."""
        while self._waiting and self._is_open("ordinary"):
            path, message = self._waiting.popleft()
            if self._unacked:
                self._say("ordinary", AFTER, self._letters)
            self._say("ordinary", ORDINARY, path, None, message)
            self._messages += 1

    def _is_open(self, lane: str) -> bool:
        line = self.dialled.get(lane)
        return line is not None and line.is_welcomed

    def _say(self, lane: str, *items: Any) -> None:
        if self._is_open(lane):
            self.dialled[lane].say(*items)
