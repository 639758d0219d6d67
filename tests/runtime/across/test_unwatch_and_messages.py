"""Unwatching, messages of one's own and death pacts, in one system and across two."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import (
    DeathCause,
    DeathPactError,
    Directive,
    OneForOneStrategy,
    PoisonPill,
    Props,
    Terminated,
    UnhandledMessage,
)
from tests.runtime.across.stage import Stage
from tests.runtime.local.people import (
    Do,
    Oblivious,
    Stashing,
    nap,
    obedient,
    spawned,
    supervisor,
    unwatching,
    watching,
    watching_with,
)


async def test_unwatched_before_the_death(stage: Stage) -> None:
    """D8, D25: who unwatched gets nothing, other watchers and its own other watches are untouched."""
    leaving, staying = stage.probe(), stage.probe()
    subject, other = stage.subject(), stage.subject()
    leaver = stage.watcher(obedient(leaving))
    leaver.tell(watching(subject))
    leaver.tell(watching(other))
    stage.watcher(obedient(staying)).tell(watching(subject))
    await stage.quiet()
    leaver.tell(unwatching(subject))
    await stage.quiet()
    stage.stop(subject)
    stage.stop(other)

    await staying.expect_terminated(subject)
    await leaving.expect_terminated(other)
    await leaving.expect_no_message(20.0)


@pytest.mark.parametrize("what", [obedient, Oblivious])
async def test_unwatched_while_the_terminated_waits(stage: Stage, what: object) -> None:
    """D21, D22: unwatch drops a Terminated that is in the mailbox already: it is not shown, and no death pact."""
    probe, outside, subject = stage.probe(), stage.probe(), stage.subject()
    watcher = stage.watcher(obedient(probe) if what is obedient else Oblivious)
    outside.watch(watcher)
    watcher.tell(watching(subject))
    watcher.tell(nap(1.0))
    watcher.tell(unwatching(subject))
    await stage.quiet()
    stage.stop(subject)

    await probe.expect_no_message(2.0)
    await outside.expect_no_message()


async def test_unwatching_a_stranger(stage: Stage) -> None:
    """D23: unwatch of what is not watched, of the dead and of who never was is nothing, and returns it."""
    probe, stranger, dead = stage.probe(), stage.subject(), stage.subject()
    stage.stop(dead)
    await stage.quiet()
    watcher = stage.watcher(obedient(probe))
    strangers = [stranger, dead, stage.nobody()]

    def unwatch_all(actor: Any) -> None:
        for ref in strangers:
            probe.tell(actor.context.unwatch(ref))

    watcher.tell(Do(unwatch_all))
    for ref in strangers:
        assert await probe.expect(ref) is ref
    stage.stop(stranger)

    await probe.expect_no_message(20.0)


@pytest.mark.parametrize("pause_s", [0.0, 0.0003, 0.001])
async def test_unwatched_and_watched_again(stage: Stage, pause_s: float) -> None:
    """D24, D89: unwatch and watch of a living subject, over and over, make one registration."""
    probe, subject = stage.probe(), stage.subject()
    watcher = stage.watcher(obedient(probe))
    for _ in range(8):
        watcher.tell(watching(subject))
        watcher.tell(unwatching(subject))
        await asyncio.sleep(pause_s)
    watcher.tell(watching(subject))
    await stage.quiet()
    stage.stop(subject)

    assert (await probe.expect_terminated(subject)).existence_confirmed
    await probe.expect_no_message(20.0)


async def test_unwatched_and_watched_again_while_the_terminated_waits(stage: Stage) -> None:
    """D24: a registration made anew after the death gets its own notice, and not the one that was cancelled."""
    probe, subject = stage.probe(), stage.subject()
    watcher = stage.watcher(obedient(probe))
    for order in (watching(subject), nap(1.0), unwatching(subject), watching(subject), nap(1.0)):
        watcher.tell(order)
    await stage.quiet()
    stage.stop(subject)

    assert not (await probe.expect_terminated(subject)).existence_confirmed
    await probe.expect_no_message(20.0)


@pytest.mark.parametrize("pause_s", [0.0, 0.0003, 0.001])
async def test_death_right_after_unwatch(stage: Stage, pause_s: float) -> None:
    """D26: a subject that stops right before or after the unwatch, wherever that is, is not heard of."""
    probe, subject, other = stage.probe(), stage.subject(), stage.subject()
    watcher = stage.watcher(obedient(probe))
    watcher.tell(watching(subject))
    watcher.tell(watching(other))
    await stage.quiet()

    def leave(actor: Any) -> None:
        stage.stop(other)
        actor.context.unwatch(subject)
        actor.context.unwatch(other)

    watcher.tell(Do(leave))
    await asyncio.sleep(pause_s)
    stage.stop(subject)

    await probe.expect_no_message(20.0)


@pytest.mark.parametrize("unwatched", [False, True])
@pytest.mark.parametrize("message", [None, "gone"])
async def test_a_stashed_death(stage: Stage, unwatched: bool, message: str | None) -> None:
    """D27, D32: a stashed death comes back as what it was, with or without a message; unwatch drops it."""
    probe, subject = stage.probe(), stage.subject()
    watcher = stage.watcher(lambda: Stashing(probe))
    watcher.tell(watching(subject) if message is None else watching_with(subject, message))
    watcher.tell("before")
    await stage.quiet()
    stage.stop(subject)
    await stage.quiet()
    watcher.tell("after")
    if unwatched:
        watcher.tell(unwatching(subject))
    watcher.tell("unstash")

    await probe.expect("before")
    if not unwatched:
        death = await probe.receive_one()
        assert death == message if message is not None else isinstance(death, Terminated)
    await probe.expect("after")
    await probe.expect_no_message()


@pytest.mark.parametrize("dead_before", [False, True])
async def test_the_message_comes_instead(stage: Stage, dead_before: bool) -> None:
    """D28: the message of watch_with, which never travels, arrives instead of Terminated, from the dead subject."""
    probe, subject, message = stage.probe(), stage.subject(), object()
    if dead_before:
        stage.stop(subject)
        await stage.quiet()
    stage.watcher(obedient(probe)).tell(watching_with(subject, message))
    await stage.quiet()
    if not dead_before:
        stage.stop(subject)

    assert await probe.receive_one() is message
    assert probe.sender == subject
    await probe.expect_no_message()


async def test_equal_messages_are_one_registration(stage: Stage) -> None:
    """D29: the same watch_with twice, with equal messages, is accepted and delivered once."""
    probe, subject = stage.probe(), stage.subject()
    watcher = stage.watcher(obedient(probe))
    for _ in range(2):
        watcher.tell(watching_with(subject, ["gone"]))
        await stage.quiet()
    stage.stop(subject)

    await probe.expect(["gone"])
    await probe.expect_no_message(20.0)


@pytest.mark.parametrize(("first", "second"), [(None, "gone"), ("gone", None), ("gone", "lost")])
async def test_another_message_is_an_error(stage: Stage, first: str | None, second: str | None) -> None:
    """D30: watch after watch_with, the reverse, or another message raise ValueError; the first registration stays."""
    probe, subject = stage.probe(), stage.subject()

    def again(actor: Any) -> None:
        with pytest.raises(ValueError, match="unwatch it first"):
            actor.context.watch(subject) if second is None else actor.context.watch_with(subject, second)
        probe.tell("raised")

    watcher = stage.watcher(obedient(probe))
    watcher.tell(watching(subject) if first is None else watching_with(subject, first))
    watcher.tell(Do(again))
    await probe.expect("raised")
    await stage.quiet()
    stage.stop(subject)

    await (probe.expect_terminated(subject) if first is None else probe.expect(first))
    await probe.expect_no_message()


@pytest.mark.parametrize("waits", [False, True])
async def test_after_unwatch_the_new_message_counts(stage: Stage, waits: bool) -> None:
    """D31: after unwatch another message is accepted and is the one delivered, also if the old one waits already."""
    probe, subject = stage.probe(), stage.subject()
    watcher = stage.watcher(obedient(probe))
    watcher.tell(watching_with(subject, "old"))
    watcher.tell(nap(1.0 if waits else 0.0))
    watcher.tell(unwatching(subject))
    watcher.tell(watching_with(subject, "new"))
    await stage.quiet()
    stage.stop(subject)

    await probe.expect("new")
    await probe.expect_no_message(20.0)


async def test_unhandled_it_is_no_death_pact(stage: Stage) -> None:
    """D33: a custom message that is not handled is an unhandled message, and the watcher lives on."""
    probe, subject = stage.probe(), stage.subject()
    stage.here.event_stream.subscribe(probe.tell, UnhandledMessage)
    watcher = stage.watcher(Oblivious)
    watcher.tell(watching_with(subject, "gone"))
    await stage.quiet()
    stage.stop(subject)

    assert await probe.expect(UnhandledMessage) == UnhandledMessage("gone", subject, watcher)
    probe.watch(watcher)
    await probe.expect_no_message()


async def test_nothing_is_kept_of_the_dead(stage: Stage) -> None:
    """D34, D87: after many deaths the books of the watcher, and of both nodes, are as empty as before."""
    probe = stage.probe()
    watcher, subjects = stage.watcher(obedient(probe)), [stage.subject() for _ in range(100)]
    for number, subject in enumerate(subjects):
        watcher.tell(watching_with(subject, number) if number % 2 else watching(subject))
    await stage.quiet()
    for subject in subjects:
        stage.stop(subject)
    for _ in subjects:
        await probe.receive_one()
    await stage.quiet()

    book: Any = watcher.sink.book  # type: ignore[attr-defined]
    assert (len(book.watching), len(book.queued), len(book.watchers)) == (0, 0, 0)
    for system in (stage.here, stage.there) if stage.is_split else ():
        assert system.remote is not None
        assert system.remote.watch_counts() == {}


@pytest.mark.parametrize("forgiving", [False, True])
async def test_a_death_that_is_not_handled_is_a_failure(stage: Stage, forgiving: bool) -> None:
    """D35, D36, D37: the watcher fails with DeathPactError of that subject and is stopped, unless it is restarted."""
    probe, subject, failures = stage.probe(), stage.subject(), []

    def decide(error: BaseException) -> Directive:
        failures.append(error)
        return Directive.RESTART if forgiving else Directive.STOP

    watcher = await spawned(stage.watcher(supervisor(OneForOneStrategy(decider=decide))), Oblivious)
    probe.watch(watcher)
    watcher.tell(watching(subject))
    await stage.quiet()
    stage.stop(subject)
    await stage.quiet()

    assert [(type(error), getattr(error, "subject", None)) for error in failures] == [(DeathPactError, subject)]
    if not forgiving:
        assert (await probe.expect_terminated(watcher)).cause is DeathCause.FAILED
    await probe.expect_no_message()


async def test_pacts_make_chains(stage: Stage) -> None:
    """D36: a chain of watchers, each on the other side of the one it watches, dies from its first subject on."""
    probe, subject = stage.probe(), stage.subject()
    last = subject
    for _ in range(4):
        near = stage.watcher(Oblivious)
        near.tell(watching(last))
        far = stage.there.spawn(Oblivious)
        far.tell(watching(stage.seen_there(near)))
        last = stage.seen_here(far)
    probe.watch(last)
    await stage.quiet()
    stage.stop(subject)

    terminated = await probe.expect_terminated(last)
    assert terminated.cause is DeathCause.FAILED
    assert "DeathPactError" in terminated.detail


async def test_a_message_that_ends_the_watcher(stage: Stage) -> None:
    """S64: watch_with(subject, PoisonPill()) lets the watcher end with its subject; receive does not see it."""
    probe, end, subject = stage.probe(), stage.probe(), stage.subject()
    watcher = end.watch(stage.watcher(Props(Stashing, probe)))
    watcher.tell(watching_with(subject, PoisonPill()))
    await stage.quiet()
    stage.stop(subject)

    await end.expect_terminated(watcher)
    await probe.expect_no_message()
