"""Another program that speaks the wire format: written from docs/wire.md alone, with sockets and MessagePack only.

`python stranger.py ADDRESS [SECRET]` does its part of `test_wire.py` and writes what happened as JSON. Nothing of this
project is imported here.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import selectors
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

import msgpack

ORDINARY, SYSTEM, ACK, NACK, HEARTBEAT, REPLY, GOODBYE, POSITION, AFTER, IDLE = range(1, 11)
PATIENCE_S = 50.0


class Line:
    """One connection."""

    def __init__(self, sock: socket.socket, hear: Callable[[Line, list[Any]], None]) -> None:
        self.sock = sock
        self.lane: str | None = None
        self.paths: dict[int, str] = {}
        self.is_over = False
        self.nonce = secrets.token_bytes(32)
        self.said: list[Any] = []  # what both have said before the answer, for the proofs
        self._hear = hear
        self._buffer = b""

    def say(self, *items: Any) -> None:
        body = msgpack.packb(items)
        self.sock.sendall(struct.pack(">I", len(body)) + body)

    def read(self) -> None:
        data = self.sock.recv(65536)
        self.is_over = not data
        self._buffer += data
        while len(self._buffer) >= 4:
            end = 4 + struct.unpack_from(">I", self._buffer)[0]
            if len(self._buffer) < end:
                return
            body, self._buffer = self._buffer[4:end], self._buffer[end:]
            self._hear(self, msgpack.unpackb(body, strict_map_key=False))


class Stranger:
    """A system of one thread, with the actors `/user/mine` and `/temp/ask`."""

    def __init__(self, target: str, secret: str) -> None:
        self.secret = secret.encode()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.own = f"actor://stranger@127.0.0.1:{self.listener.getsockname()[1]}"
        self.uid = 4711
        self.target = target
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.welcomed: dict[str, list[Any]] = {}
        self.acked = self.sent = self.messages = 0
        self.missed: list[int] = []
        self.replies: list[bytes] = []
        self.delivered = self.read = self.beats = 0
        self.letters: list[tuple[str, list[Any]]] = []
        self.inbox: list[tuple[str, str | None, Any]] = []
        self.held: list[tuple[int, str, list[Any]]] = []
        self.lines: dict[str, Line] = {}
        self.dial("control")
        self.dial("ordinary")

    def dial(self, lane: str) -> None:
        """Have a new connection for a lane."""
        host, port = self.target.rpartition("@")[2].split(":")
        self.welcomed.pop(lane, None)
        line = self.lines[lane] = Line(socket.create_connection((host, int(port))), self.answered)
        self.selector.register(line.sock, selectors.EVENT_READ, line)
        hello = ["deathwatch", "hello", 2, self.own, self.uid, self.target, lane]
        line.say(*hello, *([line.nonce] if self.secret else []))
        self.until(lambda: lane in self.welcomed)
        if lane == "ordinary":
            line.say(POSITION, self.messages, 0)

    def proof(self, role: str, dialler: list[Any], acceptor: list[Any], *answer: Any) -> bytes:
        said = msgpack.packb(["deathwatch", 2, role, dialler, acceptor, answer])
        return hmac.new(self.secret, said, hashlib.sha256).digest()

    def until(self, condition: Callable[[], Any]) -> None:
        """Read what comes until something is so."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.letters} {self.inbox} {self.welcomed}")
            for key, _ in self.selector.select(0.1):
                if key.data is None:
                    line = Line(self.listener.accept()[0], self.called)
                    self.selector.register(line.sock, selectors.EVENT_READ, line)
                else:
                    key.data.read()
                    if key.data.is_over:
                        self.selector.unregister(key.data.sock)

    # --- what we dialled

    def answered(self, line: Line, items: list[Any]) -> None:
        match items:
            case ["deathwatch", "challenge", 2, str(own), int(uid), bytes(nonce), *_] if self.secret:
                lane = next(lane for lane, one in self.lines.items() if one is line)
                line.said = [[self.own, self.uid, self.target, lane, line.nonce], [own, uid, nonce]]
                line.say("deathwatch", "proof", 2, self.proof("dialler", *line.said))
            case ["deathwatch", "welcome", 2, str(), int(), int(read), *rest]:
                assert not self.secret or rest[0] == self.proof("acceptor", *line.said, "welcome", read)
                lane = next(lane for lane, one in self.lines.items() if one is line)
                self.welcomed[lane] = items
            case [int(kind), int(number)] if kind == ACK:
                self.acked = number
            case [int(kind), int(number)] if kind == NACK:
                self.missed.append(number)
            case [int(kind), bytes(content)] if kind == REPLY:
                self.replies.append(content)

    def tell(self, recipient: Any, message: Any, sender: str | None = None) -> None:
        if self.sent > self.acked:
            self.lines["ordinary"].say(AFTER, self.sent)
        self.lines["ordinary"].say(ORDINARY, recipient, sender, message)
        self.messages += 1

    def signal(self, recipient: str, name: str, *fields: Any, lost: bool = False) -> list[Any]:
        """Send a system message, unless it gets lost; returns its frame."""
        self.sent += 1
        letter = msgpack.packb([reference(recipient), record(name, *fields)])
        frame = [SYSTEM, self.sent, self.messages, letter]
        if not lost:
            self.lines["control"].say(*frame)
        return frame

    # --- what dialled us

    def called(self, line: Line, items: list[Any]) -> None:
        match items:
            case ["deathwatch", "hello", 2, own, uid, target, lane, *nonce]:
                assert target == self.own
                line.lane = lane
                if self.secret:
                    line.said = [[own, uid, target, lane, nonce[0]], [self.own, self.uid, line.nonce]]
                    line.say("deathwatch", "challenge", 2, self.own, self.uid, line.nonce)
                else:
                    line.say("deathwatch", "welcome", 2, self.own, self.uid, self.read)
            case ["deathwatch", "proof", 2, proof]:
                assert proof == self.proof("dialler", *line.said)
                answer = self.proof("acceptor", *line.said, "welcome", self.read)
                line.say("deathwatch", "welcome", 2, self.own, self.uid, self.read, answer)
            case [int(kind), content] if kind == HEARTBEAT:
                self.beats += 1
                line.say(REPLY, content[:8] + struct.pack(">HHH", 0, 65535, 0))
            case [int(kind), sequence, position, letter] if kind == SYSTEM:
                if sequence == self.delivered + 1:
                    self.delivered = sequence
                    recipient, signal = msgpack.unpackb(letter)
                    name, *fields = msgpack.unpackb(signal.data)
                    self.held.append((position if name == "/death" else 0, name, fields))
                line.say(ACK if sequence <= self.delivered else NACK, self.delivered)
                self.release()
            case [int(kind), position, _] if kind == POSITION:
                self.read = max(self.read, position)
                self.release()
            case [int(kind), *items] if kind == ORDINARY:
                for at in range(0, len(items), 3):
                    recipient, sender, message = items[at : at + 3]
                    self.inbox.append(
                        (path(line, recipient), None if sender is None else path(line, sender), plain(message))
                    )
                    self.read += 1
                self.release()

    def release(self) -> None:
        self.letters += [(name, fields) for position, name, fields in self.held if position <= self.read]
        self.held = [entry for entry in self.held if entry[0] > self.read]


def path(line: Line, written: Any) -> str:
    if isinstance(written, list):
        line.paths[written[0]] = written[1]
        return str(written[1])
    return written if isinstance(written, str) else line.paths[written]


def record(name: str, *fields: Any) -> msgpack.ExtType:
    return msgpack.ExtType(2, msgpack.packb([name, *fields]))


def reference(text: str) -> msgpack.ExtType:
    return msgpack.ExtType(3, text.encode())


def plain(value: Any) -> Any:
    if isinstance(value, msgpack.ExtType):
        return value.data.decode() if value.code in (3, 5) else plain(msgpack.unpackb(value.data))
    return [plain(item) for item in value] if isinstance(value, list) else value


def main() -> None:
    me = Stranger(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
    told: dict[str, Any] = {}
    ask, mine = f"{me.own}/temp/ask#1", f"{me.own}/user/mine#5"

    me.tell([0, f"{me.target}/user/echo"], record("/identify", 9), ask)
    me.until(lambda: me.inbox)
    told["identity"] = me.inbox.pop()[2]
    echo = told["identity"][2]

    me.tell(echo, ["hello", 1.5, None, {"a": 1}], ask)
    me.until(lambda: me.inbox)
    told["answer"] = me.inbox.pop()

    me.tell(f"{me.target}/user/guard", [reference(mine)], mine)
    me.until(lambda: me.letters and me.beats >= 5)
    told["watched"] = [me.letters[0][0], *map(plain, me.letters.pop(0)[1])]
    told["suspicion"] = [message for _, _, message in me.inbox]
    me.signal(f"{me.target}/user/guard", "/death", reference(mine), True, False, msgpack.ExtType(5, b"failed"), "so")
    me.until(lambda: me.inbox)
    told["told of mine"] = me.inbox.pop()[2]

    # A gap is said, and filled by sending again from there.
    nobody = f"{me.target}/user/nobody#77"
    frames = [me.signal(nobody, "/watch", reference(nobody), reference(mine), lost=True)]
    frames.append(me.signal(nobody, "/unwatch", reference(nobody), reference(mine)))
    me.until(lambda: me.missed)
    told["missed"] = me.missed[0] == frames[0][1] - 1
    for frame in frames:
        me.lines["control"].say(*frame)
    me.until(lambda: me.letters and me.acked == me.sent)
    told["nobody"] = [me.letters[0][0], *map(plain, me.letters.pop(0)[1])]

    me.lines["control"].say(HEARTBEAT, struct.pack(">QHHH", 5, 0, 65535, 0))
    me.until(lambda: me.replies)
    told["reply"] = struct.unpack_from(">Q", me.replies[0])[0]

    # New connections of both lanes; what is written on the old ones is not acknowledged, and sent again.
    for lane in ("control", "ordinary"):
        me.lines[lane].say(IDLE)
        me.selector.unregister(me.lines[lane].sock)
        me.lines[lane].sock.close()
    frame = me.signal(echo, "/watch", reference(echo), reference(mine), lost=True)
    me.dial("control")
    me.lines["control"].say(*frame)
    me.dial("ordinary")
    me.tell([0, echo], "again", ask)
    me.until(lambda: me.inbox)
    told["again"] = me.inbox.pop()[2]
    told["read"] = me.welcomed["ordinary"][5] == me.messages - 1
    for number in range(100):
        me.tell(0, number, mine)
    me.tell(0, record("/poison-pill"))
    me.until(lambda: me.letters)
    told["answers before the death"] = [message for _, _, message in me.inbox]
    told["death"] = [me.letters[0][0], *map(plain, me.letters[0][1])]
    told["acknowledged"] = me.acked == me.sent
    for line in me.lines.values():
        line.say(GOODBYE)
        line.sock.close()
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
