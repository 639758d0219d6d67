"""DeathWatch and ordinary messages: a death is the last that is heard of its subject, and it always arrives."""

from __future__ import annotations

from typing import Any

import pytest

from actors import (
    DeadLetter,
    MailboxFull,
    MailboxSettings,
    OneForOneStrategy,
    Overflow,
    Props,
    Terminated,
    stopping_decider,
)
from runtime import ActorSystem, Settings, TestKit
from tests.runtime.local.people import (
    Do,
    Obedient,
    Stashing,
    all_is_quiet,
    fail,
    nap,
    obedient,
    spawned,
    stop,
    supervisor,
    watching,
)


@pytest.mark.parametrize("last", [stop, fail])
async def test_all_that_the_subject_said_comes_before_its_death(test_kit: TestKit, last: Any) -> None:
    """D55: what the subject sent before it stopped, also from post_stop, is handled before its Terminated."""
    probe = test_kit.probe()
    watcher = test_kit.spawn(obedient(probe))

    class Talking(Obedient):
        def receive(self, message: Any) -> Any:
            if isinstance(message, Do):
                for number in range(500):
                    watcher.tell(number, self.ref)
            return super().receive(message)

        def post_stop(self) -> None:
            watcher.tell("from post_stop", self.ref)

    parent = test_kit.spawn(supervisor(OneForOneStrategy(decider=stopping_decider)))
    subject = await spawned(parent, Talking)
    watcher.tell(watching(subject))
    await all_is_quiet()
    subject.tell(Do(last))

    for number in range(500):
        await probe.expect(number)
    await probe.expect("from post_stop")
    await probe.expect_terminated(subject)
    await probe.expect_no_message()


async def test_what_waits_is_handled_first(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D60: a Terminated comes behind the messages that waited when the subject died, and before later ones."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(obedient(probe))
    watcher.tell(watching(subject))
    watcher.tell(nap(1.0))
    await all_is_quiet()
    for number in range(300):
        watcher.tell(number)
    actor_system.stop(subject)
    await all_is_quiet()

    await probe.expect_no_message(0.5)
    await all_is_quiet()
    for number in range(300):
        await probe.expect(number)
    await probe.expect_terminated(subject)


async def test_later_messages_come_later(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D60: a death that a busy watcher was told of is handled before what was sent to it after the handler's end."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(obedient(probe))
    watcher.tell(watching(subject))
    await all_is_quiet()
    actor_system.stop(subject)
    await all_is_quiet()
    watcher.tell("later")

    await probe.expect_terminated(subject)
    await probe.expect("later")


@pytest.mark.parametrize("overflow", list(Overflow))
async def test_a_full_mailbox_takes_a_death(actor_system: ActorSystem, test_kit: TestKit, overflow: Overflow) -> None:
    """D61: Terminated gets into a mailbox that is full, whatever its policy, and drops nothing there."""
    probe, letters = test_kit.probe(), test_kit.probe()
    actor_system.event_stream.subscribe(letters.tell, DeadLetter)
    subjects = [test_kit.spawn(obedient()) for _ in range(3)]
    watcher = test_kit.spawn(obedient(probe).with_mailbox(MailboxSettings(2, overflow)))
    for subject in subjects:
        watcher.tell(watching(subject))
        await all_is_quiet()
    watcher.tell(nap(1.0))
    await all_is_quiet()
    watcher.tell("a")
    watcher.tell("b")
    for subject in subjects:
        actor_system.stop(subject)
    await all_is_quiet()
    if overflow is Overflow.FAIL:
        with pytest.raises(MailboxFull):
            watcher.tell("c")
    else:
        watcher.tell("c")

    expected = ["b", "c"] if overflow is Overflow.DROP_OLDEST else ["a", "b"]
    came = [await probe.receive_one() for _ in range(5)]
    assert [message for message in came if isinstance(message, str)] == expected
    assert {message.ref for message in came if isinstance(message, Terminated)} == set(subjects)
    await probe.expect_no_message()
    if overflow is not Overflow.FAIL:
        assert (await letters.expect(DeadLetter)).message == ("a" if overflow is Overflow.DROP_OLDEST else "c")
    await letters.expect_no_message()


async def test_a_bound_for_all_mailboxes(test_kit: TestKit) -> None:
    """D61: with a bound in the system's settings deaths arrive as well, guardians' own watches included."""
    async with ActorSystem("narrow", Settings(mailbox=MailboxSettings(1))) as system:
        kit = TestKit(system)
        probe = kit.probe()
        subjects = [kit.spawn(obedient()) for _ in range(5)]

        def watch_all(actor: Any) -> None:
            for subject in subjects:
                actor.context.watch(subject)

        watcher = kit.spawn(obedient(probe))
        watcher.tell(Do(watch_all))
        await all_is_quiet()
        watcher.tell(nap(1.0))
        await all_is_quiet()
        for subject in subjects:
            system.stop(subject)

        assert {(await probe.expect(Terminated)).ref for _ in subjects} == set(subjects)


async def test_a_stashed_death_cannot_be_dropped_on_its_return(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D61: a Terminated that comes back from the stash keeps its exemption where the oldest gives way."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    narrow = MailboxSettings(1, Overflow.DROP_OLDEST)
    watcher = test_kit.spawn(Props(Stashing, probe).with_mailbox(narrow))
    watcher.tell(watching(subject))
    await all_is_quiet()
    actor_system.stop(subject)
    await all_is_quiet()

    def return_and_overflow(actor: Any) -> None:
        actor.stashing = False
        actor.context.unstash_all()
        actor.ref.tell("a")
        actor.ref.tell("b")

    watcher.tell(Do(return_and_overflow))

    await probe.expect_terminated(subject)
    await probe.expect("b")
    await probe.expect_no_message()
