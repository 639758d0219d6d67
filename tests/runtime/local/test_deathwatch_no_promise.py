"""What is promised least: pacts over children that stop in good order, watches that a restart ends, and no order."""

from __future__ import annotations

from typing import Any

import pytest

from actors import DeathCause, DeathPactError, Directive, OneForOneStrategy, Props, Terminated
from runtime import ActorSystem, TestKit
from tests.runtime.local.people import (
    Do,
    Ill,
    Oblivious,
    Supervising,
    all_is_quiet,
    fail,
    nap,
    obedient,
    spawned,
    stop,
    supervisor,
    watching,
    watching_with,
)


async def test_a_pact_over_a_child_that_only_stops(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D38: a parent that watches a child and does not handle its end dies with it, though the child just stopped."""
    probe = test_kit.probe()
    parent = probe.watch(actor_system.spawn(Oblivious))
    child = await spawned(parent, obedient())
    parent.tell(watching(child))
    child.tell(Do(stop))
    terminated = await probe.expect_terminated(parent)

    assert terminated.cause is DeathCause.FAILED
    assert DeathPactError.__name__ in terminated.detail


async def test_a_restart_revokes_watches_of_children_only(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D54: after a restart the message for a stopped child never comes; that for another actor does."""
    probe, other = test_kit.probe(), test_kit.spawn(obedient())
    strategy = OneForOneStrategy(decider=lambda error: Directive.RESTART, logging=False)
    top = actor_system.spawn(supervisor(strategy))
    watcher = await spawned(top, obedient(probe))
    child = await spawned(watcher, obedient())
    watcher.tell(watching_with(child, "the child is gone"))
    watcher.tell(watching_with(other, "the other is gone"))
    probe.watch(child)
    watcher.tell(Do(fail))
    await probe.expect_terminated(child)
    other.tell(Do(stop))

    await probe.expect("the other is gone")
    await probe.expect_no_message()


@pytest.mark.parametrize("first", ["death", "message"])
async def test_third_parties_come_in_any_order(actor_system: ActorSystem, test_kit: TestKit, first: str) -> None:
    """D56: a third party's message and a Terminated are both handled once, in no promised order."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = test_kit.spawn(obedient(probe))
    watcher.tell(watching(subject))
    watcher.tell(nap(1.0))
    await all_is_quiet()
    if first == "death":
        subject.tell(Do(stop))
        await all_is_quiet()
        watcher.tell("message")
    else:
        watcher.tell("message")
        subject.tell(Do(stop))
    seen = [type(await probe.receive_one()) for _ in range(2)]

    assert sorted(map(str, seen)) == sorted(map(str, [Terminated, str]))
    await probe.expect_no_message()


async def test_a_failure_may_overtake_messages(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D59: a child's failure is judged though messages that it sent before wait; both come, in no promised order."""
    order: list[Any] = []

    def judge(error: BaseException) -> Directive:
        order.append(type(error))
        return Directive.RESUME

    class Parent(Supervising):
        def receive(self, message: Any) -> Any:
            if isinstance(message, Do):
                return super().receive(message)
            order.append(message)
            return None

    parent = actor_system.spawn(Props(Parent, OneForOneStrategy(decider=judge, logging=False)))
    child = await spawned(parent, obedient())

    def speak_and_fail(actor: Any) -> None:
        actor.context.parent.tell("message")
        raise Ill

    parent.tell(nap(1.0))
    child.tell(Do(speak_and_fail))
    await test_kit.probe().expect_no_message(2.0)

    assert sorted(map(str, order)) == sorted([str(Ill), "message"])
