"""DeathWatch: a message of one's own in place of Terminated."""

from __future__ import annotations

import pytest

from actors import Kill, OneForOneStrategy, PoisonPill, Terminated, UnhandledMessage, stopping_decider
from runtime import ActorSystem, TestKit
from tests.runtime.local.people import (
    Do,
    Oblivious,
    all_is_quiet,
    nap,
    obedient,
    spawned,
    supervisor,
    unwatching,
    watching,
    watching_with,
)


async def test_the_message_comes_instead(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D28: the message of watch_with arrives instead of Terminated, from the dead subject."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    test_kit.spawn(obedient(probe)).tell(watching_with(subject, "gone"))
    await all_is_quiet()
    actor_system.stop(subject)

    await probe.expect("gone")
    assert probe.sender == subject
    await probe.expect_no_message()


async def test_the_message_comes_for_the_dead_as_well(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D28: watch_with of what is dead already brings the message, too."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    actor_system.stop(subject)
    await all_is_quiet()
    test_kit.spawn(obedient(probe)).tell(watching_with(subject, "gone"))

    await probe.expect("gone")


async def test_equal_messages_are_one_registration(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D29: the same watch_with twice, with equal messages, is accepted and delivered once."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(obedient(probe))
    watcher.tell(watching_with(subject, ["gone"]))
    watcher.tell(watching_with(subject, ["gone"]))
    await all_is_quiet()
    actor_system.stop(subject)

    await probe.expect(["gone"])
    await probe.expect_no_message()


@pytest.mark.parametrize(("first", "second"), [(None, "gone"), ("gone", None), ("gone", "lost")])
async def test_another_message_is_an_error(
    actor_system: ActorSystem, test_kit: TestKit, first: str | None, second: str | None
) -> None:
    """D30: watch after watch_with, the reverse, or another message raise ValueError; the first registration stays."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(obedient(probe))

    def again(actor: object) -> None:
        context = actor.context  # type: ignore[attr-defined]
        with pytest.raises(ValueError, match="unwatch it first"):
            context.watch(subject) if second is None else context.watch_with(subject, second)
        probe.tell("raised")

    watcher.tell(watching(subject) if first is None else watching_with(subject, first))
    watcher.tell(Do(again))
    await probe.expect("raised")
    actor_system.stop(subject)

    await (probe.expect(Terminated) if first is None else probe.expect(first))
    await probe.expect_no_message()


async def test_the_error_fails_the_watcher(test_kit: TestKit) -> None:
    """D30: not caught, the error is a failure of the watcher, which its supervisor judges."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    parent = test_kit.spawn(supervisor(OneForOneStrategy(decider=stopping_decider)))
    watcher = await spawned(parent, obedient())
    probe.watch(watcher)
    watcher.tell(watching(subject))
    watcher.tell(watching_with(subject, "gone"))

    assert (await probe.expect_terminated(watcher)).detail.startswith("ValueError")


async def test_none_is_not_a_message(test_kit: TestKit) -> None:
    """D30: watch_with(ref, None) is an error and not a watch."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())

    def watch_with_none(actor: object) -> None:
        with pytest.raises(ValueError, match="None"):
            actor.context.watch_with(subject, None)  # type: ignore[attr-defined]
        probe.tell("raised")

    test_kit.spawn(obedient(probe)).tell(Do(watch_with_none))
    await probe.expect("raised")


async def test_after_unwatch_the_new_message_counts(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D31: after unwatch another message is accepted and is the one delivered."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(obedient(probe))
    watcher.tell(watching_with(subject, "old"))
    watcher.tell(unwatching(subject))
    watcher.tell(watching_with(subject, "new"))
    await all_is_quiet()
    actor_system.stop(subject)

    await probe.expect("new")
    await probe.expect_no_message()


async def test_after_unwatch_the_old_message_is_not_shown(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D31: also when the old message waits in the mailbox already, only the new one is shown."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(obedient(probe))
    watcher.tell(watching_with(subject, "old"))
    watcher.tell(nap(1.0))
    watcher.tell(unwatching(subject))
    watcher.tell(watching_with(subject, "new"))
    watcher.tell(nap(1.0))
    await all_is_quiet()
    actor_system.stop(subject)

    await probe.expect("new")
    await probe.expect_no_message()


async def test_unhandled_it_is_no_death_pact(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D33: a custom message that is not handled is an unhandled message, and the watcher lives on."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    actor_system.event_stream.subscribe(probe.tell, UnhandledMessage)
    watcher = test_kit.spawn(Oblivious)
    watcher.tell(watching_with(subject, "gone"))
    await all_is_quiet()
    actor_system.stop(subject)

    assert await probe.expect(UnhandledMessage) == UnhandledMessage("gone", subject, watcher)
    probe.watch(watcher)
    await probe.expect_no_message()


async def test_nothing_is_kept_of_the_dead(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D34: after many deaths the watcher's book is as empty as before."""
    probe = test_kit.probe()
    watcher = test_kit.spawn(obedient(probe))
    subjects = [test_kit.spawn(obedient()) for _ in range(100)]
    for number, subject in enumerate(subjects):
        watcher.tell(watching_with(subject, number) if number % 2 else watching(subject))
    await all_is_quiet()
    for subject in subjects:
        actor_system.stop(subject)
    for _ in subjects:
        await probe.receive_one()

    book = watcher.sink.book  # type: ignore[attr-defined]
    assert (len(book.watching), len(book.queued), len(book.watchers)) == (0, 0, 0)


@pytest.mark.parametrize("last", [PoisonPill(), Kill()])
async def test_a_message_that_ends_the_watcher(actor_system: ActorSystem, test_kit: TestKit, last: object) -> None:
    """S64: watch_with(subject, PoisonPill()) lets the watcher end with its subject; receive does not see it."""
    probe, end, subject = test_kit.probe(), test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(obedient(probe))
    end.watch(watcher)
    watcher.tell(watching_with(subject, last))
    await all_is_quiet()
    actor_system.stop(subject)

    await end.expect_terminated(watcher)
    await probe.expect_no_message()
