"""When heartbeats are sent: the timer of the pulse, on the loop that runs in production."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import uvloop

from actors.address import Address
from runtime import FailureDetectorSettings
from runtime.remote.pulse import Pulse


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
