"""DeathWatch in one system and across two: who registers for a death hears of it once, and nobody else does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import Actor, ActorRef, AskTimeout, DeathCause, Directive, OneForOneStrategy, PoisonPill, Terminated
from actors.signals import DeathWatchNotification
from tests.runtime.across.stage import Stage
from tests.runtime.local.people import Do, Ill, fail, nap, obedient, stop, supervisor, watching


@pytest.mark.parametrize("way", ["system.stop", "PoisonPill", "context.stop(self.ref)"])
async def test_one_death_one_terminated(stage: Stage, way: str) -> None:
    """D1, D62: a watcher gets exactly one Terminated, in whatever way the subject is stopped."""
    probe, subject = stage.probe(), stage.subject()
    stage.watcher(obedient(probe)).tell(watching(subject))
    await stage.quiet()

    match way:
        case "system.stop":
            stage.stop(subject)
        case "PoisonPill":
            subject.tell(PoisonPill())
        case _:
            stage.order(subject, stop)

    assert await probe.expect_terminated(subject) == Terminated(subject, True, False, DeathCause.STOPPED, "")
    await probe.expect_no_message(20.0)


async def test_watch_and_death_in_any_order(stage: Stage) -> None:
    """D2: one Terminated comes when watch and death meet, whichever is first, however close they are."""
    probe = stage.probe()
    watcher, subjects = stage.watcher(obedient(probe)), [stage.subject() for _ in range(20)]
    for number, subject in enumerate(subjects):
        if number % 2:
            stage.stop(subject)
        watcher.tell(watching(subject))
        await asyncio.sleep(number / 10_000)
        if not number % 2:
            stage.stop(subject)

    assert {(await probe.expect(Terminated)).ref for _ in subjects} == set(subjects)
    await probe.expect_no_message(20.0)


async def test_the_existence_of_the_dead_is_not_confirmed(stage: Stage) -> None:
    """D3: a Terminated of what was dead already has neither flag, though the actor did exist."""
    probe, subject = stage.probe(), stage.subject()
    stage.stop(subject)
    await stage.quiet()
    probe.watch(subject)

    terminated = await probe.expect_terminated(subject)
    assert (terminated.existence_confirmed, terminated.address_terminated) == (False, False)


async def test_who_never_was_can_be_watched(stage: Stage) -> None:
    """D4, D69: a path without an actor answers a watch: existence not confirmed, never existed."""
    probe, nobody = stage.probe(), stage.nobody()
    stage.watcher(obedient(probe)).tell(watching(nobody))

    terminated = await probe.expect_terminated(nobody)
    assert (terminated.existence_confirmed, terminated.address_terminated) == (False, False)
    assert terminated.cause is DeathCause.NEVER_EXISTED
    await probe.expect_no_message()


async def test_the_existence_of_the_living_is_confirmed(stage: Stage) -> None:
    """D5: a subject that was alive when the watch reached it has its existence confirmed, and its cause is told."""
    probe, subject = stage.probe(), stage.subject()
    probe.watch(subject)
    await stage.quiet()
    stage.order(subject, lambda actor: actor.context.stop_self(DeathCause.PROCESS_DEAD, "exit 3"))

    assert await probe.expect_terminated(subject) == Terminated(subject, True, False, DeathCause.PROCESS_DEAD, "exit 3")


async def test_the_dying_can_be_watched(stage: Stage) -> None:
    """D6: a subject that waits for its children accepts a watch, and its existence is confirmed later."""
    probe, subject = stage.probe(), stage.subject()
    child = await stage.child(subject)
    stage.at_home(child).tell(nap(1.0))
    await stage.quiet()
    stage.stop(subject)
    await stage.quiet()
    stage.watcher(obedient(probe)).tell(watching(subject))

    await probe.expect_no_message(0.5)
    assert (await probe.expect_terminated(subject)).existence_confirmed


async def test_each_watcher_is_told(stage: Stage) -> None:
    """D7: watchers on both sides get a Terminated each; D46 in whatever order."""
    probes, subject = [stage.probe() for _ in range(3)], stage.subject()
    for probe in probes:
        stage.watcher(obedient(probe)).tell(watching(subject))
    at_home = stage.there.spawn(obedient(probes[0]))
    at_home.tell(watching(stage.at_home(subject)))
    await stage.quiet()
    stage.stop(subject)

    own = {str((await probes[0].expect(Terminated)).ref.path.at(stage.there.address)) for _ in range(2)}
    assert own == {str(subject.path.at(stage.there.address))}
    for probe in probes[1:]:
        await probe.expect_terminated(subject)
    for probe in probes:
        await probe.expect_no_message()


async def test_watching_twice_is_watching_once(stage: Stage) -> None:
    """D9: watch is idempotent and returns what it was given, also when the watches are far apart."""
    probe, subject = stage.probe(), stage.subject()
    watcher = stage.watcher(obedient(probe))
    watcher.tell(Do(lambda actor: probe.tell(actor.context.watch(subject))))
    watcher.tell(watching(subject))
    assert await probe.expect(subject) is subject
    await stage.quiet()
    watcher.tell(watching(subject))
    await stage.quiet()
    stage.stop(subject)

    await probe.expect_terminated(subject)
    await probe.expect_no_message(20.0)


async def test_restarts_are_no_deaths(stage: Stage) -> None:
    """D10: no Terminated for restarts; one when the limit of retries is reached, and it says what failed."""
    probe, parent = stage.probe(), stage.subject(supervisor(OneForOneStrategy(max_nr_of_retries=3)))
    subject = await stage.child(parent)
    probe.watch(subject)
    for _ in range(3):
        stage.order(subject, fail)
    await probe.expect_no_message()
    stage.order(subject, fail)

    expected = Terminated(subject, True, False, DeathCause.FAILED, "Ill: told to fail")
    assert await probe.expect_terminated(subject) == expected
    await probe.expect_no_message()


async def test_a_resume_is_no_death(stage: Stage) -> None:
    """D11: no Terminated when the supervisor resumes the subject, which goes on behind the same reference."""
    probe, parent = stage.probe(), stage.subject(supervisor(OneForOneStrategy(decider={Ill: Directive.RESUME})))
    subject = await stage.child(parent, obedient(probe))
    probe.watch(subject)
    stage.order(subject, fail)
    subject.tell("still there")

    await probe.expect("still there")
    await probe.expect_no_message()


async def test_dead_letters_do_not_die(stage: Stage) -> None:
    """D13: watching the dead letters of any system gives no Terminated."""
    probe = stage.probe()
    stage.watcher(obedient(probe)).tell(watching(stage.seen_here(stage.there.dead_letters)))

    await probe.expect_no_message(20.0)


class Answering(Actor[Any]):
    """Tells a probe who asks, and does not answer."""

    def __init__(self, report: Any) -> None:
        self.report = report

    def receive(self, message: Any) -> None:
        """Report the asker."""
        self.report.tell(self.sender)


@pytest.mark.parametrize("answered", [True, False])
async def test_an_ask_can_be_watched(stage: Stage, answered: bool) -> None:
    """D14: the temporary reference of an ask dies when it is answered or times out; the subject is that reference."""
    probe, askers = stage.probe(), stage.probe()
    target = stage.seen_there(stage.watcher(lambda: Answering(askers)))
    question = asyncio.ensure_future(target.ask("?", timeout=1.0))
    asker: ActorRef[Any] = await askers.receive_one()
    stage.watcher(obedient(probe)).tell(watching(asker))
    await probe.expect_no_message(0.5)
    if answered:
        asker.tell("answer")
        assert await question == "answer"
    else:
        with pytest.raises(AskTimeout):
            await question

    assert (await probe.expect_terminated(asker)).existence_confirmed
    probe.watch(asker)
    await probe.expect_terminated(asker)
    await probe.expect_no_message()


async def test_a_forged_notification_is_ignored(stage: Stage) -> None:
    """D15: an actor that did not watch is told nothing of a death that is reported to it."""
    probe, stranger = stage.probe(), stage.subject()
    receiver = stage.watcher(obedient(probe))
    stage.seen_there(receiver).sink.signal(DeathWatchNotification(stage.at_home(stranger)))
    await stage.quiet()
    receiver.tell("next")

    await probe.expect("next")
    await probe.expect_no_message()


async def test_a_forwarded_terminated_is_not_seen(stage: Stage) -> None:
    """D16: a Terminated told by one actor to another is not shown there, on either side."""
    probe, far, subject = stage.probe(), stage.probe(), stage.subject()
    bystander = stage.subject(obedient(far))
    watcher = stage.watcher(obedient(probe))
    watcher.tell(watching(subject))
    await stage.quiet()
    stage.stop(subject)
    terminated = await probe.expect_terminated(subject)
    for receiver in (bystander, stage.at_home(bystander), watcher):
        receiver.tell(terminated)
    bystander.tell("next")

    await far.expect("next")
    await far.expect_no_message()
    await probe.expect_no_message()


async def test_the_dead_is_the_sender_of_its_terminated(stage: Stage) -> None:
    """D17: while Terminated is handled, the sender is the dead subject."""
    probe, subject = stage.probe(), stage.subject()
    stage.watcher(obedient(probe)).tell(watching(subject))
    await stage.quiet()
    stage.stop(subject)

    await probe.expect_terminated(subject)
    assert probe.sender == subject


async def test_a_new_life_at_an_old_path_is_another_subject(stage: Stage) -> None:
    """D18, D71: a pending Terminated is about the old reference only; the new one at its path is watched separately."""
    probe, old = stage.probe(), stage.subject(name="phoenix")
    watcher = stage.watcher(obedient(probe))
    watcher.tell(watching(old))
    await stage.quiet()
    watcher.tell(nap(1.0))
    stage.stop(old)
    await stage.quiet()
    new = stage.subject(name="phoenix")
    watcher.tell(watching(new))

    await probe.expect_terminated(old)
    assert (new.path.without_uid() == old.path.without_uid(), new == old) == (True, False)
    await probe.expect_no_message()
    stage.stop(new)
    await probe.expect_terminated(new)
    await probe.expect_no_message()


async def test_a_death_can_be_heard_of_again(stage: Stage) -> None:
    """D19: watching the same dead reference once more after its Terminated gives a second one."""
    probe, subject = stage.probe(), stage.subject()
    watcher = stage.watcher(obedient(probe))
    watcher.tell(watching(subject))
    await stage.quiet()
    stage.stop(subject)
    await probe.expect_terminated(subject)
    watcher.tell(watching(subject))

    assert not (await probe.expect_terminated(subject)).existence_confirmed
    await probe.expect_no_message(20.0)


async def test_watching_again_while_the_terminated_waits(stage: Stage) -> None:
    """D20: watching again while the Terminated waits in the mailbox gives no second one."""
    probe, subject = stage.probe(), stage.subject()
    watcher = stage.watcher(obedient(probe))
    watcher.tell(watching(subject))
    watcher.tell(nap(1.0))
    await stage.quiet()
    watcher.tell(watching(subject))
    stage.stop(subject)

    await probe.expect_terminated(subject)
    await probe.expect_no_message(20.0)
