"""DeathWatch: who registers for a death hears of it once, whenever it was or will be."""

from __future__ import annotations

import asyncio

import pytest

from actors import ActorPath, DeathCause, Directive, OneForOneStrategy, PoisonPill, Props, Terminated
from runtime import ActorSystem, TestKit
from tests.runtime.local.people import (
    Do,
    Ill,
    Obedient,
    all_is_quiet,
    fail,
    nap,
    obedient,
    spawned,
    stop,
    supervisor,
    watching,
)


@pytest.mark.parametrize("way", ["system.stop", "PoisonPill", "context.stop(self.ref)"])
async def test_one_death_one_terminated(actor_system: ActorSystem, test_kit: TestKit, way: str) -> None:
    """D1: a watcher gets exactly one Terminated, in whatever way the subject is stopped."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    test_kit.spawn(obedient(probe)).tell(watching(subject))
    await all_is_quiet()

    match way:
        case "system.stop":
            actor_system.stop(subject)
        case "PoisonPill":
            subject.tell(PoisonPill())
        case _:
            subject.tell(Do(stop))

    terminated = await probe.expect_terminated(subject)
    assert terminated.cause is DeathCause.STOPPED
    await probe.expect_no_message()


async def test_the_dead_can_be_watched(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D2: a Terminated comes also when the subject was dead before the watch."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    actor_system.stop(subject)
    await all_is_quiet()

    test_kit.spawn(obedient(probe)).tell(watching(subject))

    await probe.expect_terminated(subject)
    await probe.expect_no_message()


async def test_watch_and_death_in_any_order(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D2: one Terminated comes when watch and death meet, whichever is first."""
    probe, subjects = test_kit.probe(), [test_kit.spawn(obedient()) for _ in range(4)]
    watcher = test_kit.spawn(obedient(probe))

    actor_system.stop(subjects[0])
    watcher.tell(watching(subjects[0]))
    watcher.tell(watching(subjects[1]))
    actor_system.stop(subjects[1])
    subjects[2].tell(Do(stop))
    watcher.tell(watching(subjects[2]))
    watcher.tell(watching(subjects[3]))
    subjects[3].tell(Do(stop))

    assert {(await probe.expect(Terminated)).ref for _ in subjects} == set(subjects)
    await probe.expect_no_message()


async def test_the_existence_of_the_dead_is_not_confirmed(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D3: a Terminated of what was dead already has neither flag, though the actor did exist."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    actor_system.stop(subject)
    await all_is_quiet()

    probe.watch(subject)

    terminated = await probe.expect_terminated(subject)
    assert (terminated.existence_confirmed, terminated.address_terminated) == (False, False)


async def test_who_never_was_can_be_watched(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D4: a path without an actor answers a watch: existence not confirmed, never existed."""
    probe = test_kit.probe()
    nobody = actor_system.ref_for(ActorPath.parse("actor://test/user/nobody"))

    test_kit.spawn(obedient(probe)).tell(watching(nobody))

    terminated = await probe.expect_terminated(nobody)
    assert (terminated.existence_confirmed, terminated.cause) == (False, DeathCause.NEVER_EXISTED)
    await probe.expect_no_message()


async def test_the_existence_of_the_living_is_confirmed(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D5: a subject that was alive when the watch reached it has its existence confirmed."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    probe.watch(subject)
    await all_is_quiet()
    actor_system.stop(subject)

    terminated = await probe.expect_terminated(subject)
    assert (terminated.existence_confirmed, terminated.address_terminated) == (True, False)


async def test_the_dying_can_be_watched(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D6: a subject that waits for its children accepts a watch, and its existence is confirmed later."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    child = await spawned(subject, obedient())
    child.tell(nap(1.0))
    await all_is_quiet()
    actor_system.stop(subject)
    await all_is_quiet()

    test_kit.spawn(obedient(probe)).tell(watching(subject))

    await probe.expect_no_message(0.5)
    assert (await probe.expect_terminated(subject)).existence_confirmed


class Lingering(Obedient):
    """Takes a second for its end, in which no watch can reach it."""

    async def post_stop(self) -> None:
        """See the class."""
        await asyncio.sleep(1.0)


async def test_whoever_is_at_its_end_cannot_be_watched_any_more(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D3: a watch that comes while `post_stop` runs is answered by the dead; who watched before it is told as ever."""
    early, late, subject = test_kit.probe(), test_kit.probe(), test_kit.spawn(Props(Lingering))
    early.watch(subject)
    await all_is_quiet()
    actor_system.stop(subject)
    await all_is_quiet()

    late.watch(subject)

    await late.expect_no_message(0.5)
    assert await early.expect_terminated(subject) == Terminated(subject, True, False, DeathCause.STOPPED, "")
    assert await late.expect_terminated(subject) == Terminated(subject, False, False, DeathCause.STOPPED, "")
    await late.expect_no_message()


async def test_each_watcher_is_told(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D7: three watchers get a Terminated each; D46 in whatever order."""
    probes, subject = [test_kit.probe() for _ in range(3)], test_kit.spawn(obedient())
    for probe in probes:
        test_kit.spawn(obedient(probe)).tell(watching(subject))
    await all_is_quiet()
    actor_system.stop(subject)

    for probe in probes:
        await probe.expect_terminated(subject)
        await probe.expect_no_message()


async def test_watching_twice_is_watching_once(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D9: watch is idempotent and returns what it was given."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(obedient(probe))
    watcher.tell(Do(lambda actor: probe.tell(actor.context.watch(subject))))
    watcher.tell(watching(subject))
    assert await probe.expect(subject) is subject
    actor_system.stop(subject)

    await probe.expect_terminated(subject)
    await probe.expect_no_message()


async def test_restarts_are_no_deaths(test_kit: TestKit) -> None:
    """D10: no Terminated for restarts; one when the limit of retries is reached."""
    probe = test_kit.probe()
    parent = test_kit.spawn(supervisor(OneForOneStrategy(max_nr_of_retries=3)))
    subject = await spawned(parent, obedient())
    probe.watch(subject)
    for _ in range(3):
        subject.tell(Do(fail))
    await probe.expect_no_message()

    subject.tell(Do(fail))

    terminated = await probe.expect_terminated(subject)
    assert (terminated.existence_confirmed, terminated.cause) == (True, DeathCause.FAILED)
    assert terminated.detail == "Ill: told to fail"
    await probe.expect_no_message()


async def test_a_resume_is_no_death(test_kit: TestKit) -> None:
    """D11: no Terminated when the supervisor resumes the subject."""
    probe = test_kit.probe()
    parent = test_kit.spawn(supervisor(OneForOneStrategy(decider={Ill: Directive.RESUME})))
    subject = await spawned(parent, obedient(probe))
    probe.watch(subject)

    subject.tell(Do(fail))
    subject.tell("still there")

    await probe.expect("still there")
    await probe.expect_no_message()


async def test_nobody_hears_of_his_own_death(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D12: watch(self) does nothing, and so does unwatch(self)."""
    probe = test_kit.probe()
    watcher = test_kit.spawn(obedient(probe))
    watcher.tell(Do(lambda actor: actor.context.watch(actor.ref)))
    watcher.tell(Do(lambda actor: actor.context.unwatch(actor.ref)))
    watcher.tell(Do(lambda actor: actor.context.watch(actor.ref)))
    watcher.tell("alive")
    await probe.expect("alive")
    assert f"{watcher} Obedient running mailbox=0 watchers=0" in actor_system.tree()
    actor_system.stop(watcher)

    await probe.expect_no_message()


async def test_dead_letters_do_not_die(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D13: watching dead letters gives no Terminated, be it through an actor or a bare watch."""
    probe = test_kit.probe()
    test_kit.spawn(obedient(probe)).tell(watching(actor_system.dead_letters))
    probe.watch(actor_system.dead_letters)

    await probe.expect_no_message()
