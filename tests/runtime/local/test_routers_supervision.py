"""Who judges a failing routee, and what a router's restart keeps."""

from __future__ import annotations

from typing import Any

import pytest

from actors import (
    Actor,
    ActorRef,
    AddRoutee,
    Broadcast,
    Directive,
    Kill,
    OneForOneStrategy,
    Props,
    RemoveRoutee,
    UnhandledMessage,
)
from runtime import ActorSystem, TestKit, group, pool
from tests.runtime.local.people import Ill, all_is_quiet, spawned, supervisor
from tests.runtime.local.routees import Worker, routees


async def test_a_failing_routee_restarts_all_by_default(actor_system: ActorSystem) -> None:
    """S14: a pool without a strategy escalates, so one failing routee restarts all; references and mailboxes stay."""
    seen: list[str] = []
    router = actor_system.spawn(pool(Props(Worker, seen), 3))
    before = await routees(router)
    before[1].tell("fail")
    before[1].tell("after")
    await all_is_quiet()

    assert sorted(seen) == ["routee-1 again", "routee-2 after", "routee-2 again", "routee-3 again"]
    assert await routees(router) == before


async def test_the_routers_parent_judges_what_is_escalated(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """S14: it is the router's parent that judges a routee's failure, as the router's own."""
    judged: list[type] = []

    def judge(error: BaseException) -> Directive:
        judged.append(type(error))
        return Directive.STOP

    class Parent(Actor[Any]):
        supervisor_strategy = OneForOneStrategy(decider=judge)

        def receive(self, message: Any) -> None:
            self.reply(self.context.spawn(pool(Props(Worker, []), 2)))

    probe = test_kit.probe()
    parent: Any = actor_system.spawn(Parent)
    router = await parent.ask("spawn")
    probe.watch(router)
    (await routees(router))[0].tell("fail")
    await probe.expect_terminated(router)

    assert judged == [Ill]


async def test_a_pool_with_a_strategy_keeps_failures_to_itself(actor_system: ActorSystem) -> None:
    """S14: with a strategy of its own a pool treats the failing routee only."""
    seen: list[str] = []
    restart = OneForOneStrategy(decider=[Ill], logging=False)
    router = actor_system.spawn(pool(Props(Worker, seen), 3, strategy=restart))
    (await routees(router))[1].tell("fail")
    await all_is_quiet()

    assert seen == ["routee-2 again"]


async def test_a_restarted_router_keeps_who_was_added(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A15: a router that is restarted still has the routees that it was given meanwhile."""
    probe = test_kit.probe()
    restarting = actor_system.spawn(supervisor(OneForOneStrategy(decider=lambda error: Directive.RESTART)))
    router = await spawned(restarting, group([]))
    router.tell(AddRoutee(probe.ref))
    router.tell(Kill())
    await all_is_quiet()

    assert await routees(router) == (probe.ref,)


async def test_what_waits_for_a_restarted_router_is_routed(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """S2, A15: a restart keeps the mailbox, and what waits in it goes to the routees that there were."""
    probe = test_kit.probe()
    restarting = actor_system.spawn(supervisor(OneForOneStrategy(decider=lambda error: Directive.RESTART)))
    router = await spawned(restarting, group([probe.ref]))
    for message in ("before", Kill(), "behind", Kill(), "last"):
        router.tell(message)
    assert [await probe.receive_one() for _ in range(3)] == ["before", "behind", "last"]
    assert await routees(router) == (probe.ref,)


async def test_a_restarted_pool_does_not_take_back_who_was_removed(actor_system: ActorSystem) -> None:
    """A15: a routee that was removed, and is still at work, gets nothing more after a restart of its pool."""
    restarting = actor_system.spawn(supervisor(OneForOneStrategy(decider=lambda error: Directive.RESTART)))
    seen: list[str] = []
    router = await spawned(restarting, pool(Props(Worker, seen), 2))
    first, second = await routees(router)
    first.tell(5.0)
    router.tell(RemoveRoutee(first))
    second.tell("fail")
    await all_is_quiet()
    assert await routees(router) == (second,)


@pytest.mark.parametrize("odd", [Broadcast(None), AddRoutee("b"), RemoveRoutee([]), AddRoutee(None)])  # type: ignore[arg-type]
async def test_an_odd_order_ends_no_routees(actor_system: ActorSystem, odd: Any) -> None:
    """A12: what no router can do, as another program may say it, is unhandled, and no failure that restarts all."""
    seen: list[str] = []
    unhandled: list[Any] = []
    actor_system.event_stream.subscribe(unhandled.append, UnhandledMessage)
    router = actor_system.spawn(pool(Props(Worker, seen), 2))
    router.tell(odd)
    await all_is_quiet()
    assert [event.message for event in unhandled] == [odd]
    assert seen == []


async def test_a_router_does_not_look_at_all_routees_for_one(
    actor_system: ActorSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A15: ten thousand routees that come, or die, do not hold up the loop for half a minute."""
    refs = [actor_system.spawn(Props(Worker, [])) for _ in range(100)]
    compared = [0]

    def same(one: ActorRef[Any], other: object) -> bool:
        compared[0] += 1
        return one is other

    router = actor_system.spawn(group(refs))
    monkeypatch.setattr(ActorRef, "__eq__", same)
    await all_is_quiet()
    for ref in refs:
        actor_system.stop(ref)
    await all_is_quiet()
    assert await routees(router) == ()
    assert compared[0] < 10 * len(refs)
