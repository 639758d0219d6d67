"""Tasks and their leader: how long they run without one, and how they come to the next."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cluster.protocol import (
    AdoptTask,
    CancelTask,
    LeaseRenewed,
    RegisterTaskManager,
    RenewLease,
    TaskManagerRegistered,
    TaskStateChanged,
    TriggerCheckpoint,
)
from cluster.slots.slot_link import Cancel, Canceled, Finished, Run, Running, Snapshot
from cluster.slots.task_values import pack
from cluster.taskmanager.leader_follower import LeaderChanged
from cluster.taskmanager.task_manager import _LeaseOver
from runtime import TestProbe
from runtime.timers import CellTimers
from tests.cluster.taskmanager.world import World, state


async def renewed(world: World, for_s: float) -> None:
    """Let the leader answer for so long."""
    ends = world.system.loop.time() + for_s
    while world.system.loop.time() < ends:
        asked = await world.leader.expect(RenewLease)
        world.leader.reply(LeaseRenewed(asked.epoch, asked.asked_at))


async def test_a_lease_is_renewed_six_times_in_its_time(world: World) -> None:
    """While the leader answers, tasks run on, and their processes hear until when."""
    await world.registered(lease_s=3.0)
    process = await world.running()
    await renewed(world, 30.0)
    assert world.deaths == []
    assert 2.4 < world.until[process] - world.system.loop.time() <= 3.0


async def test_without_a_leader_s_word_tasks_end(world: World) -> None:
    """When the lease is over they are killed, whatever the election says; then it registers with news of that."""
    await world.registered(lease_s=3.0)
    await world.running()
    began = world.system.loop.time()
    offer = None
    while not isinstance(offer, RegisterTaskManager):
        offer = await world.leader.receive_one(10.0)
    assert 2.9 < world.deaths[0] - began <= 3.0
    assert (offer.session, offer.running, offer.lease_s) == (2, [], 3.0)


@pytest.mark.parametrize("kind", ["cancel", "adopt", "end"])
async def test_what_dies_has_not_ended(world: World, kind: str) -> None:
    """A lease is over, and processes take a while to die: nobody is told of an end before, and begins the next one."""
    world.death_takes_s = 2.0
    await world.registered(lease_s=3.0)
    await world.running()
    await asyncio.sleep(3.5)
    attempt = 0 if kind == "end" else 1
    adopt = AdoptTask(7, world.master.ref, "j", "count[0]", attempt)
    order = adopt if kind == "adopt" else CancelTask(7, "j", "count[0]", attempt)
    world.master.send(world.ref, order)
    await world.master.expect_no_message(1.0)
    await asyncio.sleep(1.0)
    world.master.send(world.ref, order)
    told = await world.master.expect(TaskStateChanged)
    assert told.state == ("FAILED" if kind == "adopt" else "CANCELED")


async def test_a_timer_that_comes_early_does_not_let_tasks_run_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop that rounds, as uvloop does, wakes it just before the end of the lease: tasks end all the same."""
    start = CellTimers.start_single

    def rounded(timers: CellTimers, key: Any, message: Any, delay_s: float) -> None:
        start(timers, key, message, max(delay_s - 0.0005, 0.0001) if key == "lease" else delay_s)

    monkeypatch.setattr(CellTimers, "start_single", rounded)
    await world.registered(lease_s=3.0)
    await world.running()
    began = world.system.loop.time()
    await asyncio.sleep(4.0)
    assert [at - began < 3.001 for at in world.deaths] == [True]


async def test_who_is_not_taken_again_when_its_lease_was_over_gives_up(world: World) -> None:
    """No leader is another: the one that took it does not answer any more. It ends as if it had never been taken."""
    await world.registered(lease_s=3.0, registration_timeout_s=20.0)
    await world.running()
    await asyncio.sleep(22.9)
    assert world.left == []
    await asyncio.sleep(0.2)
    assert world.left == ["no leader has accepted this TaskManager for 20 s"]


async def test_an_answer_counts_from_its_question(world: World) -> None:
    """What was long on its way does not lengthen a lease that is over."""
    await world.registered(lease_s=3.0)
    await world.running()
    asked = await world.leader.expect(RenewLease)
    await asyncio.sleep(2.9)
    world.leader.reply(LeaseRenewed(asked.epoch, asked.asked_at))
    await asyncio.sleep(0.7)
    assert len(world.deaths) == 1


@pytest.mark.parametrize("nth", [0, 1])
async def test_the_first_lease_counts_from_the_offer_that_is_answered(world: World, nth: int) -> None:
    """A leader that reads its jobs holds an offer for long: the lease began when that offer was made, not the first."""
    world.start(lease_s=3.0, registration_initial_s=0.5)
    world.leads(7)
    for _ in range(nth + 1):
        offer = await world.leader.expect(RegisterTaskManager)
    await asyncio.sleep(0.4)  # while the answer is on its way
    world.leader.reply(TaskManagerRegistered(7, world.leader.ref, offer.asked_at))
    process = await world.running()
    assert world.until[process] == offer.asked_at + 3.0
    assert offer.asked_at >= nth * 0.5


async def test_a_former_leader_lengthens_no_lease(world: World) -> None:
    """What it has granted before it fell may be on its way: tasks that go on have no more time for it."""
    await kept(world, lease_s=3.0)
    process = await world.running()
    asked = await world.leader.expect(RenewLease)
    until = world.until[process]
    await asyncio.sleep(0.4)
    world.leads(9, TestProbe(world.system))
    await asyncio.sleep(0)
    world.leader.reply(LeaseRenewed(7, asked.asked_at + 0.3))
    await asyncio.sleep(0)
    assert world.until[process] == until


async def test_an_answer_to_who_had_tasks_is_none_to_who_has_stopped_them(world: World) -> None:
    """The leader takes it for one that has them still, and would give it the same ones again (`late 950002`)."""
    await world.registered(lease_s=3.0)
    await world.running()
    offer = None
    while not isinstance(offer, RegisterTaskManager):  # its lease is over
        offer = await world.leader.receive_one(10.0)
    world.leader.reply(TaskManagerRegistered(7, world.leader.ref, offer.asked_at - 0.5))
    await asyncio.sleep(0)
    world.deploy()
    await world.process.expect_no_message(0.05)
    assert isinstance(await world.leader.receive_one(10.0), RegisterTaskManager)
    world.leader.reply(TaskManagerRegistered(7, world.leader.ref, offer.asked_at))
    await asyncio.sleep(0)
    world.deploy(attempt=2)
    await world.process.expect(Run)


async def test_an_answer_to_what_was_offered_in_the_moment_of_the_stop_is_none_either(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock shows the same: it would be taken under its former session, and get no lease any more."""
    start = CellTimers.start_single

    def late(timers: CellTimers, key: Any, message: Any, delay_s: float) -> None:
        start(timers, key, message, 100.0 if key == "lease" else delay_s)

    monkeypatch.setattr(CellTimers, "start_single", late)
    await kept(world, lease_s=3.0)
    await world.running()
    await asyncio.sleep(4.0)  # it has stood still, say
    other = TestProbe(world.system)
    world.leads(9, other)
    world.ref.tell(_LeaseOver())
    first = await other.expect(RegisterTaskManager)
    other.reply(TaskManagerRegistered(9, other.ref, first.asked_at))
    second = await other.expect(RegisterTaskManager)
    assert (second.session, first.session) == (1, 0)
    other.reply(TaskManagerRegistered(9, other.ref, second.asked_at))
    assert (await other.expect(RenewLease)).session == 1


async def test_who_has_no_lease_and_no_tasks_is_taken_again(world: World) -> None:
    """An order that was on its way for too long is not obeyed; and its leader may have forgotten it, and not say so."""
    await world.registered(lease_s=3.0, registration_timeout_s=20.0)
    await world.leader.expect(RenewLease)
    asked = await world.leader.expect(RenewLease)
    await asyncio.sleep(3.1)
    world.deploy()
    await world.process.expect_no_message(0.1)
    while not isinstance(offer := await world.leader.receive_one(10.0), RegisterTaskManager):
        pass
    assert offer.session == 1  # as before: nothing was stopped, and nothing is lost if it is known still
    world.leader.reply(TaskManagerRegistered(7, world.leader.ref, asked.asked_at))  # a late one is worth nothing
    late_at = world.system.loop.time()
    while (again := await world.leader.expect(RegisterTaskManager)).asked_at <= late_at:
        pass
    world.leader.reply(TaskManagerRegistered(7, world.leader.ref, again.asked_at))
    await world.leader.expect(RenewLease)
    world.deploy()
    await world.process.expect(Run)
    assert world.left == []


# --- jobmanager.failover.tasks: keep ----------------------------------------------------------------------------------


async def kept(world: World, **settings: Any) -> None:
    await world.registered(keeps_tasks=True, **settings)


async def test_tasks_go_on_and_are_offered_to_the_next_leader(world: World) -> None:
    """Nobody leads, then another: nothing is killed, and the offer names what runs, who started it and where."""
    await kept(world)
    await world.running(0)
    await world.running(1)
    world.ref.tell(LeaderChanged(None))
    other = TestProbe(world.system)
    world.leads(9, other)
    offer = await other.expect(RegisterTaskManager)
    assert offer.running == [["j", "count[0]", 7, 1, 0], ["j", "count[1]", 7, 1, 1]]
    assert offer.session == 0
    assert world.deaths == []


async def adopted(world: World) -> tuple[Any, TestProbe]:
    """A task that has come to the leader of epoch 9."""
    await kept(world)
    process = await world.running(0)
    leader, master = TestProbe(world.system), TestProbe(world.system)
    world.leads(9, leader)
    await leader.expect(RegisterTaskManager)
    leader.reply(TaskManagerRegistered(9, leader.ref))
    master.send(world.ref, AdoptTask(9, master.ref, "j", "count[0]", 1))
    await master.expect(state("RUNNING", epoch=9))
    return process, master


async def test_an_adopted_task_reports_to_the_new_master(world: World) -> None:
    """Its running, its checkpoints and its result, all under the new epoch; the old master hears nothing any more."""
    process, master = await adopted(world)
    master.send(world.ref, TriggerCheckpoint(9, "j", "count[0]", 1, 5))
    await world.process.expect(Snapshot(5))
    process.tell(Finished(pack(3, "x")))
    await master.expect(state("FINISHED", epoch=9, result=3))
    await world.master.expect_no_message(0.1)


async def test_an_attempt_of_the_former_leader_is_none_of_the_new_one(world: World) -> None:
    """Its checkpoint may be older, and the number be given again: what runs here is not what it has ordered."""
    await kept(world)
    await world.running(0)
    leader = TestProbe(world.system)
    world.leads(9, leader)
    await leader.expect(RegisterTaskManager)
    leader.reply(TaskManagerRegistered(9, leader.ref))
    await asyncio.sleep(0)
    world.deploy(0, epoch=9)
    refused = await world.master.expect(TaskStateChanged)
    assert (refused.epoch, refused.state, refused.error) == (9, "FAILED", "slot 0 still runs count[0], attempt 1")


async def test_an_adopted_task_obeys_only_the_new_leader(world: World) -> None:
    """The old leader's orders are refused; the new one's end the task."""
    _, master = await adopted(world)
    world.master.send(world.ref, CancelTask(7, "j", "count[0]", 1))
    await world.process.expect_no_message(0.1)
    master.send(world.ref, CancelTask(9, "j", "count[0]", 1))
    await world.process.expect(Cancel())


async def test_what_is_cancelled_before_it_was_adopted_ends(world: World) -> None:
    """The order to adopt it was lost: it runs, so it is not CANCELED before it has ended, as its leader then hears."""
    await kept(world)
    process = await world.running(0)
    leader, master = TestProbe(world.system), TestProbe(world.system)
    world.leads(9, leader)
    await leader.expect(RegisterTaskManager)
    leader.reply(TaskManagerRegistered(9, leader.ref))
    await asyncio.sleep(0)
    master.send(world.ref, CancelTask(9, "j", "count[0]", 1))
    await world.process.expect(Cancel())
    await master.expect_no_message(0.1)
    process.tell(Canceled())
    await master.expect(state("CANCELED", epoch=9))


async def test_a_task_that_ended_meanwhile_is_reported_when_it_is_adopted(world: World) -> None:
    """Its result was told to a leader that was gone; the next one asks for it, twice if need be."""
    await kept(world)
    process = await world.running(0)
    world.ref.tell(LeaderChanged(None))
    process.tell(Finished(pack(3, "x")))
    await world.master.expect(state("FINISHED", result=3))
    leader, master = TestProbe(world.system), TestProbe(world.system)
    world.leads(9, leader)
    offer = await leader.expect(RegisterTaskManager)
    assert offer.running == [["j", "count[0]", 7, 1, -1]]
    for _ in range(2):
        master.send(world.ref, AdoptTask(9, master.ref, "j", "count[0]", 1))
        await master.expect(state("FINISHED", epoch=9, result=3))


async def test_the_same_number_under_another_leader_is_another_attempt(world: World) -> None:
    """A leader that has not adopted an attempt deploys its own under that number: it gets no report of the old one."""
    await kept(world)
    process = await world.running(0)
    process.tell(Finished(pack(3, "x")))
    await world.master.expect(state("FINISHED", result=3))
    leader = TestProbe(world.system)
    world.leads(9, leader)
    await leader.expect(RegisterTaskManager)
    leader.reply(TaskManagerRegistered(9, leader.ref))
    world.deploy(epoch=9)
    await world.process.expect(Run)
    world.process.sender.tell(Running())
    await world.master.expect(state("RUNNING", epoch=9))


async def test_a_task_that_is_not_wanted_is_ended_for_whoever_says_so(world: World) -> None:
    """Attempt 0 is whichever runs; its end is told to who ordered it, when its process is gone."""
    await kept(world)
    process = await world.running(0, attempt=3)
    leader = TestProbe(world.system)
    world.leads(9, leader)
    await leader.expect(RegisterTaskManager)
    leader.send(world.ref, CancelTask(9, "j", "count[0]", 0))
    await world.process.expect(Cancel())
    process.tell(Canceled())
    await leader.expect(state("CANCELED", attempt=3, epoch=9))
    assert len(world.deaths) == 1
    await world.master.expect_no_message(0.1)


async def test_kept_tasks_have_a_lease_too(world: World) -> None:
    """Without any leader they end when it is over, and the next leader hears that they are gone."""
    await kept(world, lease_s=10.0)
    await world.running(0)
    world.ref.tell(LeaderChanged(None))
    await asyncio.sleep(9.5)
    assert world.deaths == []
    await asyncio.sleep(0.6)
    assert len(world.deaths) == 1
    other = TestProbe(world.system)
    world.leads(9, other)
    offer = await other.expect(RegisterTaskManager)
    assert (offer.running, offer.session) == ([], 1)


async def test_an_order_of_before_its_tasks_were_stopped_starts_nothing(world: World) -> None:
    """It comes late, under the leader's own epoch, when a late answer has made the lease longer: another has the task.

    What was ordered since the leader knows comes behind its answer to the offer that says so.
    """
    await world.registered(lease_s=3.0)
    await world.running()
    while not isinstance(message := await world.leader.receive_one(10.0), RegisterTaskManager):
        asked = message
    assert len(world.deaths) == 1
    world.leader.reply(LeaseRenewed(asked.epoch, asked.asked_at))
    world.deploy()
    await world.process.expect_no_message()
    world.leader.reply(TaskManagerRegistered(7, world.leader.ref, message.asked_at))
    world.deploy(attempt=2)
    assert (await world.process.expect(Run)).attempt == 2
