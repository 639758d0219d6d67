"""An attempt begins once: an order that comes again when it is over, or when a later one has begun, starts nothing."""

from __future__ import annotations

import asyncio

import pytest

from cluster.protocol import AdoptTask, DeployTask, RegisterTaskManager, TaskManagerRegistered, TaskStateChanged
from cluster.slots.slot_link import Finished, Run, Running
from cluster.slots.task_values import pack
from cluster.taskmanager.task_attempts import BEGUN_REMEMBERED, ENDS_REMEMBERED, Attempt, Attempts
from runtime import ActorSystem, TestProbe
from tests.cluster.taskmanager.world import World, state


async def registered_again(world: World) -> None:
    """Its lease runs out, its tasks are stopped, and the same leader takes it in once more."""
    while not isinstance(offer := await world.leader.receive_one(10.0), RegisterTaskManager):
        pass
    world.leader.reply(TaskManagerRegistered(7, world.leader.ref, offer.asked_at))
    await asyncio.sleep(0)


async def over(world: World, attempt: int) -> None:
    """The master hears that an attempt is over, and no process starts."""
    refused = await world.master.expect(TaskStateChanged)
    assert (refused.epoch, refused.attempt, refused.state, refused.recoverable) == (7, attempt, "FAILED", True)
    assert refused.error == f"attempt {attempt} of count[0] is over here and does not begin again"
    await world.process.expect_no_message()


@pytest.mark.parametrize("again", [1, 2])
async def test_an_order_of_before_the_lease_was_over_starts_nothing_when_it_is_registered_again(
    world: World, again: int
) -> None:
    """The master repeats its order before it hears that the TaskManager has lost its tasks: they may run elsewhere."""
    await world.registered(lease_s=3.0)
    await world.running(attempt=2)
    await registered_again(world)
    assert len(world.deaths) == 1
    world.deploy(attempt=again)
    await over(world, again)
    world.deploy(attempt=3)
    assert (await world.process.expect(Run)).attempt == 3


async def test_the_ends_of_all_slots_are_remembered(world: World) -> None:
    """Those beyond 16 that were lost with one connection were failures, when their master asked after its tasks."""
    slots = 3 * ENDS_REMEMBERED
    await world.registered(slots=slots)
    for slot in range(slots):
        process = await world.running(slot=slot)
        process.tell(Finished(pack(slot, "x")))
        await world.master.expect(state("FINISHED", slot, result=slot))
    for slot in range(slots):
        world.master.send(world.ref, AdoptTask(7, world.master.ref, "j", f"count[{slot}]", 1))
        await world.master.expect(state("FINISHED", slot, result=slot))


async def test_an_end_that_is_forgotten_is_an_end(world: World) -> None:
    """Only some ends are kept to be told again; of all that have begun it is known that they have."""
    await world.registered(slots=1)
    for slot_task in range(ENDS_REMEMBERED + 2):
        process = await world.running(attempt=slot_task + 1)
        process.tell(Finished(pack(0, "x")))
        await world.master.expect(state("FINISHED", attempt=slot_task + 1, result=0))
    world.deploy(attempt=1)
    await over(world, 1)
    world.deploy(attempt=2)
    await world.master.expect(state("FINISHED", attempt=2, result=0))


async def test_the_next_leader_counts_anew(world: World) -> None:
    """Its checkpoint may be older: numbers come again, under another epoch; of what it adopts, only later ones."""
    await world.registered(keeps_tasks=True)
    process = await world.running(attempt=5)
    leader, master = TestProbe(world.system), TestProbe(world.system)
    world.leads(9, leader)
    await leader.expect(RegisterTaskManager)
    leader.reply(TaskManagerRegistered(9, leader.ref))
    master.send(world.ref, AdoptTask(9, master.ref, "j", "count[0]", 5))
    await master.expect(state("RUNNING", attempt=5, epoch=9))
    process.tell(Finished(pack(0, "x")))
    await master.expect(state("FINISHED", attempt=5, epoch=9, result=0))
    world.leads(11, other := TestProbe(world.system))
    await other.expect(RegisterTaskManager)
    other.reply(TaskManagerRegistered(11, other.ref))
    await asyncio.sleep(0)
    world.deploy(attempt=4, epoch=11)
    assert (await world.process.expect(Run)).attempt == 4
    world.process.sender.tell(Running())
    await world.master.expect(state("RUNNING", attempt=4, epoch=11))


def test_what_has_begun_is_remembered_of_so_many_tasks() -> None:
    """A TaskManager that has run a million tasks under one leader knows of the newest; one that restarts stays new."""
    attempts, nobody = Attempts(), ActorSystem("idle").dead_letters

    def order(number: int, attempt: int = 1) -> DeployTask:
        return DeployTask(7, nobody, f"j{number}", "count[0]", attempt, 0, {}, "count", 0, 1, None)

    for number in range(BEGUN_REMEMBERED):
        attempts.add(Attempt(order(number), nobody))
    attempts.add(Attempt(order(0, 2), nobody))
    attempts.add(Attempt(order(BEGUN_REMEMBERED), nobody))
    assert not attempts.is_over(order(1))
    assert attempts.is_over(order(0, 2))
    assert not attempts.is_over(order(0, 3))
    assert attempts.is_over(order(BEGUN_REMEMBERED))
