"""What a system does when something else ends badly: a subscriber's node, or its own connection to other systems."""

from __future__ import annotations

import asyncio

import pytest

from actors import ActorPath, ActorRef, DeadLetter, DeathCause
from actors.signals import AddressTerminated, Watch
from runtime import ActorSystem


class FarSink:
    """Stands for a remote node: keeps what comes."""

    def __init__(self, host):
        self.host = host
        self.told, self.signals = [], []

    def tell(self, message, sender=None):
        self.told.append(message)

    def signal(self, signal):
        self.signals.append(signal)


class BrokenRemote:
    """A connection to other systems that cannot even say goodbye."""

    def __init__(self):
        self.closed = False

    async def goodbye(self):
        raise OSError("no route to anybody")

    async def close(self):
        self.closed = True


async def test_a_subscriber_on_a_dead_node_is_removed(actor_system):
    """A11: when the node of a remote subscriber is gone, nothing is published to it any more."""
    sink = FarSink(actor_system)
    subscriber = ActorRef(ActorPath.parse("actor://far@127.0.0.1:2552/user/listener#7"), sink)
    actor_system.event_stream.subscribe(subscriber, DeadLetter)
    actor_system.dead_letters.tell("one")
    assert [letter.message for letter in sink.told] == ["one"]

    (watch,) = sink.signals
    assert isinstance(watch, Watch)
    watch.watcher.sink.signal(AddressTerminated(subscriber.path.address, DeathCause.PROCESS_DEAD))
    actor_system.dead_letters.tell("two")

    assert [letter.message for letter in sink.told] == ["one"]


async def test_a_failing_goodbye_leaves_nothing_behind():
    """A system whose goodbye fails says so, and is closed all the same: no task of it is left."""
    system = ActorSystem("rude")
    await system.start()
    system.remote = remote = BrokenRemote()

    with pytest.raises(OSError, match="no route to anybody"):
        await system.terminate()

    assert remote.closed
    assert asyncio.all_tasks() == {asyncio.current_task()}
