"""`RemoteWatcher`: heartbeats to nodes where our actors watch somebody, and a detector for each. SHELL of `detectors`.

One heartbeat an interval for each watched node, however many watches there are, and none without (D85-D87). What
silence means is decided by the node's verdict; this asks its detector, twice before a conviction, with the sockets
drained in between, and reports when our own loop was late. Akka counterpart: `RemoteWatcher`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from actors.address import Address
from actors.ref import ActorRef
from actors.signals import AddressTerminated, DeathWatchNotification, Unwatch, Watch
from runtime.protocol import evidence as ev
from runtime.protocol.detectors import FailureDetector
from runtime.remote.node import Node
from runtime.remote.registry import WatchRegistry

_DRAIN_S = 0.01


class Monitor:
    """What is known of one watched node's heartbeats.

    Attributes:
        detector: The judge of silence.
        since: When watching began.
        last: The last answer, or when one was first expected; `None` before.
        is_rechecked: Whether a second look is planned.
    """

    __slots__ = ("detector", "is_rechecked", "last", "since")

    def __init__(self, detector: FailureDetector, since: float) -> None:
        self.detector = detector
        self.since = since
        self.last: float | None = None
        self.is_rechecked = False

    def beat(self, now: float) -> None:
        """An answer came."""
        self.detector.heartbeat(now)
        self.last = now

    def judgement(self, now: float) -> tuple[float, float]:
        """The suspicion, 0 before the first answer, and the threshold."""
        return (self.detector.suspicion(now) if self.last is not None else 0.0, self.detector.threshold)


class RemoteWatcher:
    """Watches nodes for one system.

    Args:
        node: Our system.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._settings = node.settings.failure_detector
        self._registry = WatchRegistry()
        self._monitors: dict[Address, Monitor] = {}
        self._number = 0
        self._beat_timer: asyncio.TimerHandle | None = None
        self._check_timer: asyncio.TimerHandle | None = None
        self._stall_s = max(self._settings.check_interval_s, self._settings.acceptable_pause_s / 4)

    def counts(self) -> dict[Address, tuple[int, int]]:
        """For each node how many subjects are watched there, and how many of ours from there."""
        return self._registry.counts()

    def heartbeats(self) -> dict[Address, tuple[float, float, float]]:
        """For each watched node the seconds since its last answer, the suspicion, and that which would condemn it."""
        now = self._node.loop.time()
        return {
            address: (now - (one.last if one.last is not None else one.since), *one.judgement(now))
            for address, one in self._monitors.items()
        }

    # --- registrations ------------------------------------------------------------------------------------------------

    def watch_sent(self, signal: Watch | Unwatch) -> None:
        """An actor of ours watches one there, or no longer."""
        address = signal.watchee.path.address
        if isinstance(signal, Watch):
            self._interest(address)
            self._registry.add_there(signal.watcher, signal.watchee)
            self._monitor(address)
        else:
            self._registry.remove_there(signal.watcher, signal.watchee)
            self._tidy(address)

    def watch_received(self, signal: Watch | Unwatch) -> None:
        """An actor there watches one of ours, or no longer."""
        address = signal.watcher.path.address
        if isinstance(signal, Watch):
            self._interest(address)
            self._registry.add_here(signal.watcher, signal.watchee)
        else:
            self._registry.remove_here(signal.watcher, signal.watchee)
            self._tidy(address)

    def death_sent(self, signal: DeathWatchNotification, watcher: ActorRef[Any]) -> None:
        """A watcher there is told that one of ours is dead."""
        self._registry.remove_here(watcher, signal.subject)
        self._tidy(watcher.path.address)

    def death_received(self, signal: DeathWatchNotification, watcher: ActorRef[Any]) -> None:
        """A watcher of ours is told that one there is dead."""
        self._registry.remove_there(watcher, signal.subject)
        self._tidy(signal.subject.path.address)

    def node_ended(self, signal: AddressTerminated, fresh: list[Watch]) -> None:
        """A node is gone: tell each of our cells that it concerns, once; watches that are `fresh` begin anew (D74)."""
        self._monitors.pop(signal.address, None)
        for ref, told in self._registry.remove_node(signal, fresh):
            ref.sink.signal(told)
        for watch in fresh:
            watch.watchee.sink.signal(watch)
        self._stop_if_idle()

    def close(self) -> None:
        """No more timers."""
        self._monitors.clear()
        self._stop_if_idle()

    def _interest(self, address: Address) -> None:
        if not self._registry.cares(address):
            self._node.peer(address).report(ev.Watched())

    def _tidy(self, address: Address) -> None:
        if not self._registry.watches(address) and self._monitors.pop(address, None) is not None:
            self._stop_if_idle()
        if not self._registry.cares(address):
            self._node.peer(address).report(ev.Unwatched())

    def _monitor(self, address: Address) -> None:
        if address in self._monitors:
            return
        self._monitors[address] = Monitor(self._settings.make_detector(), self._node.loop.time())
        self._node.peer(address).send_heartbeat(self._number)
        if self._beat_timer is None:
            self._plan_beat()
            self._plan_check()

    # --- heartbeats ---------------------------------------------------------------------------------------------------

    def _plan_beat(self) -> None:
        self._beat_timer = self._node.loop.call_later(self._settings.heartbeat_interval_s, self._beat)

    def _beat(self) -> None:
        self._plan_beat()
        self._number += 1
        for address in list(self._monitors):
            self._node.peer(address).send_heartbeat(self._number)

    def heard(self, address: Address) -> None:
        """A node answered."""
        monitor = self._monitors.get(address)
        if monitor is None:
            return
        now = self._node.loop.time()
        gap_s = now - monitor.last if monitor.last is not None else 0.0
        if gap_s > self._settings.acceptable_pause_s * 2 / 3 > 0:
            self._node.log.warning("heartbeats come slowly", peer=str(address), gap_s=round(gap_s, 3))
        monitor.beat(now)
        self._node.peer(address).report(ev.Heard())

    # --- judging silence ----------------------------------------------------------------------------------------------

    def _plan_check(self) -> None:
        due = self._node.loop.time() + self._settings.check_interval_s
        self._check_timer = self._node.loop.call_at(due, self._check, due)

    def _check(self, due: float) -> None:
        late_s = self._node.loop.time() - due
        self._plan_check()
        for address, monitor in list(self._monitors.items()):
            if not self._stalled(address, late_s):
                self._judge(address, monitor)

    def _judge(self, address: Address, monitor: Monitor) -> None:
        now = self._node.loop.time()
        if monitor.last is None:
            # Never answered: from the time when an answer was to be expected, the clock runs all the same (D90).
            if now - monitor.since >= self._settings.expected_response_after_s:
                monitor.beat(now)
            return
        if monitor.is_rechecked:
            return
        suspicion = monitor.detector.suspicion(now)
        if suspicion >= monitor.detector.threshold:
            self._node.peer(address).report(ev.Silent(self._describe(monitor, now)))
        elif suspicion >= monitor.detector.threshold / 2:
            self._node.peer(address).report(ev.Suspicious(self._describe(monitor, now)))

    def look_again(self, address: Address) -> None:
        """Judge once more when everything that waits in the sockets is read."""
        monitor = self._monitors.get(address)
        if monitor is not None and not monitor.is_rechecked:
            monitor.is_rechecked = True
            due = self._node.loop.time() + _DRAIN_S
            self._node.loop.call_at(due, self._drain, address, monitor, due, 2)

    def _drain(self, address: Address, monitor: Monitor, due: float, turns: int) -> None:
        """Let the loop read once more; some loops run timers before they read."""
        if turns:
            self._node.loop.call_soon(self._drain, address, monitor, due, turns - 1)
            return
        monitor.is_rechecked = False
        now = self._node.loop.time()
        if self._monitors.get(address) is not monitor or self._stalled(address, now - due):
            return
        if not monitor.detector.is_available(now):
            self._node.peer(address).report(ev.Silent(self._describe(monitor, now)))

    def _stalled(self, address: Address, late_s: float) -> bool:
        """Whether our own loop was so late that silence proves nothing."""
        if late_s <= self._stall_s:
            return False
        self._node.peer(address).report(ev.OwnStall(late_s))
        return True

    def _describe(self, monitor: Monitor, now: float) -> str:
        silence_s = now - (monitor.last if monitor.last is not None else monitor.since)
        detector = monitor.detector
        return (
            f"{type(detector).__name__} suspicion {detector.suspicion(now):.1f} of {detector.threshold:g} "
            f"after {silence_s:.2f} s of silence"
        )

    def _stop_if_idle(self) -> None:
        if self._monitors:
            return
        for timer in (self._beat_timer, self._check_timer):
            if timer is not None:
                timer.cancel()
        self._beat_timer = self._check_timer = None
