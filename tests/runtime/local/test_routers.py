"""Routers at work: pools and groups, their management, and what becomes of dead routees."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from actors import (
    Actor,
    ActorRef,
    AddRoutee,
    Broadcast,
    ConsistentHashing,
    DeadLetter,
    MailboxSettings,
    Overflow,
    PoisonPill,
    Props,
    RandomChoice,
    RemoveRoutee,
    RoundRobin,
    SmallestMailbox,
    ToAll,
)
from runtime import ActorSystem, TestKit, group, pool
from tests.runtime.local.people import all_is_quiet
from tests.runtime.local.routees import Who, Worker, routees


async def test_a_pool_shares_the_work(actor_system: ActorSystem) -> None:
    """A15: a pool makes its routees, and by default gives messages to one after the other."""
    seen: list[str] = []
    router = actor_system.spawn(pool(Props(Worker, seen), 2), "workers")
    for text in "abc":
        router.tell(text)
    await all_is_quiet()

    assert sorted(seen) == ["routee-1 a", "routee-1 c", "routee-2 b"]
    assert [ref.path.elements for ref in await routees(router)] == [
        ("user", "workers", "routee-1"),
        ("user", "workers", "routee-2"),
    ]


async def test_an_answer_goes_straight_back(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A15: a router is an ordinary reference: asked, its routee answers the asker, and is what a probe hears."""
    router, probe = actor_system.spawn(pool(Props(Worker, []), 2)), test_kit.probe()
    assert [await router.ask(Who()) for _ in range(3)] == ["routee-1", "routee-2", "routee-1"]

    probe.send(router, Who())
    await probe.expect("routee-2")
    assert probe.sender == (await routees(router))[1]


@pytest.mark.parametrize("logic", [ToAll(), RoundRobin(), RandomChoice(), SmallestMailbox(), ConsistentHashing(len)])
async def test_broadcast_reaches_all(actor_system: ActorSystem, logic: Any) -> None:
    """A15: with any logic, `Broadcast` reaches every routee; with `ToAll` every message does."""
    seen: list[str] = []
    router = actor_system.spawn(pool(Props(Worker, seen), 3, logic))
    router.tell(Broadcast("all"))
    await all_is_quiet()
    assert sorted(seen) == ["routee-1 all", "routee-2 all", "routee-3 all"]

    router.tell("one")
    await all_is_quiet()
    assert len(seen) == (6 if isinstance(logic, ToAll) else 4)


async def test_a_key_has_one_routee(actor_system: ActorSystem) -> None:
    """A15: with consistent hashing all messages of a key go to one routee."""
    seen: list[str] = []
    router = actor_system.spawn(pool(Props(Worker, seen), 4, ConsistentHashing(key=lambda text: text[:1])))
    for text in ("a1", "b1", "a2", "c1", "b2", "a3", "d1", "e1"):
        router.tell(text)
    await all_is_quiet()

    owners = {key: {line.split()[0] for line in seen if line.split()[1][0] == key} for key in "abcde"}
    assert all(len(names) == 1 for names in owners.values())
    assert len(set.union(*owners.values())) > 1


async def test_a_message_without_a_key_is_a_dead_letter(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A15: what the key function cannot take harms neither router nor routees; it is a dead letter of the router."""
    probe, router = test_kit.probe(), actor_system.spawn(pool(Props(Worker, []), 2, ConsistentHashing(key=len)))
    actor_system.event_stream.subscribe(probe.tell, DeadLetter)
    router.tell(7, probe.ref)

    assert await probe.expect(DeadLetter) == DeadLetter(7, probe.ref, router)
    assert len(await routees(router)) == 2


async def test_a_logic_that_fails_late(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """Also of one that names its routees one by one: the message is a dead letter, and the router goes on."""
    probe = test_kit.probe()
    actor_system.event_stream.subscribe(probe.ref, DeadLetter)

    class OneByOne:
        def choose(self, message: Any, crew: Any) -> Iterator[ActorRef[Any]]:
            yield crew.refs[message]

    worker = test_kit.probe()
    router = actor_system.spawn(group([worker.ref], OneByOne()))
    router.tell(1)
    router.tell(0)
    assert (await probe.expect(DeadLetter)).message == 1
    await worker.expect(0)


async def test_a_dead_routee_falls_out(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A15: a routee that dies gets no more messages; its pool goes on with the others, and ends with the last."""
    probe, router = test_kit.probe(), actor_system.spawn(pool(Props(Worker, []), 3))
    probe.watch(router)
    for left in (2, 1):
        (await routees(router))[0].tell(PoisonPill())
        await all_is_quiet()
        assert len(await routees(router)) == left
        await router.ask(Who())
    (await routees(router))[0].tell(PoisonPill())

    await probe.expect_terminated(router)


async def test_a_group_outlives_its_routees(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A15: a group's dead routees fall out, and without any it waits for new ones; messages are dead letters then."""
    letters, probe = test_kit.probe(), test_kit.probe()
    workers = [actor_system.spawn(Props(Worker, [])) for _ in range(2)]
    router = actor_system.spawn(group(workers))
    actor_system.event_stream.subscribe(letters.tell, DeadLetter)
    assert {await router.ask(Who()) for _ in range(2)} == {worker.name for worker in workers}
    for worker in workers:
        actor_system.stop(worker)
    await all_is_quiet()
    assert await routees(router) == ()
    router.tell("lost", probe.ref)
    assert await letters.expect(DeadLetter) == DeadLetter("lost", probe.ref, router)

    router.tell(AddRoutee(probe.ref))
    router.tell("found")
    await probe.expect("found")


async def test_a_routee_that_was_dead_already(actor_system: ActorSystem) -> None:
    """A15: a reference to the dead falls out of a group at once."""
    dead, alive = (actor_system.spawn(Props(Worker, [])) for _ in range(2))
    actor_system.stop(dead)
    await all_is_quiet()
    router = actor_system.spawn(group([dead, alive]))
    await all_is_quiet()

    assert await routees(router) == (alive,)


async def test_stopping_a_group_leaves_its_routees(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A15: the end of a group is not that of its routees; the end of a pool is."""
    probe, worker = test_kit.probe(), actor_system.spawn(Props(Worker, []))
    of_group, of_pool = actor_system.spawn(group([worker])), actor_system.spawn(pool(Props(Worker, []), 1))
    (child,) = await routees(of_pool)
    for ref in (of_group, child):
        probe.watch(ref)
    of_group.tell(PoisonPill())
    of_pool.tell(PoisonPill())

    assert {(await probe.receive_one()).ref for _ in range(2)} == {of_group, child}
    assert await worker.ask(Who()) == worker.name


async def test_routees_come_and_go(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A15: AddRoutee adds once, RemoveRoutee removes; a pool's child that is removed first handles what it has."""
    seen: list[str] = []
    probe, router = test_kit.probe(), actor_system.spawn(pool(Props(Worker, seen), 1))
    (child,) = await routees(router)
    probe.watch(child)
    probe.watch(router)
    for _ in range(2):
        router.tell(AddRoutee(probe.ref))
    assert await routees(router) == (child, probe.ref)

    router.tell(Broadcast("work"))
    router.tell(RemoveRoutee(child))
    router.tell(RemoveRoutee(child))
    await probe.expect("work")
    await probe.expect_terminated(child)
    assert seen == ["routee-1 work"]
    assert await routees(router) == (probe.ref,)
    router.tell(RemoveRoutee(probe.ref))
    await probe.expect_terminated(router)


async def test_the_last_child_of_a_pool_works_to_the_end(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A15: a pool whose last child is removed ends when that has handled what was waiting."""
    seen: list[str] = []
    probe, router = test_kit.probe(), actor_system.spawn(pool(Props(Worker, seen), 1))
    probe.watch(router)
    (child,) = await routees(router)
    for text in "abc":
        router.tell(text)
    router.tell(RemoveRoutee(child))
    await probe.expect_terminated(router)

    assert seen == ["routee-1 a", "routee-1 b", "routee-1 c"]


async def test_a_removed_child_outlasts_the_last_routee(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A15: a pool that has lost its last routee still waits for a removed child that is at work."""
    seen: list[str] = []
    probe, router = test_kit.probe(), actor_system.spawn(pool(Props(Worker, seen), 2))
    probe.watch(router)
    first, second = await routees(router)
    first.tell(0.5)
    first.tell("last work")
    router.tell(RemoveRoutee(first))
    await all_is_quiet()
    second.tell(PoisonPill())
    await probe.expect_terminated(router)

    assert seen == ["routee-1 last work"]


async def test_the_idlest_routee_is_taken(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A15: with the smallest mailbox, the busy routee is spared, and one that cannot be looked at comes last."""

    class Napping(Actor[float]):
        async def receive(self, message: float) -> None:
            await asyncio.sleep(message)
            self.reply(self.ref.name)

    far = test_kit.probe()
    router = actor_system.spawn(pool(Napping, 2, SmallestMailbox()))
    router.tell(AddRoutee(far.ref))
    router.tell(100.0)
    await all_is_quiet()

    assert [await router.ask(0.5) for _ in range(3)] == ["routee-2"] * 3
    await far.expect_no_message()


async def test_a_full_routee_is_no_failure_of_the_router(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A15: what a routee's bounded mailbox refuses is a dead letter of the routee; the router goes on."""
    letters = test_kit.probe()
    actor_system.event_stream.subscribe(letters.tell, DeadLetter)
    routee = Props(Worker, []).with_mailbox(MailboxSettings(1, Overflow.FAIL))
    router = actor_system.spawn(pool(routee, 1))
    (child,) = await routees(router)
    router.tell("a")
    router.tell("b")

    assert (await letters.expect(DeadLetter)).recipient == child
    assert await routees(router) == (child,)


@pytest.mark.parametrize("size", [0, -1])
def test_an_empty_pool_is_refused(size: int) -> None:
    """A15: a pool has a routee at least."""
    with pytest.raises(ValueError, match="1 or more routees"):
        pool(Worker, size)  # type: ignore[arg-type]
