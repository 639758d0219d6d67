"""`Judge`: looks at the detectors of the watched nodes and reports what they say. SHELL of `detectors` and `health`.

A suspicion that reaches the threshold is looked at twice, with the sockets drained in between. Its timer is also the
ticker that measures how late our own loop is: a stall of ours is reported instead of the silence that it explains, and
lateness, ours or the peer's, allows more silence. Deliberately not here: what follows (`runtime.protocol.verdict`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from actors.address import Address
from runtime.protocol import evidence as ev
from runtime.protocol.evidence import Reading
from runtime.protocol.health import LocalHealth, allowance_s
from runtime.remote.monitor import Monitor
from runtime.remote.node import Node
from runtime.remote.times import STREAM_S

_DRAIN_S = 0.01


class Judge:
    """Judges the watched nodes of one system.

    Args:
        node: Our system.
        monitors: The watched nodes, as they are whenever it looks.

    Attributes:
        lag_s: How late our loop has been of late, as of a time.
    """

    def __init__(self, node: Node, monitors: dict[Address, Monitor]) -> None:
        self._node = node
        self._settings = node.settings.failure_detector
        self._monitors = monitors
        self._health = LocalHealth()
        self.lag_s = self._health.lag_s
        self._timer: asyncio.TimerHandle | None = None
        self._again: dict[Monitor, asyncio.Handle] = {}  # second looks that are planned
        self._stall_s = max(self._settings.check_interval_s, self._settings.acceptable_pause_s / 4)

    def start(self) -> None:
        """Look from now on, each check interval."""
        if self._timer is None:
            self._plan(self._node.loop.time())

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for look in self._again.values():
            look.cancel()
        self._again.clear()

    def is_convinced(self, monitor: Monitor, now: float) -> bool:
        """Whether nothing speaks against the node."""
        return self._suspicion(monitor, now) < monitor.detector.threshold * self._settings.suspect_at

    def look_again(self, address: Address) -> None:
        """Judge once more when everything that waits in the sockets is read."""
        monitor = self._monitors.get(address)
        if monitor is not None and monitor not in self._again:
            due = self._node.loop.time() + _DRAIN_S
            self._again[monitor] = self._node.loop.call_at(due, self._drain, monitor, due, 2)

    def _plan(self, now: float) -> None:
        due = now + self._settings.check_interval_s
        self._timer = self._node.loop.call_at(due, self._check, due)

    def _check(self, due: float) -> None:
        now = self._node.loop.time()
        self._health.late(now, now - due)
        self._plan(now)
        if now - due > self._stall_s:
            self._report_stall(self._monitors, now - due)
            return
        soon = now - self._settings.heartbeat_interval_s
        for monitor in list(self._monitors.values()):
            # Who answered within an interval is not looked at: a thousand nodes are, twenty times a second.
            if monitor.last is None or monitor.last < soon:
                self._judge(monitor, now)

    def _judge(self, monitor: Monitor, now: float) -> None:
        if monitor.last is None:
            # Never answered: from the time when an answer was to be expected, the clock runs all the same (D90).
            if now - monitor.since >= self._settings.expected_response_after_s:
                monitor.expect_from(now)
            return
        if monitor in self._again:
            return
        suspicion = self._suspicion(monitor, now)
        if suspicion >= monitor.detector.threshold:
            monitor.peer.report(ev.Silent(*self._read(monitor, now)))
        elif suspicion >= monitor.detector.threshold * self._settings.suspect_at:
            monitor.peer.report(ev.Suspicious(*self._read(monitor, now)))

    def _drain(self, monitor: Monitor, due: float, turns: int) -> None:
        """Let the loop read once more; some loops run timers before they read."""
        if turns:
            self._again[monitor] = self._node.loop.call_soon(self._drain, monitor, due, turns - 1)
            return
        del self._again[monitor]
        now = self._node.loop.time()
        if self._monitors.get(monitor.address) is not monitor:
            return
        if now - due > self._stall_s:
            self._report_stall([monitor.address], now - due)
        elif self._suspicion(monitor, now) >= monitor.detector.threshold:
            monitor.peer.report(ev.Silent(*self._read(monitor, now)))

    def _report_stall(self, addresses: Iterable[Address], lateness_s: float) -> None:
        """Our own loop was so late that silence proves nothing, nor when an answer was read."""
        for address in list(addresses):
            if (monitor := self._monitors.get(address)) is not None:
                monitor.distrust(self._settings.make_detector())
            self._node.peer(address).report(ev.OwnStall(lateness_s))

    def _suspicion(self, monitor: Monitor, now: float) -> float:
        settings = self._settings
        allowed_s = allowance_s(
            self._health.lag_s(now), monitor.lag_s, settings.acceptable_pause_s, settings.max_stretch
        )
        if monitor.carriage.has_given_up:
            allowed_s += STREAM_S  # datagrams were wanted, and only the connection works
        return monitor.detector.suspicion(now - allowed_s)

    def _read(self, monitor: Monitor, now: float) -> tuple[str, Reading]:
        detector = monitor.detector
        reading = Reading(self._suspicion(monitor, now), monitor.silence_s(now), self._health.lag_s(now))
        detail = (
            f"{type(detector).__name__} suspicion {reading.suspicion:.1f} of {detector.threshold:g} "
            f"after {reading.silence_s:.2f} s of silence{monitor.one_way(now)}"
        )
        return detail, reading
