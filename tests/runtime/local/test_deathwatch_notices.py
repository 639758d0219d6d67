"""DeathWatch: what is shown to a watcher, as what, and whose it is."""

from __future__ import annotations

from actors import Terminated
from actors.signals import DeathWatchNotification
from runtime import ActorSystem, TestKit
from tests.runtime.local.people import all_is_quiet, nap, obedient, watching


async def test_a_forged_notification_is_ignored(test_kit: TestKit) -> None:
    """D15: an actor that did not watch is told nothing of a death that is reported to it."""
    probe, stranger = test_kit.probe(), test_kit.spawn(obedient())
    receiver = test_kit.spawn(obedient(probe))
    receiver.sink.signal(DeathWatchNotification(stranger))
    receiver.tell("next")

    await probe.expect("next")
    await probe.expect_no_message()


async def test_a_forwarded_terminated_is_not_seen(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D16: a Terminated told by one actor to another is not shown there, whether or not that one watches the same."""
    first, second = test_kit.probe(), test_kit.probe()
    subject = test_kit.spawn(obedient())
    bystander = test_kit.spawn(obedient(first))
    watcher = test_kit.spawn(obedient(second))
    watcher.tell(watching(subject))
    await all_is_quiet()
    actor_system.stop(subject)
    terminated = await second.expect_terminated(subject)

    for receiver in (bystander, watcher):
        receiver.tell(terminated)
    bystander.tell("next")

    await first.expect("next")
    await first.expect_no_message()
    await second.expect_no_message()


async def test_a_forwarded_terminated_does_not_pass_for_ones_own(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D16: a watcher whose own Terminated waits behind a forwarded one is shown its own, in its own place."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(obedient(probe))
    watcher.tell(watching(subject))
    watcher.tell(nap(1.0))
    await all_is_quiet()
    watcher.tell(Terminated(subject, detail="forwarded"))
    watcher.tell("between")
    actor_system.stop(subject)

    await probe.expect("between")
    assert (await probe.expect_terminated(subject)).detail == ""
    await probe.expect_no_message()


async def test_the_dead_is_the_sender_of_its_terminated(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D17: while Terminated is handled, the sender is the dead subject."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    test_kit.spawn(obedient(probe)).tell(watching(subject))
    await all_is_quiet()
    actor_system.stop(subject)

    await probe.expect_terminated(subject)
    assert probe.sender == subject


async def test_a_new_life_at_an_old_path_is_another_subject(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D18: a pending Terminated is about the old reference only; the new one at the same path is watched separately."""
    probe, old = test_kit.probe(), test_kit.spawn(obedient(), "phoenix")
    watcher = test_kit.spawn(obedient(probe))
    watcher.tell(watching(old))
    await all_is_quiet()
    actor_system.stop(old)
    watcher.tell(nap(1.0))
    await all_is_quiet()

    new = test_kit.spawn(obedient(), "phoenix")
    watcher.tell(watching(new))
    await probe.expect_terminated(old)
    assert new.path.without_uid() == old.path.without_uid()
    assert new != old
    await probe.expect_no_message()
    actor_system.stop(new)

    await probe.expect_terminated(new)
    await probe.expect_no_message()


async def test_a_death_can_be_heard_of_again(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D19: watching the same dead reference once more after its Terminated gives a second one."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(obedient(probe))
    watcher.tell(watching(subject))
    await all_is_quiet()
    actor_system.stop(subject)
    await probe.expect_terminated(subject)

    watcher.tell(watching(subject))

    assert not (await probe.expect_terminated(subject)).existence_confirmed
    await probe.expect_no_message()


async def test_watching_again_while_the_terminated_waits(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D20: watching again while the Terminated waits in the mailbox gives no second one."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(obedient(probe))
    watcher.tell(watching(subject))
    watcher.tell(nap(1.0))
    await all_is_quiet()
    watcher.tell(watching(subject))
    actor_system.stop(subject)

    await probe.expect_terminated(subject)
    await probe.expect_no_message()
