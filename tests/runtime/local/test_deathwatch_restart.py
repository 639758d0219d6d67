"""DeathWatch across a restart of the watcher: registrations belong to the actor, not to its instance."""

from __future__ import annotations

from typing import Any

import pytest

from actors import ActorRef, Directive, OneForOneStrategy, Props, Terminated
from runtime import ActorSystem, TestKit, TestProbe
from tests.runtime.local.people import (
    Do,
    Ill,
    Obedient,
    Stashing,
    all_is_quiet,
    fail,
    nap,
    obedient,
    spawned,
    supervisor,
    watching,
    watching_with,
)


class Numbered(Obedient):
    """Reports each message with the number of the instance that handled it."""

    def __init__(self, report: TestProbe, lives: list[Any]) -> None:
        super().__init__(report)
        lives.append(self)
        self.life = len(lives)

    def receive(self, message: Any) -> Any:
        """Do it, or report it with the number."""
        if isinstance(message, Do):
            return message.what(self)
        assert self.report is not None
        self.report.tell((self.life, message.ref if isinstance(message, Terminated) else message))
        return None


def numbered(report: TestProbe) -> Props[Any]:
    """The recipe of a `Numbered`."""
    return Props(Numbered, report, [])


@pytest.mark.parametrize("message", [None, "gone"])
async def test_registrations_survive_a_restart(
    actor_system: ActorSystem, test_kit: TestKit, message: str | None
) -> None:
    """D49: after a restart of the watcher the death of what it watched comes to the new instance."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(numbered(probe))
    watcher.tell(watching(subject) if message is None else watching_with(subject, message))
    watcher.tell(Do(fail))
    watcher.tell("again")
    await probe.expect((2, "again"))
    actor_system.stop(subject)

    await probe.expect((2, subject if message is None else message))
    await probe.expect_no_message()


@pytest.mark.parametrize(("directive", "life"), [(Directive.RESTART, 2), (Directive.RESUME, 1)])
async def test_a_terminated_that_waits_survives_the_failure(
    actor_system: ActorSystem, test_kit: TestKit, directive: Directive, life: int
) -> None:
    """D50: a Terminated that is queued when the watcher fails is delivered after the restart or resume."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    parent = test_kit.spawn(supervisor(OneForOneStrategy(decider={Ill: directive})))
    watcher = await spawned(parent, numbered(probe))
    watcher.tell(watching(subject))

    async def nap_and_fail(actor: Any) -> None:
        await nap(1.0).what(actor)
        raise Ill

    watcher.tell(Do(nap_and_fail))
    await all_is_quiet()
    actor_system.stop(subject)

    await probe.expect((life, subject))
    await probe.expect_no_message()


async def test_a_death_while_the_watcher_is_suspended(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D50: a death that is reported while the watcher waits for its supervisor is shown after the verdict."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    parent = test_kit.spawn(obedient())
    watcher = await spawned(parent, numbered(probe))
    watcher.tell(watching(subject))
    await all_is_quiet()
    parent.tell(nap(1.0))
    watcher.tell(Do(fail))
    await all_is_quiet()
    actor_system.stop(subject)

    await probe.expect_no_message(0.5)
    await probe.expect((2, subject))


async def test_a_stashed_terminated_survives_a_restart(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D50: a Terminated in the stash goes back to the mailbox in a restart and is shown to the new instance."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(lambda: Stashing(probe))
    watcher.tell(watching(subject))
    await all_is_quiet()
    actor_system.stop(subject)
    await all_is_quiet()
    watcher.tell(Do(fail))
    watcher.tell("unstash")

    await probe.expect_terminated(subject)
    await probe.expect_no_message()


class Parent(Numbered):
    """Has a child in each life and watches it; what it does about it in a restart is given."""

    def __init__(self, report: TestProbe, lives: list[Any], unwatches: bool = True) -> None:
        super().__init__(report, lives)
        self.unwatches = unwatches

    def pre_start(self) -> None:
        """Spawn the child."""
        self.report_child(self.context.watch(self.context.spawn(obedient(), "child")))

    def report_child(self, child: ActorRef[Any]) -> None:
        """Say who it is."""
        assert self.report is not None
        self.report.tell(child)

    async def pre_restart(self, reason: BaseException, message: Any | None) -> None:
        """Stop the child, the default way or without unwatching it."""
        if self.unwatches:
            await super().pre_restart(reason, message)
        else:
            for child in self.context.children:
                self.context.stop(child)


async def test_children_stopped_by_a_restart_are_not_mourned(test_kit: TestKit) -> None:
    """D51, D53: by default the new instance hears nothing of the old child, though its own has the same path."""
    probe, outside = test_kit.probe(), test_kit.probe()
    parent = test_kit.spawn(Props(Parent, probe, []))
    old = outside.watch(await probe.receive_one())
    await all_is_quiet()
    parent.tell(Do(fail))

    new = await probe.receive_one()
    await outside.expect_terminated(old)
    assert (new.path.without_uid() == old.path.without_uid(), new == old) == (True, False)
    await probe.expect_no_message()
    parent.tell(Do(lambda actor: actor.context.stop(new)))
    await probe.expect((2, new))


async def test_children_stopped_but_watched_are_mourned(test_kit: TestKit) -> None:
    """D52: a pre_restart that stops children without unwatching lets the new instance hear of them only."""
    probe = test_kit.probe()
    parent = test_kit.spawn(Props(Parent, probe, [], unwatches=False))
    old = await probe.receive_one()
    parent.tell(Do(fail))

    new = await probe.receive_one()
    assert new != old
    await probe.expect((2, old))
    await probe.expect_no_message()


async def test_another_actor_at_the_same_path_is_not_mourned(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D53: the death of the old actor is not shown to an instance that watches the new one at that path."""
    probe, old = test_kit.probe(), test_kit.spawn(obedient(), "same")
    watcher = test_kit.spawn(numbered(probe))

    class Unwatching(Numbered):
        def pre_restart(self, reason: BaseException, message: Any | None) -> None:
            self.context.unwatch(old)

    watcher = test_kit.spawn(Props(Unwatching, probe, []))
    watcher.tell(watching(old))
    watcher.tell(Do(fail))
    await all_is_quiet()
    actor_system.stop(old)
    await all_is_quiet()
    new = test_kit.spawn(obedient(), "same")
    watcher.tell(watching(new))

    await probe.expect_no_message()
    actor_system.stop(new)
    await probe.expect((2, new))
    await probe.expect_no_message()
