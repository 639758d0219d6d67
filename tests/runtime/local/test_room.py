"""Waiting for room in a bounded mailbox."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import (
    Actor,
    ActorIdentity,
    ActorRef,
    DeadLetter,
    Identify,
    MailboxFull,
    MailboxSettings,
    Overflow,
    Props,
    SuppressedDeadLetter,
)
from actors.mailbox import BoundedLane, Envelope, Waiting
from runtime import ActorSystem, TestKit
from tests.runtime.local.people import Do, all_is_quiet, nap, obedient


class Slow(Actor[Any]):
    """Takes a second for each message, and writes it on a list."""

    def __init__(self, seen: list[Any]) -> None:
        self.seen = seen

    async def receive(self, message: Any) -> None:
        """Handle it slowly."""
        await asyncio.sleep(1.0)
        self.seen.append(message)


def slow(seen: list[Any], capacity: int = 2, overflow: Overflow = Overflow.FAIL) -> Props[Any]:
    return Props(Slow, seen).with_mailbox(MailboxSettings(capacity, overflow))


async def full(system: ActorSystem, seen: list[Any], **bound: Any) -> ActorRef[Any]:
    """A slow actor that is busy with 0 and has a mailbox full of 1 and 2."""
    target: ActorRef[Any] = system.spawn(slow(seen, **bound))
    target.tell(0)
    await all_is_quiet()
    for number in (1, 2):
        target.tell(number)
    return target


@pytest.mark.parametrize("overflow", list(Overflow))
async def test_a_sender_waits_for_room(actor_system: ActorSystem, overflow: Overflow) -> None:
    """With any policy nothing is lost and nothing overtaken: whoever waits is served in order, as room appears."""
    seen: list[Any] = []
    loop = asyncio.get_running_loop()
    target = await full(actor_system, seen, overflow=overflow)
    began_at = loop.time()
    for number in range(3, 8):
        await target.tell_when_room(number, timeout=10.0)
    waited_s = loop.time() - began_at
    await asyncio.sleep(10.0)

    assert seen == list(range(8))
    assert waited_s == pytest.approx(5.0, abs=0.01)


async def test_many_senders_are_served_in_order(actor_system: ActorSystem) -> None:
    """Of several who wait, the first is served first, with its own sender."""
    seen: list[Any] = []
    target = await full(actor_system, seen)
    async with asyncio.TaskGroup() as group:
        for number in range(3, 8):
            group.create_task(target.tell_when_room(number, timeout=10.0))
    await asyncio.sleep(10.0)

    assert seen == list(range(8))


async def test_patience_ends(actor_system: ActorSystem) -> None:
    """Without room in time `MailboxFull` says whose mailbox it was, and the message never arrives."""
    seen: list[Any] = []
    target = await full(actor_system, seen)
    for timeout in (0.5, 0.0, -1.0):
        with pytest.raises(MailboxFull, match="mailbox of") as raised:
            await target.tell_when_room("late", timeout=timeout)
        assert str(target) in str(raised.value)
        assert "str" in str(raised.value)
    await asyncio.sleep(10.0)

    assert seen == [0, 1, 2]


async def test_who_is_cancelled_waits_no_longer(actor_system: ActorSystem) -> None:
    """A cancelled sender's message never arrives, and does not keep the next one from its place."""
    seen: list[Any] = []
    target = await full(actor_system, seen)
    first = asyncio.ensure_future(target.tell_when_room("cancelled", timeout=10.0))
    second = asyncio.ensure_future(target.tell_when_room("second", timeout=10.0))
    await all_is_quiet()
    first.cancel()
    await second
    await asyncio.sleep(10.0)

    assert seen == [0, 1, 2, "second"]


async def test_the_target_ends_meanwhile(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """When the target ends, those who wait are released, and their messages are dead letters with their senders."""
    letters, target = test_kit.probe(), await full(actor_system, [])
    actor_system.event_stream.subscribe(letters.tell, DeadLetter)
    waiting = [asyncio.ensure_future(target.tell_when_room(number, letters.ref, 10.0)) for number in (3, 4, 5, 6)]
    await all_is_quiet()
    actor_system.stop(target)
    await asyncio.gather(*waiting)

    assert [(await letters.expect(DeadLetter)).message for _ in range(6)] == [1, 2, 3, 4, 5, 6]
    await target.tell_when_room("dead", letters.ref)
    assert await letters.expect(DeadLetter) == DeadLetter("dead", letters.ref, target)


def test_a_death_that_is_taken_frees_no_room() -> None:
    """What the bound does not apply to frees no room either: who waits goes on waiting."""
    taken: list[Envelope] = []
    lane = BoundedLane(MailboxSettings(1), taken.append)
    lane.append_exempt(("exempt", None))
    lane.append(("first", None))
    lane.wait(Waiting(("second", None), lambda: taken.append(("second", None))))
    assert lane.popleft() == ("exempt", None)
    assert (len(lane), taken) == (1, [])

    assert lane.popleft() == ("first", None)
    assert (lane.popleft(), taken) == (("second", None), [("second", None)])


async def test_without_a_bound_it_is_tell(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """To an actor without a bound, or one with room, or a probe, the message goes at once, with its sender."""
    probe = test_kit.probe()
    for props in (obedient(probe), obedient(probe).with_mailbox(MailboxSettings(1))):
        await actor_system.spawn(props).tell_when_room("hello", probe.ref, timeout=0.0)
        await probe.expect("hello")
        assert probe.sender == probe.ref
    await probe.ref.tell_when_room("you")
    await probe.expect("you")
    with pytest.raises(ValueError, match="None"):
        await (await full(actor_system, [])).tell_when_room(None)


async def test_an_actor_may_wait(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """An actor that waits for room handles nothing meanwhile; in its own full mailbox it waits in vain."""
    probe = test_kit.probe()
    target = actor_system.spawn(obedient(probe).with_mailbox(MailboxSettings(1)))
    target.tell(nap(1.0))
    await all_is_quiet()
    target.tell("first")
    sender = actor_system.spawn(obedient(probe))
    sender.tell(Do(lambda actor: target.tell_when_room("second")))
    sender.tell("afterwards")
    assert [await probe.receive_one() for _ in range(3)] == ["first", "second", "afterwards"]

    async def wait_for_oneself(actor: Any) -> None:
        target.tell("room is taken")
        with pytest.raises(MailboxFull):
            await actor.ref.tell_when_room("to myself", timeout=1.0)

    target.tell(Do(wait_for_oneself))
    await probe.expect("room is taken")
    await probe.expect_no_message()


async def test_the_runtime_fails_on_nobody_s_full_mailbox(actor_system: ActorSystem) -> None:
    """What the runtime itself sends to a full mailbox whose policy is to raise is a dead letter, and harms nobody."""
    lost: list[Any] = []
    target = await full(actor_system, [])
    neighbour = actor_system.spawn(obedient())
    actor_system.event_stream.subscribe(lambda event: lost.append(event.message), DeadLetter)
    neighbour.tell(Identify("living"), target)
    actor_system.dead_letters.tell(Identify("dead"), target)
    actor_system.event_stream.subscribe(target, str)
    actor_system.event_stream.publish("event")

    assert (await neighbour.ask(Identify("again"))).ref == neighbour
    assert lost == [ActorIdentity("dead", None), "event", ActorIdentity("living", neighbour)]


async def test_an_actor_s_own_full_mailbox(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """Ticks and results that come to their actor's full mailbox are dead letters; a piped failure is no message."""
    probe, lost = test_kit.probe(), list[Any]()
    own: dict[str, Any] = {}

    async def fail() -> None:
        await asyncio.sleep(1.0)
        raise ValueError("piped")

    def begin(actor: Any) -> Any:
        own["timers"], own["actor"] = actor.context.timers, actor
        actor.context.timers.start_single("single", "tick", 1.0)
        actor.context.set_receive_timeout(2.5)
        actor.context.pipe_to_self(asyncio.sleep(1.0, "result"))
        actor.context.pipe_to_self(fail())
        return asyncio.sleep(2.0)

    for kind in (DeadLetter, SuppressedDeadLetter):
        actor_system.event_stream.subscribe(lambda event: lost.append(type(event.message).__name__), kind)
    target = actor_system.spawn(obedient(probe).with_mailbox(MailboxSettings(1, Overflow.FAIL)))
    target.tell(Do(begin))
    await all_is_quiet()
    target.tell("fills it")
    await asyncio.sleep(1.5)

    assert sorted(lost) == ["TimerTick", "str"]
    assert not own["timers"].is_active("single")
    await probe.expect("fills it")
    assert await target.ask(Do(lambda actor: actor.reply(actor is not own["actor"]))), "the failure restarts it"
