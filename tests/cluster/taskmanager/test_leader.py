"""Whom a TaskManager follows, and that nothing of a former leader outlives it."""

from __future__ import annotations

import itertools

from actors import Address
from cluster.election.driver import LeaderInfo
from cluster.protocol import (
    RegisterTaskManager,
    ShutdownTaskManager,
    StaleLeader,
    TaskManagerRefused,
    TaskManagerRegistered,
)
from cluster.simulation.misfits import too_much_for
from cluster.taskmanager.leader_follower import LeaderChanged, LeaderFollower
from runtime import TestProbe
from runtime.remote.events import QuarantinedBy
from tests.cluster.taskmanager.world import World


async def test_it_offers_its_slots_until_it_is_answered(world: World) -> None:
    """Registration is repeated after 100 ms, doubling up to 30 s, and ends with the answer."""
    world.start()
    world.leads(7)
    times = []
    for _ in range(12):
        offer = await world.leader.expect(RegisterTaskManager, 100.0)
        times.append(world.system.loop.time())
    assert offer == RegisterTaskManager(7, world.ref, "tm-1", 2, 4, [], session=1, asked_at=offer.asked_at)
    waits = [round(later - earlier, 3) for earlier, later in itertools.pairwise(times)]
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]
    world.leader.reply(TaskManagerRegistered(7, world.leader.ref))
    await world.leader.expect_no_message(200.0)


async def test_a_refusal_is_respected_for_a_while(world: World) -> None:
    """After a refusal it asks again 30 s later."""
    world.start()
    world.leads(7)
    await world.leader.expect(RegisterTaskManager)
    world.leader.reply(TaskManagerRefused(7, "no room"))
    await world.leader.expect_no_message(29.0)
    await world.leader.expect(RegisterTaskManager)


async def test_it_ends_when_no_leader_takes_it(world: World) -> None:
    """Without a leader for `taskmanager.registration.timeout` the process ends; being registered stops that clock."""
    await world.registered(registration_timeout_s=300.0)
    await world.leader.expect_no_message(1000.0)
    assert world.left == []
    world.ref.tell(LeaderChanged(None))
    await world.leader.expect_no_message(299.0)
    assert world.left == []
    await world.leader.expect_no_message(2.0)
    assert world.left == ["no leader has accepted this TaskManager for 300 s"]


async def test_one_that_broke_starts_again_as_another(world: World) -> None:
    """Nothing is known any more of what ran here or who leads, and a leader that knew it would rely on it for ever."""
    await world.registered()
    await world.running()
    world.ref.tell(too_much_for(world.ref))
    await world.leader.expect_no_message(1.0)
    assert world.started_again == ["the TaskManager broke: RuntimeError('something was too much for it')"]
    assert len(world.deaths) == len(world.slots) == 2


async def test_the_election_is_followed_through_its_listener(world: World) -> None:
    """The driver's listener tells the TaskManager who leads; a backend that fails is no change of leader."""
    world.start()
    troubles: list[Exception] = []
    follower = LeaderFollower(world.ref, troubles.append)
    follower.granted(1)
    follower.revoked()
    follower.failed(OSError("locked"))
    follower.leader_changed(LeaderInfo(7, str(world.leader.ref.path), "x", "c"))
    assert (await world.leader.expect(RegisterTaskManager)).epoch == 7
    assert len(troubles) == 1


async def test_a_new_leader_is_met_only_when_the_old_tasks_are_dead(world: World) -> None:
    """When the leader changes all tasks are killed at once, and the offer waits for the last process to be gone."""
    await world.registered()
    await world.running(0)
    await world.running(1)
    world.death_takes_s = 5.0
    began = world.system.loop.time()
    other = TestProbe(world.system)
    world.leads(8, other)
    offer = await other.expect(RegisterTaskManager, 10.0)
    assert offer.epoch == 8
    assert offer.running == []
    assert world.deaths == [began, began]
    assert world.system.loop.time() == began + 5.0
    await world.master.expect_no_message(1.0)


async def test_a_lost_leader_stops_the_tasks_too(world: World) -> None:
    """When nobody leads tasks do not run on: the next leader will start them again."""
    await world.registered()
    await world.running()
    world.ref.tell(LeaderChanged(None))
    await world.leader.expect_no_message(1.0)
    assert len(world.deaths) == 1


async def test_old_news_of_the_election_change_nothing(world: World) -> None:
    """The same leader again, or one of a lower epoch, does not disturb the tasks."""
    await world.registered()
    await world.running()
    world.leads(7)
    world.leads(6, TestProbe(world.system))
    await world.leader.expect_no_message(1.0)
    assert world.deaths == []


async def test_orders_of_another_leader_are_refused(world: World) -> None:
    """Whoever has not the present epoch hears so, and nothing is done."""
    await world.registered()
    world.deploy(epoch=6)
    await world.master.expect(StaleLeader(6, 7))
    world.master.send(world.ref, ShutdownTaskManager(8, "not yet known"))
    await world.master.expect(StaleLeader(8, 7))
    assert world.left == []
    await world.process.expect_no_message()


async def test_a_leader_that_says_it_is_none(world: World) -> None:
    """`StaleLeader` from the leader itself stops the tasks, and it waits for the election to name the next one."""
    await world.registered()
    await world.running()
    world.leader.send(world.ref, StaleLeader(7, 9))
    await world.leader.expect_no_message(100.0)
    assert len(world.deaths) == 1
    world.leads(8)
    await world.leader.expect_no_message(100.0)
    world.leads(9)
    assert (await world.leader.expect(RegisterTaskManager)).epoch == 9


async def test_the_leader_may_send_it_away(world: World) -> None:
    """`ShutdownTaskManager` ends the process in good order."""
    await world.registered()
    world.leader.send(world.ref, ShutdownTaskManager(7, "not needed"))
    await world.leader.expect_no_message()
    assert world.left == ["the leader said: not needed"]


async def test_a_leader_that_takes_it_for_dead(world: World) -> None:
    """Quarantined by its leader it stops its tasks at once and starts again: only a new incarnation can serve."""
    await world.registered()
    await world.running()
    world.system.event_stream.publish(QuarantinedBy(Address("other", "127.0.0.1", 1), "silent"))
    await world.leader.expect_no_message()
    assert world.started_again == []
    world.system.event_stream.publish(QuarantinedBy(world.leader.ref.path.address, "silent for 4 s"))
    await world.leader.expect_no_message()
    assert len(world.deaths) == 1
    assert world.left == []
    assert world.started_again == ["the leader at actor://test takes this process for dead: silent for 4 s"]
