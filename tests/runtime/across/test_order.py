"""A death among ordinary messages, families and restarts, in one system and across two."""

from __future__ import annotations

from typing import Any

import pytest

from actors import (
    DeadLetter,
    Directive,
    MailboxSettings,
    OneForOneStrategy,
    Overflow,
    Props,
    SuppressedDeadLetter,
    Terminated,
    stopping_decider,
)
from tests.runtime.across.stage import Stage
from tests.runtime.local.people import (
    Do,
    Ill,
    Obedient,
    Stashing,
    fail,
    nap,
    obedient,
    spawned,
    stop,
    supervisor,
    unwatching,
    watching,
    watching_with,
)


@pytest.mark.parametrize("last", [stop, fail])
async def test_all_that_the_subject_said_comes_before_its_death(stage: Stage, last: Any) -> None:
    """D55, D57: what the subject sent before it ended, also from post_stop, is handled before its Terminated."""
    probe = stage.probe()
    watcher = stage.watcher(obedient(probe))
    listener = stage.seen_there(watcher)

    class Talking(Obedient):
        def receive(self, message: Any) -> Any:
            for number in range(500):
                listener.tell(number, self.ref)
            return super().receive(message)

        def post_stop(self) -> None:
            listener.tell("from post_stop", self.ref)

    parent = stage.subject(supervisor(OneForOneStrategy(decider=stopping_decider)))
    subject = await stage.child(parent, Talking)
    watcher.tell(watching(subject))
    await stage.quiet()
    stage.order(subject, last)

    assert [await probe.receive_one() for _ in range(500)] == list(range(500))
    await probe.expect("from post_stop")
    await probe.expect_terminated(subject)
    await probe.expect_no_message()


async def test_what_waits_is_handled_first(stage: Stage) -> None:
    """D60: a Terminated comes behind the messages that waited in the mailbox when the subject died."""
    probe, subject = stage.probe(), stage.subject()
    watcher = stage.watcher(obedient(probe))
    watcher.tell(watching(subject))
    watcher.tell(nap(1.0))
    await stage.quiet()
    for number in range(300):
        watcher.tell(number)
    stage.stop(subject)

    assert [await probe.receive_one() for _ in range(300)] == list(range(300))
    await probe.expect_terminated(subject)


async def test_later_messages_come_later(stage: Stage) -> None:
    """D60: a Terminated that has come is handled before what is sent afterwards."""
    probe, subject = stage.probe(), stage.subject()
    watcher = stage.watcher(obedient(probe))
    watcher.tell(watching(subject))
    await stage.quiet()
    stage.stop(subject)
    await stage.quiet()
    watcher.tell("later")

    await probe.expect_terminated(subject)
    await probe.expect("later")


@pytest.mark.parametrize("overflow", list(Overflow))
async def test_a_full_mailbox_takes_a_death(stage: Stage, overflow: Overflow) -> None:
    """D61: Terminated gets into a mailbox that is full, whatever its policy, and drops nothing there."""
    probe, subjects = stage.probe(), [stage.subject() for _ in range(3)]
    watcher = stage.watcher(obedient(probe).with_mailbox(MailboxSettings(2, overflow)))
    for subject in subjects:
        watcher.tell(watching(subject))
        await stage.quiet()
    watcher.tell(nap(1.0))
    await stage.quiet()
    watcher.tell("a")
    watcher.tell("b")
    for subject in subjects:
        stage.stop(subject)

    await probe.expect("a")
    await probe.expect("b")
    assert {(await probe.expect(Terminated)).ref for _ in subjects} == set(subjects)
    await probe.expect_no_message()


async def test_the_strategy_comes_before_the_terminated(stage: Stage) -> None:
    """D43: a parent judges the failure before anybody is shown the Terminated of the child that it stops."""
    probe = stage.probe()

    def decide(error: BaseException) -> Directive:
        probe.tell("judged")
        return Directive.STOP

    parent = stage.subject(supervisor(OneForOneStrategy(decider=decide)))
    child = await stage.child(parent)
    stage.watcher(obedient(probe)).tell(watching(child))
    await stage.quiet()
    stage.order(child, fail)

    await probe.expect("judged")
    await probe.expect_terminated(child)


async def test_descendants_end_before_anybody_is_told(stage: Stage) -> None:
    """D44: watchers hear of an actor when its descendants are gone and its post_stop has run."""
    probe = stage.probe()

    class Leaving(Obedient):
        def post_stop(self) -> None:
            probe.tell(f"{self.ref.name} stopped")

    top = stage.subject(Leaving, "top")
    middle = await stage.child(top, Leaving, "middle")
    bottom = await stage.child(middle, Leaving, "bottom")
    outside = stage.probe()
    for ref in (top, middle, bottom):
        outside.watch(ref)
    await stage.quiet()
    stage.at_home(bottom).tell(nap(1.0))
    await stage.quiet()
    stage.stop(top)

    await outside.expect_no_message(0.5)
    for ref in (bottom, middle, top):
        await probe.expect(f"{ref.name} stopped")
        await outside.expect_terminated(ref)


async def test_the_parent_is_told_first(stage: Stage) -> None:
    """D45: when a watcher hears of a death, the parent knows already: the name is free."""
    probe, parent = stage.probe(), stage.subject()
    child = await stage.child(parent, name="child")
    family = stage.at_home(parent).sink.family  # type: ignore[attr-defined]

    class Curious(Obedient):
        def receive(self, message: Any) -> Any:
            if isinstance(message, Terminated):
                probe.tell(("looked", family.by_name("child")))
                return None
            return super().receive(message)

    stage.watcher(Curious).tell(watching(child))
    await stage.quiet()
    stage.order(child, stop)

    await probe.expect(("looked", None))


async def test_a_stopping_actor_hears_of_no_death(stage: Stage) -> None:
    """D47: what dies while its watcher is stopping is neither shown to it nor a dead letter of any kind."""
    probe, letters, subject = stage.probe(), stage.probe(), stage.subject()
    for kind in (DeadLetter, SuppressedDeadLetter):
        stage.here.event_stream.subscribe(letters.tell, kind)
    watcher = stage.watcher(obedient(probe))
    child = await spawned(watcher, obedient())
    child.tell(nap(1.0))
    watcher.tell(watching(subject))
    await stage.quiet()
    stage.here.stop(watcher)
    stage.stop(subject)

    await probe.expect_no_message(2.0)
    await letters.expect_no_message()


async def test_watchers_that_are_gone_are_not_told(stage: Stage) -> None:
    """D48, D88: watchers that stop before their subject leave nothing with it, and nothing is sent to them."""
    letters, subject = stage.probe(), stage.subject()
    for system in {stage.here, stage.there}:
        for kind in (DeadLetter, SuppressedDeadLetter):
            system.event_stream.subscribe(letters.tell, kind)
    watchers = [stage.watcher(obedient()) for _ in range(50)]
    for watcher in watchers:
        watcher.tell(watching(subject))
    await stage.quiet()
    book = stage.at_home(subject).sink.book  # type: ignore[attr-defined]
    assert len(book.watchers) == 50
    for watcher in watchers:
        stage.here.stop(watcher)
    await stage.quiet()

    assert len(book.watchers) == 0
    stage.stop(subject)
    await letters.expect_no_message()


@pytest.mark.parametrize("message", [None, "gone"])
async def test_registrations_survive_a_restart(stage: Stage, message: str | None) -> None:
    """D49: after a restart of the watcher the death of what it watched comes to the new instance."""
    probe, subject = stage.probe(), stage.subject()
    watcher = stage.watcher(obedient(probe))
    watcher.tell(watching(subject) if message is None else watching_with(subject, message))
    watcher.tell(Do(fail))
    watcher.tell("again")
    await probe.expect("again")
    stage.stop(subject)

    await (probe.expect_terminated(subject) if message is None else probe.expect(message))
    await probe.expect_no_message(20.0)


@pytest.mark.parametrize("directive", [Directive.RESTART, Directive.RESUME])
@pytest.mark.parametrize("is_suspended", [False, True])
async def test_a_terminated_survives_the_failure(stage: Stage, directive: Directive, is_suspended: bool) -> None:
    """D50: a Terminated that is queued when the watcher fails, or comes while it waits for a verdict, is delivered."""
    probe, subject = stage.probe(), stage.subject()
    parent = stage.watcher(supervisor(OneForOneStrategy(decider={Ill: directive})))
    watcher = await spawned(parent, obedient(probe))
    watcher.tell(watching(subject))

    async def nap_and_fail(actor: Any) -> None:
        await nap(1.0).what(actor)
        raise Ill

    await stage.quiet()
    if is_suspended:
        parent.tell(nap(1.0))
    watcher.tell(Do(fail if is_suspended else nap_and_fail))
    await stage.quiet()
    stage.stop(subject)

    await probe.expect_no_message(0.5)
    await probe.expect_terminated(subject)
    await probe.expect_no_message()


async def test_a_stashed_terminated_survives_a_restart(stage: Stage) -> None:
    """D50: a Terminated in the stash goes back to the mailbox in a restart and is shown to the new instance."""
    probe, subject = stage.probe(), stage.subject()
    watcher = stage.watcher(Props(Stashing, probe))
    watcher.tell(watching(subject))
    await stage.quiet()
    stage.stop(subject)
    await stage.quiet()
    watcher.tell(Do(fail))
    watcher.tell("unstash")

    await probe.expect_terminated(subject)
    await probe.expect_no_message()


async def test_children_stopped_but_watched_are_mourned(stage: Stage) -> None:
    """D52: who watches from outside the children of an actor that restarts hears of each, kept ones excepted."""
    probe, parent = stage.probe(), stage.subject()
    children = [await stage.child(parent) for _ in range(3)]
    for child in children:
        probe.watch(child)
    await stage.quiet()
    stage.order(parent, fail)

    assert {(await probe.expect(Terminated)).ref for _ in children} == set(children)
    await probe.expect_no_message()


async def test_another_actor_at_the_same_path_is_not_mourned(stage: Stage) -> None:
    """D53: the death of the old actor is not shown to an instance that watches the new one at that path."""
    probe, old = stage.probe(), stage.subject(name="same")

    class Unwatching(Obedient):
        def pre_restart(self, reason: BaseException, message: Any | None) -> None:
            self.context.unwatch(old)

    watcher = stage.watcher(Props(Unwatching, probe))
    watcher.tell(watching(old))
    watcher.tell(Do(fail))
    await stage.quiet()
    stage.stop(old)
    await stage.quiet()
    new = stage.subject(name="same")
    watcher.tell(watching(new))

    await probe.expect_no_message()
    stage.stop(new)
    await probe.expect_terminated(new)
    await probe.expect_no_message()


async def test_one_watcher_of_many(stage: Stage) -> None:
    """D65: several subjects that end at once, with their whole system or one by one, give one Terminated each."""
    probe, subjects = stage.probe(), [stage.subject() for _ in range(50)]
    watcher = stage.watcher(obedient(probe))
    for subject in subjects:
        watcher.tell(watching(subject))
    watcher.tell(unwatching(subjects[0]))
    await stage.quiet()
    if stage.is_split:
        await stage.there.terminate()
    else:
        for subject in subjects:
            stage.stop(subject)

    notices = [await probe.expect(Terminated) for _ in subjects[1:]]
    assert {notice.ref for notice in notices} == set(subjects[1:])
    assert {(notice.existence_confirmed, notice.address_terminated) for notice in notices} == {(True, False)}
    await probe.expect_no_message(20.0)
