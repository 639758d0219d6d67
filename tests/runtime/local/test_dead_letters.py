"""Dead letters and other events: what could not be delivered or was not handled is heard of."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import (
    Actor,
    ActorIdentity,
    ActorPath,
    DeadLetter,
    Identify,
    Kill,
    PoisonPill,
    SuppressedDeadLetter,
    Terminated,
    UnhandledMessage,
)
from runtime import ActorSystem, TestKit
from tests.runtime.local.people import Do, all_is_quiet, nap, obedient, stop, unwatching, watching


async def test_a_message_to_the_dead_is_a_dead_letter(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A9: what is told to a dead actor is published with its sender and recipient."""
    probe, dead = test_kit.probe(), test_kit.spawn(obedient())
    actor_system.event_stream.subscribe(probe.ref, DeadLetter)
    dead.tell(Do(stop))
    await all_is_quiet()
    dead.tell("late", probe.ref)
    dead.tell("later")

    assert await probe.expect(DeadLetter) == DeadLetter("late", probe.ref, dead)
    assert await probe.expect(DeadLetter) == DeadLetter("later", None, dead)


async def test_a_message_to_nobody_is_a_dead_letter(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A9: so is what is told to a path without an actor, or to dead letters themselves."""
    probe, nobody = test_kit.probe(), actor_system.ref_for(ActorPath.parse("actor://test/user/nobody"))
    actor_system.event_stream.subscribe(probe.tell, DeadLetter)
    nobody.tell("one", probe.ref)
    actor_system.dead_letters.tell("two")

    assert await probe.expect(DeadLetter) == DeadLetter("one", probe.ref, nobody)
    assert await probe.expect(DeadLetter) == DeadLetter("two", None, actor_system.dead_letters)


async def test_what_nobody_misses_is_suppressed(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A9: PoisonPill and Terminated to the dead are of a class of their own, which DeadLetter does not include."""
    letters, suppressed, dead = test_kit.probe(), test_kit.probe(), test_kit.spawn(obedient())
    actor_system.event_stream.subscribe(letters.tell, DeadLetter)
    actor_system.event_stream.subscribe(suppressed.tell, SuppressedDeadLetter)
    actor_system.stop(dead)
    await all_is_quiet()
    for message in (PoisonPill(), Terminated(dead), Kill()):
        dead.tell(message, letters.ref)
        assert await suppressed.expect(SuppressedDeadLetter) == SuppressedDeadLetter(message, letters.ref, dead)

    await letters.expect_no_message()


async def test_a_death_that_waited_in_vain_is_suppressed(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A9: a Terminated left in the mailbox of an actor that ends is no ordinary dead letter."""
    letters, subject = test_kit.probe(), test_kit.spawn(obedient())
    actor_system.event_stream.subscribe(letters.tell, DeadLetter)
    watcher = test_kit.spawn(obedient())
    watcher.tell(watching(subject))
    watcher.tell(nap(1.0))
    watcher.tell(Do(stop))
    await all_is_quiet()
    actor_system.stop(subject)

    await letters.expect_no_message(2.0)


async def test_dead_letters_of_dead_letters(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A9: a subscriber that is dead itself makes no dead letters of dead letters, for ever."""
    seen: list[Any] = []
    subscriber, dead = test_kit.spawn(obedient()), test_kit.spawn(obedient())
    actor_system.event_stream.subscribe(subscriber, DeadLetter)
    actor_system.event_stream.subscribe(seen.append, DeadLetter)
    actor_system.stop(dead)
    await all_is_quiet()
    actor_system.stop(subscriber)
    dead.tell("late")
    await all_is_quiet()

    assert [letter.message for letter in seen] == ["late"]


async def test_an_event_goes_to_who_asked_for_its_class(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A11: subscribers get events of their class and of its sub-classes, and no others, in order of subscription."""

    class Event:
        pass

    class Special(Event):
        pass

    stream, order = actor_system.event_stream, list[str]()
    stream.subscribe(lambda event: order.append("general"), Event)
    stream.subscribe(lambda event: order.append("special"), Special)
    stream.publish(Event())
    assert order == ["general"]
    stream.publish(Special())
    assert order == ["general", "general", "special"]


async def test_subscribing_says_whether_it_changed_anything(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A11: a second subscription to the same class is False and delivers nothing twice; unsubscribe says, too."""
    probe, stream = test_kit.probe(), actor_system.event_stream
    assert stream.subscribe(probe.ref, str)
    assert not stream.subscribe(probe.ref, str)
    assert stream.subscribe(probe.ref, int)
    stream.publish("event")
    await probe.expect("event")

    assert stream.unsubscribe(probe.ref, str)
    assert not stream.unsubscribe(probe.ref, str)
    stream.publish("event")
    stream.publish(1)
    await probe.expect(1)
    assert stream.unsubscribe(probe.ref)
    assert not stream.unsubscribe(probe.ref)
    stream.publish(2)
    await probe.expect_no_message()


@pytest.mark.parametrize("dead_before", [True, False])
async def test_a_dead_subscriber_is_removed(actor_system: ActorSystem, test_kit: TestKit, dead_before: bool) -> None:
    """A11: an actor's subscription ends with it, also if it was dead when it subscribed."""
    stream, subscriber = actor_system.event_stream, test_kit.spawn(obedient())
    if dead_before:
        actor_system.stop(subscriber)
        await all_is_quiet()
    assert stream.subscribe(subscriber, str)
    actor_system.stop(subscriber)
    await all_is_quiet()

    assert not stream.unsubscribe(subscriber)


@pytest.mark.parametrize(("subscriber", "event_class"), [("nobody", str), (print, "str"), (asyncio.sleep, str)])
async def test_a_wrong_subscription(actor_system: ActorSystem, subscriber: Any, event_class: Any) -> None:
    """A11: what is neither actor nor plain callable, or no class, is refused at once."""
    with pytest.raises(TypeError):
        actor_system.event_stream.subscribe(subscriber, event_class)


async def test_a_failing_subscriber_harms_nobody(actor_system: ActorSystem) -> None:
    """A11: what a subscriber raises reaches neither the publisher nor the next subscriber."""

    def fail(event: Any) -> None:
        raise ValueError

    seen: list[str] = []
    actor_system.event_stream.subscribe(fail, str)
    actor_system.event_stream.subscribe(seen.append, str)
    actor_system.event_stream.publish("event")

    assert seen == ["event"]


async def test_an_unhandled_message_is_an_event(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A12: what an actor does not handle is published with sender and recipient, and the actor lives on."""
    probe = test_kit.probe()
    actor_system.event_stream.subscribe(probe.tell, UnhandledMessage)
    target: Any = test_kit.spawn(Actor)
    for sender in (probe.ref, None):
        target.tell("what?", sender)
        unhandled = await probe.expect(UnhandledMessage)
        assert unhandled == UnhandledMessage("what?", sender or actor_system.dead_letters, target)


async def test_identify_is_answered_by_the_runtime(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A14: a living actor is named with its uid, without its receive; correlation id and sender come back."""
    probe, other = test_kit.probe(), test_kit.probe()
    target = test_kit.spawn(obedient(other), "target")
    target.tell(Identify("id"), probe.ref)

    assert await probe.expect(ActorIdentity) == ActorIdentity("id", target)
    assert await actor_system.resolve("actor://test/user/target") == target
    assert await actor_system.resolve(str(target)) is target
    await other.expect_no_message()


async def test_identify_of_nobody_is_answered_with_none(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A14: a dead actor and a path without one are None, also for a question that waited in the mailbox."""
    probe, target = test_kit.probe(), test_kit.spawn(obedient(), "target")
    target.tell(nap(1.0))
    target.tell(Do(stop))
    target.tell(Identify("waiting"), probe.ref)
    assert await probe.expect(ActorIdentity) == ActorIdentity("waiting", None)
    target.tell(Identify("dead"), probe.ref)
    assert await probe.expect(ActorIdentity) == ActorIdentity("dead", None)

    test_kit.spawn(obedient(), "target")
    for text in (str(target), "actor://test/user/nobody", "actor://test/user/target/child", "actor://test/temp/x"):
        with pytest.raises(LookupError, match="nothing lives at"):
            await actor_system.resolve(text)
    with pytest.raises(ValueError, match="not an actor path"):
        await actor_system.resolve("target")


async def test_none_is_refused_at_the_sender(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A16: None is an error of who sends it, to whomever, and the target is not bothered."""
    probe, target, dead = test_kit.probe(), test_kit.spawn(obedient()), test_kit.spawn(obedient())
    actor_system.stop(dead)
    await all_is_quiet()
    nobody = actor_system.ref_for(ActorPath.parse("actor://test/user/nobody"))

    for ref in (target, dead, nobody, actor_system.dead_letters, probe.ref):
        with pytest.raises(ValueError, match="None is not a message"):
            ref.tell(None)
    with pytest.raises(ValueError, match="None is not a message"):
        await target.ask(None)
    target.tell(unwatching(dead))
    await probe.expect_no_message()
