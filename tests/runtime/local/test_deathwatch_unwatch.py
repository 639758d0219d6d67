"""DeathWatch: who no longer wants to hear of a death does not, however near it is."""

from __future__ import annotations

import pytest

from actors import Terminated
from runtime import ActorSystem, TestKit
from tests.runtime.local.people import (
    Do,
    Oblivious,
    Stashing,
    all_is_quiet,
    nap,
    obedient,
    unwatching,
    watching,
    watching_with,
)


async def test_unwatched_before_the_death(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D8: who unwatched gets nothing, the other watchers do."""
    leaving, staying, subject = test_kit.probe(), test_kit.probe(), test_kit.spawn(obedient())
    leaver = test_kit.spawn(obedient(leaving))
    leaver.tell(watching(subject))
    test_kit.spawn(obedient(staying)).tell(watching(subject))
    await all_is_quiet()
    leaver.tell(unwatching(subject))
    await all_is_quiet()
    actor_system.stop(subject)

    await staying.expect_terminated(subject)
    await leaving.expect_no_message()


@pytest.mark.parametrize("what", [obedient, Oblivious])
async def test_unwatched_while_the_terminated_waits(actor_system: ActorSystem, test_kit: TestKit, what: object) -> None:
    """D21, D22: unwatch drops a Terminated that is in the mailbox already: it is not shown, and no death pact."""
    probe, outside, subject = test_kit.probe(), test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(obedient(probe) if what is obedient else Oblivious)
    outside.watch(watcher)
    watcher.tell(watching(subject))
    watcher.tell(nap(1.0))
    watcher.tell(unwatching(subject))
    await all_is_quiet()
    actor_system.stop(subject)
    await all_is_quiet()
    assert f"{watcher} " in actor_system.tree()

    await probe.expect_no_message(2.0)
    await outside.expect_no_message()


async def test_unwatched_in_the_same_handler(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D21: watch and unwatch of a dead actor in one handler leave nothing behind."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    actor_system.stop(subject)
    await all_is_quiet()

    def both(actor: object) -> None:
        context = actor.context  # type: ignore[attr-defined]
        context.watch(subject)
        context.unwatch(subject)

    test_kit.spawn(obedient(probe)).tell(Do(both))

    await probe.expect_no_message()


async def test_unwatching_a_stranger(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D23: unwatch of what is not watched, of oneself, of the dead and of dead letters is nothing, and returns it."""
    probe, stranger, dead = test_kit.probe(), test_kit.spawn(obedient()), test_kit.spawn(obedient())
    actor_system.stop(dead)
    await all_is_quiet()
    watcher = test_kit.spawn(obedient(probe))

    for ref in (stranger, watcher, dead, actor_system.dead_letters):
        watcher.tell(Do(lambda actor, ref=ref: probe.tell(actor.context.unwatch(ref))))
        assert await probe.expect(ref) is ref
    await probe.expect_no_message()


async def test_unwatched_and_watched_again(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D24: unwatch and watch of a living subject, over and over, make one registration."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(obedient(probe))
    for _ in range(5):
        watcher.tell(watching(subject))
        watcher.tell(unwatching(subject))
    watcher.tell(watching(subject))
    await all_is_quiet()
    actor_system.stop(subject)

    assert (await probe.expect_terminated(subject)).existence_confirmed
    await probe.expect_no_message()


async def test_unwatched_and_watched_again_while_the_terminated_waits(
    actor_system: ActorSystem, test_kit: TestKit
) -> None:
    """D24: a registration made anew after the death gets its own notice, and not the one that was cancelled."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(obedient(probe))
    watcher.tell(watching(subject))
    watcher.tell(nap(1.0))
    watcher.tell(unwatching(subject))
    watcher.tell(watching(subject))
    watcher.tell(nap(1.0))
    await all_is_quiet()
    actor_system.stop(subject)

    assert not (await probe.expect_terminated(subject)).existence_confirmed
    await probe.expect_no_message()


async def test_the_other_watchers_are_untouched(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D25: one watcher's unwatch takes nothing from another, nor from the same one's other subjects."""
    first, second = test_kit.probe(), test_kit.probe()
    one, other = test_kit.spawn(obedient()), test_kit.spawn(obedient())
    first.watch(one)
    second.watch(one)
    first.watch(other)
    first.unwatch(one)
    await all_is_quiet()
    actor_system.stop(one)
    actor_system.stop(other)

    await first.expect_terminated(other)
    await second.expect_terminated(one)
    await first.expect_no_message()


async def test_death_right_after_unwatch(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D26: a subject that stops at once after the unwatch is not heard of."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())

    def leave(actor: object) -> None:
        actor.context.unwatch(subject)  # type: ignore[attr-defined]
        actor_system.stop(subject)

    watcher = test_kit.spawn(obedient(probe))
    watcher.tell(watching(subject))
    watcher.tell(Do(leave))

    await probe.expect_no_message()


@pytest.mark.parametrize("unwatched", [False, True])
@pytest.mark.parametrize("message", [None, "gone"])
async def test_a_stashed_death(
    actor_system: ActorSystem, test_kit: TestKit, unwatched: bool, message: str | None
) -> None:
    """D27, D32: a stashed death comes back as what it was, with or without a message; unwatch drops it."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(lambda: Stashing(probe))
    watcher.tell(watching(subject) if message is None else watching_with(subject, message))
    await all_is_quiet()
    watcher.tell("before")
    await all_is_quiet()
    actor_system.stop(subject)
    await all_is_quiet()
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
