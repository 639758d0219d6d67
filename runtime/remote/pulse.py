"""`Pulse`: sends heartbeats to watched nodes, spread over the interval, and takes the answers. SHELL of `wheel`.

On the connection or beside it, as `carriage` says. The other side of the same, answering who watches us, is here too.
Deliberately not here: what silence means (`judge`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from actors.address import Address
from runtime.protocol import beats
from runtime.protocol.beats import Beat
from runtime.protocol.wheel import Wheel
from runtime.remote.monitor import Monitor
from runtime.remote.node import Node
from runtime.remote.side_channel import SideChannel


class Pulse:
    """The heartbeats of one system.

    Args:
        node: Our system.
        monitors: The watched nodes.
        lag_s: How late our loop has been.
        heard: Called with a node whose answer is news.
    """

    def __init__(
        self,
        node: Node,
        monitors: dict[Address, Monitor],
        lag_s: Callable[[], float],
        heard: Callable[[Monitor], None],
    ) -> None:
        self._node = node
        self._settings = node.settings.failure_detector
        self._monitors = monitors
        self._lag_s = lag_s
        self._heard = heard
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
        number = self._wheel.add(monitor, self._node.loop.time())
        self._send(monitor, number)
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

    def answered(self, address: Address, uid: int, content: bytes) -> None:
        """An answer of that node's incarnation `uid` came on the connection.

        Raises:
            BeatError: If it is none.
        """
        beat = beats.read(content)
        monitor = self._monitors.get(address)
        if monitor is None:
            return
        self._take_answer(monitor, uid, beat, self._node.loop.time())
        if monitor.carriage.stream_answered(beat.port):
            text = "datagrams do not get through" if beat.port else "the peer takes no datagrams"
            self._node.log.warning("heartbeats take the connection", peer=str(address), text=text)
        if beat.port:
            self._channel.watch(monitor)

    def _datagram_answered(self, monitor: Monitor, beat: Beat, at: float) -> None:
        if beat.number > monitor.datagram_number:  # else it was sent again, by whomever
            monitor.datagram_number = beat.number
            monitor.carriage.datagram_answered()
            self._take_answer(monitor, monitor.uid, beat, at)

    def _take_answer(self, monitor: Monitor, uid: int, beat: Beat, at: float) -> None:
        gap_s = at - monitor.last if monitor.last is not None else 0.0
        if not monitor.answered(at, uid, beat):
            return
        most_s = self._settings.acceptable_pause_s * 2 / 3
        if gap_s > most_s > 0 and gap_s - 2 * self._lag_s() > most_s:  # else we may be to blame
            self._node.log.warning("heartbeats come slowly", peer=str(monitor.address), gap_s=round(gap_s, 3))
        self._heard(monitor)

    def _send(self, monitor: Monitor, number: int) -> None:
        now = self._node.loop.time()
        silence_s = None if monitor.last is None else now - monitor.last
        is_late = silence_s is None or monitor.is_late(now, self._settings.heartbeat_interval_s)
        ways = monitor.carriage.ways(number, is_late)
        beat = Beat(number, self._lag_s(), silence_s, self._channel.port, monitor.key)
        if ways.datagram:
            self._channel.send(monitor, beat)
            if not is_late and monitor.carriage.prefers_datagrams:
                monitor.peer.look(is_alive=True)
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
        monitor = self._monitors.get(address)
        if monitor is not None:
            monitor.beat_came(self._node.loop.time(), beat.silence_s)
        return Beat(beat.number, self._lag_s(), None, self._channel.port)

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
        for monitor, number in self._wheel.due(max(self._node.loop.time(), due)):
            if self._monitors.get(monitor.address) is monitor:  # else one of those before it has ended it
                self._send(monitor, number)
        self._plan()
