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


class Pulse:
    """The heartbeats of one system.

    Args:
        node: Our system.
        monitors: The watched nodes.
        lag_s: How late our loop has been.
    """

    def __init__(self, node: Node, monitors: dict[Address, Monitor], lag_s: Callable[[], float]) -> None:
        self._node = node
        self._settings = node.settings.failure_detector
        self._monitors = monitors
        self._lag_s = lag_s
        self._wheel: Wheel[Address] = Wheel(self._settings.heartbeat_interval_s, node.loop.time())
        self._timer: asyncio.TimerHandle | None = None

    def add(self, monitor: Monitor) -> None:
        """Begin, with a heartbeat at once."""
        number = self._wheel.add(monitor.address, self._node.loop.time())
        self._send(monitor, number)
        self._plan()

    def remove(self, address: Address) -> None:
        """No more heartbeats to that node."""
        self._wheel.remove(address)
        self._plan()

    def stop(self) -> None:
        """No more heartbeats."""
        for address in list(self._monitors):
            self._wheel.remove(address)
        self._plan()

    def answered(self, address: Address, uid: int, content: bytes) -> bool:
        """An answer came on the connection. Returns whether it is news.

        Raises:
            BeatError: If it is none.
        """
        beat = beats.read(content)
        monitor = self._monitors.get(address)
        if monitor is None:
            return False
        now = self._node.loop.time()
        self._note_gap(monitor, now)
        return monitor.answered(now, uid, beat)

    def beat_came(self, address: Address, uid: int, content: bytes) -> bytes:
        """A heartbeat came on a connection of that node's incarnation `uid`. Returns the content of the answer.

        Raises:
            BeatError: If it is none.
        """
        beat = beats.read(content)
        monitor = self._monitors.get(address)
        if monitor is not None:
            monitor.beat_came(self._node.loop.time(), beat.silence_s)
        return beats.write(Beat(beat.number, self._lag_s()))

    def _send(self, monitor: Monitor, number: int) -> None:
        now = self._node.loop.time()
        silence_s = None if monitor.last is None else now - monitor.last
        beat = Beat(number, self._lag_s(), silence_s)
        self._node.peer(monitor.address).send_heartbeat(beats.write(beat))

    def _note_gap(self, monitor: Monitor, now: float) -> None:
        gap_s = now - monitor.last if monitor.last is not None else 0.0
        if gap_s > self._settings.acceptable_pause_s * 2 / 3 > 0:
            self._node.log.warning("heartbeats come slowly", peer=str(monitor.address), gap_s=round(gap_s, 3))

    def _plan(self) -> None:
        due = self._wheel.next_at()
        if self._timer is not None:
            if due is not None and self._timer.when() <= due:
                return  # it is early, and plans again
            self._timer.cancel()
            self._timer = None
        if due is not None:
            self._timer = self._node.loop.call_at(due, self._turn)

    def _turn(self) -> None:
        self._timer = None
        for address, number in self._wheel.due(self._node.loop.time()):
            monitor = self._monitors.get(address)
            if monitor is not None:
                self._send(monitor, number)
        self._plan()
