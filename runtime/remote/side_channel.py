"""`SideChannel`: heartbeats and their answers as datagrams beside the connection. SHELL of `beats`.

Keys come by the connection: each heartbeat that offers one admits its sender. What is sealed with no such key, meant
for another incarnation, or repeated, is dropped without a word, as anything else that strangers send. Deliberately not
here: when a heartbeat takes this way (`runtime.protocol.carriage`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from actors.address import Address
from runtime.protocol import beats
from runtime.protocol.beats import Beat, BeatError, Direction, Envelope
from runtime.remote.monitor import Monitor
from runtime.remote.node import Node
from runtime.transport.base import Datagrams

_WATCHERS_KEPT = 4096


class Watching:
    """A node that watches us and may do so by datagrams."""

    __slots__ = ("address", "key", "number")

    def __init__(self, address: Address, key: bytes) -> None:
        self.address = address
        self.key = key
        self.number = -1


class SideChannel:
    """The datagram socket of one system.

    Args:
        node: Our system.
        beat: Called with a node and its heartbeat; returns the answer.
        answer: Called with a monitor, the answer to its heartbeat and the time at which it came.

    Attributes:
        dropped: Datagrams that were none for us.
        port: Where we take datagrams, 0 if we do not.
    """

    def __init__(
        self,
        node: Node,
        beat: Callable[[Address, Beat], Beat],
        answer: Callable[[Monitor, Beat, float], None],
    ) -> None:
        self.dropped = self.port = 0
        self._node = node
        self._beat = beat
        self._answer = answer
        self._socket: Datagrams | None = None
        self._watching: OrderedDict[int, Watching] = OrderedDict()
        self._watched: dict[int, Monitor] = {}

    async def open(self) -> None:
        """Take datagrams at our own port, or at any: where is said on the connection."""
        host, port = self._node.own.host or "", self._node.own.port or 0
        for attempt in (port, 0):
            try:
                self._socket = await self._node.transport.datagrams(host, attempt, self._received)
                self.port = self._socket.port
                return
            except OSError as error:
                failure = str(error)
        self._node.log.warning("heartbeats take the connection: there is no socket for datagrams", text=failure)

    def admit(self, address: Address, uid: int, key: bytes) -> None:
        """That node's incarnation `uid` has offered a key on its connection."""
        known = self._watching.get(uid)
        if known is None or known.key != key:
            self._watching[uid] = Watching(address, key)
            if len(self._watching) > _WATCHERS_KEPT:
                self._watching.popitem(last=False)

    def watch(self, monitor: Monitor) -> None:
        """From now on answers of the incarnation that the monitor has come to know are taken."""
        self._watched[monitor.uid] = monitor

    def forget(self, monitor: Monitor) -> None:
        """No more."""
        if self._watched.get(monitor.uid) is monitor:
            del self._watched[monitor.uid]

    def send(self, monitor: Monitor, beat: Beat) -> None:
        """Send a heartbeat."""
        host, port = monitor.address.host, monitor.carriage.port
        if self._socket is not None and host is not None and port and monitor.uid:
            envelope = Envelope(Direction.BEAT, self._node.uid, monitor.uid)
            self._socket.send(beats.seal(envelope, beat, monitor.key), (host, port))

    def close(self) -> None:
        """Take and send no more."""
        if self._socket is not None:
            self._socket.close()
            self._socket, self.port = None, 0

    def _received(self, datagram: bytes, source: tuple[str, int], at: float) -> None:
        try:
            envelope = beats.peek(datagram)
            if envelope.target != self._node.uid:
                raise BeatError("for another incarnation")
            if envelope.direction is Direction.BEAT:
                self._beat_came(envelope, datagram, source)
            else:
                self._answer_came(envelope, datagram, at)
        except BeatError:
            self.dropped += 1

    def _beat_came(self, envelope: Envelope, datagram: bytes, source: tuple[str, int]) -> None:
        watching = self._watching.get(envelope.source)
        if watching is None:
            raise BeatError("from a stranger")
        beat = beats.unseal(datagram, watching.key)
        if beat.number <= watching.number:
            raise BeatError("old, or sent again")
        watching.number = beat.number
        answer = self._beat(watching.address, beat)
        if self._socket is not None:
            reply = Envelope(Direction.ANSWER, self._node.uid, envelope.source)
            self._socket.send(beats.seal(reply, answer, watching.key), source)

    def _answer_came(self, envelope: Envelope, datagram: bytes, at: float) -> None:
        monitor = self._watched.get(envelope.source)
        if monitor is None:
            raise BeatError("from a stranger")
        self._answer(monitor, beats.unseal(datagram, monitor.key), at)
