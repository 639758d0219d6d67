"""`Bare`: a system of one thread, in which some actors do nothing but live. SHELL of sockets and standard input.

Deliberately not here: bytes (`content`), and what is kept of each peer (`peer`).
"""

from __future__ import annotations

import json
import os
import selectors
import socket
from collections.abc import Callable
from typing import Any

import msgpack

from benchmarks.detection.programs.bare import content
from benchmarks.detection.programs.bare.content import ACK, AFTER, HEARTBEAT, NACK, ORDINARY, POSITION, REPLY, SYSTEM
from benchmarks.detection.programs.bare.peer import Line, Peer
from benchmarks.detection.programs.lines import clock_s, say

DIAL_S = 5.0
PARENT = "/user/subjects"


class Bare:
    """A system with the actor `/user/subjects` and its children `w0`, `w1` ...

    Args:
        listener: Where it listens.
        host: By which others dial it.
        count: How many children.
        datagrams: Where heartbeats may come in datagrams; `None` for nowhere.

    Attributes:
        address: Of the system.
    """

    def __init__(self, listener: socket.socket, host: str, count: int, datagrams: socket.socket | None) -> None:
        self.address = f"actor://subject@{host}:{listener.getsockname()[1]}"
        self._uid = int.from_bytes(os.urandom(8), "big") >> 1 or 1
        self._children = {f"{self.address}{PARENT}/w{number}": number + 2 for number in range(count)}
        self._peers: dict[str, Peer] = {}
        self._selector = selectors.DefaultSelector()
        self._listener = listener
        self._datagrams = datagrams
        self._port = datagrams.getsockname()[1] if datagrams is not None else 0
        self._sealed = content.Sealed(self._uid, self._port)
        self._rest = b""
        self._follow(listener, self._accept)
        self._follow(0, self._obey)
        if datagrams is not None:
            self._follow(datagrams, self._answer_datagram)

    def live(self) -> None:
        """Until killed, or told to end."""
        while True:
            for key, _ in self._selector.select():
                key.data()

    def _follow(self, file: socket.socket | int, read: Callable[[], None]) -> None:
        self._selector.register(file, selectors.EVENT_READ, read)

    def _obey(self) -> None:
        data = os.read(0, 1 << 16)
        if not data:
            os._exit(0)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            do = json.loads(line)["do"]
            if do == "exit":
                say("doing", t=clock_s())
                os._exit(1)
            say("unsupported", do=do, detail="the bare subject can only be ended from outside")

    def _answer_datagram(self) -> None:
        if self._datagrams is not None:
            datagram, source = self._datagrams.recvfrom(2048)
            reply = self._sealed.answer(datagram)
            if reply is not None:
                self._datagrams.sendto(reply, source)

    # --- connections

    def _accept(self) -> None:
        try:
            line = Line(self._listener.accept()[0])
        except OSError:
            return  # who dialled has thought better of it
        self._follow(line.sock, lambda: self._read(line))

    def _dial(self, peer: Peer, lane: str) -> None:
        host, port = peer.address.rpartition("@")[2].rsplit(":", 1)
        try:
            sock = socket.create_connection((host, int(port)), DIAL_S)
        except OSError:
            return  # it is dialled again when there is something to say
        line = peer.dialled[lane] = Line(sock, peer, lane)
        self._follow(sock, lambda: self._read(line))
        line.say("deathwatch", "hello", 2, self.address, self._uid, peer.address, lane)

    def _read(self, line: Line) -> None:
        goes_on = line.read()
        while line.can_be_heard:
            self._hear(line, line.unread.popleft())
        peer = line.peer
        if peer is not None and line.owes:
            line.say(line.owes, peer.delivered)
            line.owes = 0
            held = peer.accepted.get("ordinary")
            while held is not None and held.can_be_heard:
                self._hear(held, held.unread.popleft())
        if not goes_on:
            self._selector.unregister(line.sock)
            line.sock.close()
            if peer is not None:
                peer.over(line)

    def _hear(self, line: Line, items: list[Any]) -> None:
        peer = line.peer
        match items:
            case ["deathwatch", "hello", 2, str(own), int(uid), self.address, str(lane), *rest]:
                line.takes_answers = len(rest) > 1 and isinstance(rest[1], list) and "answers" in rest[1]
                self._welcome(line, own, uid, lane)
            case ["deathwatch", "welcome", 2, *_] if peer is not None:
                peer.begin(line.lane)
                if line.lane == "control" and peer.has_messages:
                    self._dial(peer, "ordinary")
            case [int(kind), *values] if peer is not None:
                self._frame(line, peer, kind, values)
            case ["deathwatch", "hello", *_]:
                line.say("deathwatch", "refuse", 2, "wrong-target", f"here is {self.address}, version 2", self._uid)

    def _welcome(self, line: Line, own: str, uid: int, lane: str) -> None:
        peer = self._peers.get(own)
        if peer is None or peer.uid != uid:
            peer = self._peers[own] = Peer(own, uid)
        line.peer, line.lane = peer, lane
        peer.accepted[lane] = line
        line.say("deathwatch", "welcome", 2, self.address, self._uid, peer.read)

    def _frame(self, line: Line, peer: Peer, kind: int, values: list[Any]) -> None:
        if kind == ORDINARY:
            for at in range(0, len(values), 3):
                peer.read += 1
                recipient, sender = line.path(values[at]), values[at + 1]
                if sender is not None:
                    self._deliver(line, peer, recipient, line.path(sender), values[at + 2])
        elif kind == SYSTEM:
            sequence, _, letter = values
            line.owes = line.owes or ACK
            if sequence == peer.delivered + 1:
                peer.delivered = sequence
                self._obey_letter(peer, letter)
            elif sequence > peer.delivered:
                line.owes = NACK
        elif kind == HEARTBEAT:
            self._sealed.admit(peer.uid, content.key_of(values[0]))
            line.say(REPLY, content.answer(values[0], self._port))
        elif kind == POSITION:
            peer.read = max(peer.read, values[0])
        elif kind == AFTER:
            line.after = values[0]
        elif kind == ACK:
            peer.acked(values[0])
        elif kind == NACK:
            peer.resend()

    # --- actors

    def _deliver(self, line: Line, peer: Peer, recipient: str, sender: str, message: Any) -> None:
        """An ordinary message with a sender: the actors answer whatever they are asked."""
        named = self._named(recipient)
        match content.fields_of(message):
            case ["/identify", correlation]:
                found = content.reference(named) if named is not None else None
                answer: Any = content.record("/identity", correlation, found)
            case ["detection.ask-refs", int(first), int(count)]:
                chosen = list(self._children.items())[first : first + count]
                answer = [content.reference(f"{path}#{uid}") for path, uid in chosen]
            case _:
                answer = message
        if (named is not None or answer is not message) and not peer.answer(line, sender, answer):
            peer.tell(sender, answer)
            self._reach(peer)

    def _obey_letter(self, peer: Peer, letter: bytes) -> None:
        """A signal. A watch is kept by whoever watches, for nobody here dies alone."""
        match content.fields_of(msgpack.unpackb(letter)[1]):
            case ["/watch", watchee, watcher] if self._named(content.path_of(watchee)) is None:
                peer.send(content.never_existed(watchee, watcher))
                self._reach(peer)

    def _named(self, path: str) -> str | None:
        """The full path of the actor that lives there, if there is one."""
        known, _, uid = path.partition("#")
        own = 1 if known == f"{self.address}{PARENT}" else self._children.get(known)
        return f"{known}#{own}" if own is not None and uid in ("", "0", str(own)) else None

    def _reach(self, peer: Peer) -> None:
        """Dial whom there is something to say to: the control lane first."""
        if "control" not in peer.dialled:
            self._dial(peer, "control")
        elif peer.dialled["control"].is_welcomed and peer.has_messages and "ordinary" not in peer.dialled:
            self._dial(peer, "ordinary")
