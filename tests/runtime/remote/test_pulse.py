"""When heartbeats are sent, on the loop that runs in production; and which answers are none to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import uvloop

from actors.address import Address
from runtime import FailureDetectorSettings
from runtime.protocol import beats
from runtime.protocol.beats import Beat
from runtime.protocol.carriage import Carriage
from runtime.protocol.detectors import AkkaPhiAccrual, PhiAccrual
from runtime.remote.monitor import Monitor
from runtime.remote.pulse import Pulse
from tests.runtime.remote.nodes import DETECTOR, Echo, Nodes, probe, seen_from, until
from tests.runtime.remote.silences import watched, watches


@pytest.fixture
def loop() -> Iterator[uvloop.Loop]:
    loop = uvloop.new_event_loop()
    yield loop
    loop.close()


class FakeMonitor(SimpleNamespace):
    """As much of a monitor as a pulse needs."""

    __hash__ = object.__hash__


def test_a_timer_that_was_due_when_it_was_made(loop: uvloop.Loop) -> None:
    """A timer of uvloop that is due at once has no `when`: a node that comes or goes then breaks nothing."""
    sent: list[Address] = []

    def monitor(address: Address) -> Any:
        ways = SimpleNamespace(datagram=False, stream=True)
        carriage = SimpleNamespace(ways=lambda number, is_late: ways)
        peer = SimpleNamespace(send_heartbeat=lambda beat: sent.append(address))
        return FakeMonitor(address=address, uid=0, last=None, key=b"", carriage=carriage, peer=peer)

    settings = SimpleNamespace(failure_detector=FailureDetectorSettings.lan())
    # A clock that stands still in the past: whatever is planned by it is due at once.
    clock = SimpleNamespace(time=lambda: 0.0, call_at=loop.call_at)
    node: Any = SimpleNamespace(settings=settings, loop=clock)
    monitors = [monitor(Address("a", "127.0.0.1", port)) for port in (1, 2)]
    pulse = Pulse(node, {one.address: one for one in monitors}, lambda _now: 0.0, lambda _: None)
    for one in monitors:
        pulse.add(one)
    pulse.remove(monitors[0])
    assert sent == [one.address for one in monitors]
    pulse.close()


@pytest.mark.parametrize("detector", [AkkaPhiAccrual, PhiAccrual])
def test_no_answer_came_before_the_last_one(detector: type[AkkaPhiAccrual] | type[PhiAccrual]) -> None:
    """A datagram's age is told by the wall clock; one that was set meanwhile makes a fresh answer a minute old."""
    nobody: Any = None
    monitor = Monitor(Address("b", "b", 1), nobody, detector(), Carriage(True), b"", 0.0)
    for number in range(100):
        assert monitor.answered(float(number), 7, number, 0.0)
    assert monitor.answered(100.0 - 60.0, 7, 100, 0.0)
    assert monitor.silence_s(100.0) == 1.0
    assert monitor.detector.suspicion(100.0) < monitor.detector.threshold / 2


async def test_an_answer_to_a_question_is_none_to_a_heartbeat(nodes: Nodes) -> None:
    """It has no number of a watch that began meanwhile: a death after it was noticed late, by 36 s after ten minutes.

    Whoever expects heartbeats by their numbers has a mean of two between which ten minutes of numbers are.
    """
    a, b = await nodes.start("a"), await nodes.start("b", port=7)
    me, echo = probe(a), seen_from(a, b, b.spawn(Echo))
    await me.expect_no_message(600.0)
    echo.tell("hello", me.ref)
    assert await me.receive_one(5.0) == "hello"
    nodes.net.cut("a", "b")
    echo.tell("again", me.ref)
    await until(lambda: "renew" in a.remote.peer(b.address)._upkeep._alarms)  # it asks whether b can be reached at all
    watches(nodes, a, me, echo)
    nodes.net.heal("a", "b")
    assert await me.receive_one(5.0) == "again"
    await me.expect_no_message(5.0)

    nodes.net.cut("a", "b")
    await me.expect_terminated(echo, 4.0)


async def test_a_question_does_not_say_whom_the_node_has_heard(nodes: Nodes) -> None:
    """Who was suspected after it was said to be heard, and never to have heard us."""
    a, b, _, _ = await watched(nodes)
    monitor = a.remote._watcher._monitors[b.address]
    a.remote._watcher.beat_came(b.address, b.uid, beats.write(Beat(0)))
    assert monitor.one_way(a.now()) == ""
    a.remote._watcher.beat_came(b.address, b.uid, beats.write(Beat(1)))
    assert monitor.one_way(a.now()) == "; it is heard, but has not heard us ever"


async def test_an_answer_to_a_heartbeat_before_the_watch_is_none_to_its_own(nodes: Nodes) -> None:
    """It was on its way for as long as the connection stalled. Nothing of it is noted."""
    a, b, _, _ = await watched(nodes, failure_detector=replace(DETECTOR, heartbeat_carriage="udp"))
    watcher, monitor = a.remote._watcher, a.remote._watcher._monitors[b.address]
    watcher._forget(b.address)
    watcher._monitor(b.address)
    fresh = watcher._monitors[b.address]
    assert fresh.first > monitor.number > 0
    link: Any = SimpleNamespace(uid=b.uid)
    watcher._pulse.answered(fresh, link, beats.write(Beat(monitor.number, port=7)))
    assert (fresh.uid, fresh.carriage.port, watcher._pulse._channel._watched) == (0, None, {})
    watcher._pulse.answered(fresh, link, beats.write(Beat(fresh.first, port=7)))
    assert (fresh.uid, fresh.carriage.port, watcher._pulse._channel._watched) == (b.uid, 7, {b.uid: fresh})
