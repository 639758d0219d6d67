"""`RemoteWatcher`: who watches whom across nodes, and which nodes are therefore monitored. SHELL of the registry.

One heartbeat an interval for each watched node, however many watches there are, and none without (D85-D87). Sending
them is `pulse`'s, looking at the detectors `judge`'s, and what silence means is decided by the node's verdict. Akka
counterpart: `RemoteWatcher`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from actors.address import Address
from actors.ref import ActorRef
from actors.signals import AddressTerminated, DeathWatchNotification, Unwatch, Watch
from runtime.protocol import evidence as ev
from runtime.protocol.beats import KEY_BYTES, BeatError
from runtime.protocol.carriage import Carriage, stream_each
from runtime.protocol.codec_errors import CodecError
from runtime.remote.judge import Judge
from runtime.remote.monitor import Monitor
from runtime.remote.node import Node
from runtime.remote.outbound import unwanted
from runtime.remote.pulse import Pulse
from runtime.remote.registry import WatchRegistry


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
        self._judge = Judge(node, self._monitors)
        self._pulse = Pulse(node, self._monitors, self._judge.lag_s, self._heard)

    async def open(self) -> None:
        """Take heartbeats; the system listens already."""
        await self._pulse.open()

    def counts(self) -> dict[Address, tuple[int, int]]:
        """For each node how many subjects are watched there, and how many of ours from there."""
        return self._registry.counts()

    def heartbeats(self) -> dict[Address, tuple[float, float, float, float | None]]:
        """Of each watched node: seconds since its last answer, the suspicion, that which would condemn it.

        And the seconds between its last two answers.
        """
        now, monitors = self._node.loop.time(), self._monitors.items()
        return {address: (one.silence_s(now), *one.judgement(now), one.interval_s) for address, one in monitors}

    def is_watched(self, watcher: ActorRef[Any], subject: ActorRef[Any]) -> bool:
        """Whether an actor of ours has watched one of another node, as that node has lived since its last end."""
        return self._registry.has_there(watcher, subject)

    # --- registrations ------------------------------------------------------------------------------------------------

    def watch_sent(self, signal: Watch | Unwatch) -> list[Watch]:
        """An actor of ours watches one there, or no longer. Returns the watches that are to be sent again behind it.

        A name means whoever bears it when the signal comes there: what ends the one watch may end another one, too.

        Raises:
            ValueError: If the path of who would watch cannot be told there; then nothing is registered.
        """
        address = signal.watchee.path.address
        if isinstance(signal, Watch):
            self._check(signal.watcher)
            self._interest(address)
            self._registry.add_there(signal.watcher, signal.watchee)
            self._monitor(address)
        else:
            self._registry.remove_there(signal.watcher, signal.watchee)
            self._tidy(address)
            return [Watch(one, signal.watcher) for one in self._registry.others_there(signal.watcher, signal.watchee)]
        return []

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

    def death_received(
        self, signal: DeathWatchNotification, watcher: ActorRef[Any]
    ) -> Sequence[DeathWatchNotification]:
        """A watcher of ours is told that one there is dead. Returns what it hears: of each reference that it watches.

        Whoever is dead says so under its uid, and may be watched by its name. That ends a watch of the name which was
        on its way to the next bearer, too: so the other side is told. Who was dead before answers one watch at a time.
        """
        told = []
        known = self._registry.known_there(watcher, signal.subject)
        for subject in known if signal.existence_confirmed else known[:1]:
            self._registry.remove_there(watcher, subject)
            told.append(signal if subject == signal.subject else replace(signal, subject=subject))
            if not subject.path.uid:
                subject.sink.signal(Unwatch(subject, watcher))
        self._tidy(signal.subject.path.address)
        return told or [signal]

    def node_ended(self, signal: AddressTerminated, fresh: list[Watch]) -> None:
        """A node is gone: tell each of our cells that it concerns, once; watches that are `fresh` begin anew (D74)."""
        self._forget(signal.address)
        for ref, told in self._registry.remove_node(signal, fresh):
            ref.sink.signal(told)
        for watch in fresh:
            watch.watchee.sink.signal(watch)

    def close(self) -> None:
        """No more timers."""
        self._pulse.close()
        self._judge.stop()
        for monitor in self._monitors.values():
            monitor.peer.heartbeat_answered = unwanted
        self._monitors.clear()

    def _check(self, watcher: ActorRef[Any]) -> None:
        try:
            self._node.codec.text_of(watcher)
        except CodecError as error:
            raise ValueError(f"an actor cannot watch one of another node, which could not tell it: {error}") from error

    def _interest(self, address: Address) -> None:
        if not self._registry.cares(address):
            self._node.peer(address).report(ev.Watched())

    def _tidy(self, address: Address) -> None:
        is_judged = self._registry.watches(address)
        if not is_judged:
            self._forget(address)
        if not self._registry.cares(address):
            self._node.peer(address).report(ev.Unwatched())
        elif not is_judged and self._node.peer(address).minds_silence():
            self._node.peer(address).report(ev.Heard())  # we are watched from there, but wait for no answer any more

    # --- heartbeats ---------------------------------------------------------------------------------------------------

    def beat_came(self, address: Address, uid: int, content: bytes) -> bytes | None:
        """A heartbeat of a node's incarnation `uid` came. Returns the content of the answer; none to what is none."""
        try:
            return self._pulse.beat_came(address, uid, content)
        except BeatError as error:
            self._node.log.warning("a heartbeat was dropped", peer=str(address), text=str(error))
            return None

    def look_again(self, address: Address) -> None:
        """Judge once more when everything that waits in the sockets is read."""
        self._judge.look_again(address)

    def begin_again(self, address: Address) -> None:
        """A node has shaken hands: its silence, if there is one, counts from now on."""
        monitor = self._monitors.get(address)
        if monitor is not None and monitor.is_late(self._node.loop.time(), self._settings.heartbeat_interval_s):
            monitor.begin_again(self._node.loop.time(), self._settings.make_detector())

    def _heard(self, monitor: Monitor) -> None:
        """Only an answer after which nothing speaks against the node any more clears it of suspicion."""
        if monitor.peer.minds_silence() and self._judge.is_convinced(monitor, self._node.loop.time()):
            monitor.peer.report(ev.Heard())

    def _monitor(self, address: Address) -> None:
        if address in self._monitors:
            return
        wants_datagrams = self._pulse.takes_datagrams
        key = self._node.random.getrandbits(8 * KEY_BYTES).to_bytes(KEY_BYTES, "big") if wants_datagrams else b""
        now = self._node.loop.time()
        peer = self._node.peer(address)
        carriage = Carriage(wants_datagrams, stream_each(self._settings.heartbeat_interval_s))
        monitor = Monitor(address, peer, self._settings.make_detector(), carriage, key, now)
        self._monitors[address] = monitor
        peer.heartbeat_answered = partial(self._pulse.answered, monitor)
        self._judge.start()
        self._pulse.add(monitor)

    def _forget(self, address: Address) -> None:
        monitor = self._monitors.pop(address, None)
        if monitor is not None:
            monitor.peer.heartbeat_answered = unwanted
            self._pulse.remove(monitor)
            if not self._monitors:
                self._judge.stop()
