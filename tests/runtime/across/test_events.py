"""An event stream whose subscriber is an actor of another system."""

from __future__ import annotations

import asyncio

from actors import PoisonPill
from runtime import TestProbe
from runtime.sim import World
from tests.runtime.local.people import obedient


async def test_a_dead_subscriber_of_another_system_is_removed(simulation: World) -> None:
    """A11: an actor of another system hears of events, and its subscription ends with it or with its system."""
    here, there = await simulation.start("here"), await simulation.start("there")
    probe = TestProbe(there)
    subscribers = [there.spawn(obedient(probe), name) for name in ("one", "other")]
    one, other = [await here.resolve(f"{there.address}/user/{ref.name}") for ref in subscribers]
    for ref in (one, other):
        here.event_stream.subscribe(ref, str)
    here.event_stream.publish("event")
    assert [await probe.expect("event"), await probe.expect("event")] == ["event", "event"]

    one.tell(PoisonPill())
    await asyncio.sleep(1.0)
    assert not here.event_stream.unsubscribe(one)

    await simulation.crash("there")
    await asyncio.sleep(60.0)
    assert not here.event_stream.unsubscribe(other)


async def test_who_ends_its_subscriptions_is_watched_no_more(simulation: World) -> None:
    """A11, D87: with the last subscription of an actor of another system its watch ends, and so do its heartbeats."""
    here, there = await simulation.start("here"), await simulation.start("there")
    probe = TestProbe(there)
    reader = await here.resolve(f"{there.address}/user/{there.spawn(obedient(probe), 'reader').name}")
    stream = here.event_stream
    assert stream.subscribe(reader, str)
    assert stream.subscribe(reader, int)
    assert stream.unsubscribe(reader, int)
    await asyncio.sleep(1.0)
    assert here.remote.watch_counts() == {there.address: (1, 0)}

    assert stream.unsubscribe(reader)
    await asyncio.sleep(1.0)
    assert here.remote.watch_counts() == {}
    assert here.remote.heartbeats() == {}
    assert there.remote.watch_counts() == {}

    assert stream.subscribe(reader, str)
    reader.tell(PoisonPill())
    await asyncio.sleep(1.0)
    assert not stream.unsubscribe(reader)
