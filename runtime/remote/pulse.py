"""`Pulse`: sends heartbeats to watched nodes, spread over the interval, and takes the answers. SHELL of `wheel`.

On the connection or beside it, as `carriage` says. The other side of the same, answering who watches us, is here too.
Deliberately not here: what silence means (`judge`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from actors.address import Address
from runtime.protocol import beats
from runtime.protocol.beats import Beat, BeatError
from runtime.protocol.wheel import Wheel
from runtime.remote.monitor import Monitor
from runtime.remote.node import Node
from runtime.remote.outbound import OutboundLink
from runtime.remote.side_channel import SideChannel


class Pulse:
    """The heartbeats of one system.

    Args:
        node: Our system.
        monitors: The watched nodes.
        lag_s: How late our loop has been, as of a time.
        heard: Called with a node whose answer is news.
    """

    def __init__(
        self,
        node: Node,
        monitors: dict[Address, Monitor],
        lag_s: Callable[[float], float],
        heard: Callable[[Monitor], None],
    ) -> None:
        self._node = node
        self._settings = node.settings.failure_detector
        self._monitors = monitors
        self._lag_s = lag_s
        self._heard = heard
        self._slow_s = self._settings.acceptable_pause_s * 2 / 3
        self._channel = SideChannel(node, self._take_beat, self._datagram_answered)
        self._wheel: Wheel[Monitor] = Wheel(self._settings.heartbeat_interval_s, node.loop.time())
        self._timer: asyncio.Handle | None = None
        self._due = 0.0  # of the timer; uvloop's does not say it, if it was due when it was made

    async def open(self) -> None:
        """Take datagrams, if the settings want them."""
        if self._settings.heartbeat_carriage == "udp":
            await self._channel.open()

    @property
    def takes_datagrams(self) -> bool:
        """Whether there is a socket for them."""
        return self._channel.port != 0

    def add(self, monitor: Monitor) -> None:
        """Begin, with a heartbeat at once."""
        now = self._node.loop.time()
        number = monitor.first = self._wheel.add(monitor, now)
        self._send(monitor, number, now, self._lag_s(now))
        self._plan()

    def remove(self, monitor: Monitor) -> None:
        """No more heartbeats to that node."""
        self._wheel.remove(monitor)
        self._channel.forget(monitor)
        self._plan()

    def close(self) -> None:
        """No more heartbeats at all."""
        for monitor in self._monitors.values():
            self._wheel.remove(monitor)
        self._plan()
        self._channel.close()

    # --- we watch -----------------------------------------------------------------------------------------------------

    def answered(self, monitor: Monitor, link: OutboundLink, content: bytes) -> None:
        """An answer of the node came on that connection."""
        try:
            number, lag_s, port = beats.read_answer(content)
        except BeatError as error:
            self._node.log.warning("an answer was dropped", peer=str(monitor.address), text=str(error))
            return
        if number < monitor.first:
            return
        self._take_answer(monitor, link.uid, number, lag_s, self._node.loop.time())
        if monitor.carriage.stream_answered(port):
            text = "datagrams do not get through" if port else "the peer takes no datagrams"
            self._node.log.warning("heartbeats take the connection", peer=str(monitor.address), text=text)
        if port:
            self._channel.watch(monitor)

    def _datagram_answered(self, monitor: Monitor, beat: Beat, at: float) -> None:
        if beat.number > monitor.datagram_number:  # else it was sent again, by whomever
            monitor.datagram_number = beat.number
            monitor.carriage.datagram_answered()
            self._take_answer(monitor, monitor.uid, beat.number, beat.lag_s, at)

    def _take_answer(self, monitor: Monitor, uid: int, number: int, lag_s: float, at: float) -> None:
        gap_s = at - monitor.last if monitor.last is not None else 0.0
        if not monitor.answered(at, uid, number, lag_s):
            return
        most_s = self._slow_s
        if gap_s > most_s > 0 and gap_s - 2 * self._lag_s(self._node.loop.time()) > most_s:  # else we may be to blame
            self._node.log.warning("heartbeats come slowly", peer=str(monitor.address), gap_s=round(gap_s, 3))
        self._heard(monitor)

    def _send(self, monitor: Monitor, number: int, now: float, lag_s: float) -> None:
        silence_s = None if monitor.last is None else now - monitor.last
        port = self._channel.port
        beat = Beat(number, lag_s, silence_s, port, monitor.key)
        if not port:  # there is one way
            monitor.peer.send_heartbeat(beats.write(beat))
            return
        is_late = silence_s is None or monitor.is_late(now, self._settings.heartbeat_interval_s)
        ways = monitor.carriage.ways(number, is_late)
        if ways.datagram:
            self._channel.send(monitor, beat)
            if not is_late and monitor.carriage.prefers_datagrams:
                monitor.peer.answered_beside()
        if ways.stream:
            monitor.peer.send_heartbeat(beats.write(beat))

    # --- we are watched -----------------------------------------------------------------------------------------------

    def beat_came(self, address: Address, uid: int, content: bytes) -> bytes:
        """A heartbeat came on a connection of that node's incarnation `uid`. Returns the content of the answer.

        Raises:
            BeatError: If it is none.
        """
        beat = beats.read(content)
        if beat.key and self._channel.port:
            self._channel.admit(address, uid, beat.key)
        return beats.write(self._take_beat(address, beat))

    def _take_beat(self, address: Address, beat: Beat) -> Beat:
        monitor, now = self._monitors.get(address), self._node.loop.time()
        if monitor is not None:
            if beat.number:  # else it is a mere question, and whoever asks does not say whom it has heard
                monitor.beat_came(now, beat.silence_s)
            monitor.peer.spoke()
        return Beat(beat.number, self._lag_s(now), None, self._channel.port)

    # --- when ---------------------------------------------------------------------------------------------------------

    def _plan(self) -> None:
        due = self._wheel.next_at()
        if self._timer is not None:
            if due is not None and self._due <= due:
                return  # it is early, and plans again
            self._timer.cancel()
            self._timer = None
        if due is not None:
            self._due = due
            self._timer = self._node.loop.call_at(due, self._turn, due)

    def _turn(self, due: float) -> None:
        self._timer = None
        # A loop may run a timer a moment early; by then its slot must be due, or this would go round and round.
        now = max(self._node.loop.time(), due)
        lag_s = self._lag_s(now)
        for monitor, number in self._wheel.due(now):
            if monitor in self._wheel:  # else one of those before it has ended it
                self._send(monitor, number, now, lag_s)
        self._plan()
