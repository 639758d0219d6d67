"""TaskManagers die, or were away: their tasks run elsewhere from the last checkpoint."""

from __future__ import annotations

import asyncio

import pytest

from actors import DeathCause, Props
from actors.signals import DeathWatchNotification
from cluster.leader.messages import DeclareSlots, JobGone, SlotGiven, TaskManagerDied
from cluster.leader.services import LeaderSettings
from cluster.model.failover import FailoverStrategy
from cluster.model.restart import FixedDelay, NoRestart
from cluster.protocol import (
    CancelTask,
    DeployTask,
    GetCluster,
    RegisterTaskManager,
    StaleLeader,
    TaskManagerRegistered,
    TaskStateChanged,
)
from cluster.taskmanager.leader_follower import LeaderFollower
from runtime import TestProbe
from runtime.remote.events import NodeSuspected, NodeTrusted
from tests.cluster.leader.failing import restored, running, stored
from tests.cluster.leader.fake_task_manager import FakeTaskManager
from tests.cluster.leader.scene import Scene, SlowPointers


async def test_tasks_of_a_dead_task_manager_run_elsewhere_from_the_checkpoint(scene: Scene) -> None:
    """S27, S13: DeathWatch tells; its tasks run on free slots from the last complete checkpoint, the others stay."""
    await running(scene)
    checkpoint = await stored(scene, 2)
    ((task_id, _, _),) = scene.inside["x"].running
    scene.kill("x")
    await scene.until(lambda: len(scene.deployed) == 3)
    job = await scene.all_running(2)
    assert {one["task_manager"].split("#")[0] for one in job["tasks"]} == {"y"}
    (order,) = scene.deployed[2:]
    assert (order.task_id, order.attempt) == (task_id, 2)
    assert restored(order, checkpoint)
    assert "TaskManager x#" in job["exceptions"]["entries"][0]["reason"]
    assert "(killed: " in job["exceptions"]["entries"][0]["reason"]


async def test_one_death_costs_one_attempt(scene: Scene) -> None:
    """Section 8: with one restart allowed, the loss of a TaskManager with two tasks is survived."""
    await running(scene, tasks=4, strategy=FixedDelay(1, 0.5))
    assert len(scene.inside["x"].running) == 2
    scene.kill("x")
    await scene.until(lambda: scene.provider.missing == 2)
    assert scene.provider.dead == ["x"]
    assert scene.provider.registered == {"y"}
    await scene.task_manager("z", 2)
    job = await scene.all_running(4)
    assert job["restarts"] == 1


async def test_without_restarts_a_death_fails_the_job(scene: Scene) -> None:
    """4.5: `NoRestart` makes the loss of a TaskManager final, and the other tasks are ended."""
    await running(scene, strategy=NoRestart())
    scene.kill("x")
    answer = await scene.status("FAILED")
    assert "Recovery is suppressed by NoRestart" in answer["error"]
    assert scene.live() == {}


async def test_who_has_the_name_of_one_that_is_silent_replaces_it(scene: Scene) -> None:
    """It may have been started in its place: the old one, which has no lease, is gone at once."""
    await running(scene)
    info = scene.election.info
    assert info is not None
    probe = TestProbe(scene.system)
    suspected(scene)
    scene.dispatcher.tell(RegisterTaskManager(info.epoch, probe.ref, "x", 2, 99, [], 1))
    assert (await probe.fish(lambda message: isinstance(message, DeployTask))).attempt == 2
    cluster = await scene.dispatcher.ask(GetCluster())
    assert sorted(one["pid"] for one in cluster["task_managers"]) == [1, 99]
    assert cluster["timeline"][-1]["cause"] == "new-incarnation"


def suspected(scene: Scene) -> None:
    """All that are registered are silent, as far as the leader sees."""
    scene.system.event_stream.publish(NodeSuspected(scene.inside["x"].ref.path.address, "no heartbeat"))


@pytest.mark.parametrize("dies", [False, True])
async def test_a_name_is_no_proof_of_a_death(scene: Scene, *, dies: bool) -> None:
    """Two may have been given the same: nothing ends for the second, or runs anew before a lease is over."""
    scene.lease_s = 10.0
    await running(scene)
    info, began = scene.election.info, scene.system.loop.time()
    assert info is not None
    probe, former = TestProbe(scene.system), scene.inside["x"]
    offer = RegisterTaskManager(info.epoch, probe.ref, "x", 2, 99, [], 1, 10.0)
    scene.dispatcher.tell(offer)
    await probe.expect_no_message(1.0)
    suspected(scene)
    scene.dispatcher.tell(offer)
    await probe.expect(TaskManagerRegistered)
    former.register(former.holdings())
    if dies:
        scene.kill("x")
    assert (await probe.fish(lambda message: isinstance(message, DeployTask), 20.0)).attempt == 2
    assert scene.system.loop.time() - began == pytest.approx(2.0 if dies else 12.1, abs=0.05)
    cluster = await scene.dispatcher.ask(GetCluster())
    assert sorted(one["pid"] for one in cluster["task_managers"]) == [1, 99]
    assert len(former.answers) == 1


async def test_who_comes_back_before_the_end_of_its_lease_is_not_buried_at_that(scene: Scene) -> None:
    """It has stopped its tasks, and the one with its name is gone: it is another member, and has a lease of its own."""
    scene.lease_s = 10.0
    await running(scene)
    info, probe, former = scene.election.info, TestProbe(scene.system), scene.inside["x"]
    assert info is not None
    suspected(scene)
    scene.dispatcher.tell(RegisterTaskManager(info.epoch, probe.ref, "x", 2, 99, [], 1, 10.0))
    manager = (await probe.expect(TaskManagerRegistered)).resource_manager
    manager.sink.signal(DeathWatchNotification(probe.ref, True, True, DeathCause.STOPPED, "it left"))
    await asyncio.sleep(5.0)
    former.session += 1
    former.running.clear()
    former.register()
    await scene.until(lambda: len(former.answers) == 2)
    lost = len((await scene.dispatcher.ask(GetCluster()))["timeline"])
    await asyncio.sleep(20.0)
    cluster = await scene.dispatcher.ask(GetCluster())
    assert sorted(one["id"] for one in cluster["task_managers"]) == ["x", "y"]
    assert len(cluster["timeline"]) == lost


@pytest.mark.parametrize("lost", ["has stopped its tasks", "had no lease"])
@pytest.mark.parametrize("is_gone", [False, True])
async def test_who_was_lost_waits_for_the_jobs_that_had_slots_there(scene: Scene, lost: str, *, is_gone: bool) -> None:
    """A job may have an order on its way; it comes before the answer, to one that takes none before that."""
    await scene.job_manager()
    await scene.until(lambda: scene.election.info is not None)
    worker, job = TestProbe(scene.system), TestProbe(scene.system)

    def offer(session: int) -> None:
        scene.dispatcher.tell(RegisterTaskManager(1, worker.ref, "x", 2, 99, [], session, 3.0))

    offer(0)
    manager = (await worker.expect(TaskManagerRegistered)).resource_manager
    manager.tell(DeclareSlots("j1", ("a[0]",), job.ref))
    given = await job.expect(SlotGiven)
    if lost == "had no lease":
        silent = DeathWatchNotification(worker.ref, True, True, DeathCause.UNREACHABLE, "silent for 4 s")
        manager.sink.signal(silent)
    else:
        offer(1)
    died = await job.expect(TaskManagerDied, 4.0)
    for _ in range(2 if lost == "had no lease" else 1):
        offer(1)  # what was said once may be lost with whoever it was said to
    assert await job.expect(TaskManagerDied) == died
    assert died.task_manager == given.task_manager
    await worker.expect_no_message(1.0)
    manager.tell(JobGone("j1") if is_gone else died, job.ref)
    await worker.expect(TaskManagerRegistered)
    if not is_gone:
        manager.tell(DeclareSlots("j1", ("a[0]",), job.ref))
        assert (await job.expect(SlotGiven)).task_manager == given.task_manager


async def test_a_repeated_registration_changes_nothing(scene: Scene) -> None:
    """An answer that was lost is given again, and tasks go on."""
    await running(scene)
    scene.inside["x"].register()
    await scene.until(lambda: len(scene.inside["x"].epochs) == 2)
    await asyncio.sleep(5.0)
    assert len(scene.deployed) == 2


async def test_a_task_manager_that_lost_sight_of_the_leader_has_lost_its_tasks(scene: Scene) -> None:
    """It stopped them before it came back to the same leader; they are failed, once, and run again."""
    await running(scene)
    one = scene.inside["x"]
    one.session += 1
    one.running.clear()
    one.register()
    await scene.until(lambda: len(scene.deployed) == 3)
    job = await scene.all_running(2)
    assert job["restarts"] == 1
    assert "lost sight of the leader" in job["exceptions"]["entries"][0]["reason"]
    assert scene.provider.dead == []


async def test_attempts_of_a_former_leader_are_ended_before_their_tasks_run_again(scene: Scene) -> None:
    """Never two live attempts: a task that a TaskManager still runs for nobody gets its slot when that has ended."""
    await scene.job_manager()
    epoch = await scene.leading()
    await scene.task_manager("x", 1)
    probe = TestProbe(scene.system)
    scene.dispatcher.tell(RegisterTaskManager(epoch, probe.ref, "y", 1, 1, [["j1", "a[0]", 4, 4, 0]]))
    await probe.expect(TaskManagerRegistered)
    await probe.expect(CancelTask(epoch, "j1", "a[0]", 0))
    await scene.submit(tasks=1)
    await asyncio.sleep(3.0)
    assert scene.deployed == []
    probe.reply(TaskStateChanged(epoch, "j1", "a[0]", 4, "CANCELED"))
    await scene.until(lambda: len(scene.deployed) == 1)


async def test_an_old_epoch_is_refused(scene: Scene) -> None:
    """A TaskManager that follows a former leader is told who leads."""
    await running(scene)
    probe = TestProbe(scene.system)
    scene.dispatcher.tell(RegisterTaskManager(0, probe.ref, "old", 1, 1, []), probe.ref)
    await probe.expect(StaleLeader(0, 1))


async def test_full_failover_restarts_all(scene: Scene) -> None:
    """4.7: `jobmanager.execution.failover-strategy: full` restarts the tasks that had not failed, too."""
    await scene.job_manager(settings=LeaderSettings(failover_strategy=FailoverStrategy.FULL))
    await scene.leading()
    await scene.task_manager("x", 2)
    await scene.submit(strategy=FixedDelay(3, 0.0))
    await scene.all_running(2)
    scene.report("a[0]", "FAILED")
    await scene.until(lambda: len(scene.deployed) == 4)
    assert sorted(key for key in scene.live()) == [("a[0]", 2, "j1"), ("a[1]", 2, "j1")]


async def test_nothing_is_placed_where_a_death_is_suspected(scene: Scene) -> None:
    """Section 8: a task does not go to a TaskManager under suspicion, and goes there when the suspicion has passed."""
    await scene.job_manager()
    await scene.leading()
    await scene.task_manager("x", 2)
    address = scene.inside["x"].ref.path.address
    scene.system.event_stream.publish(NodeSuspected(address, "silent"))
    await scene.submit()
    await asyncio.sleep(1.0)
    assert scene.deployed == []
    assert scene.provider.missing == 2
    scene.system.event_stream.publish(NodeTrusted(address))
    await scene.all_running(2)


async def test_reports_under_another_epoch_are_ignored(scene: Scene) -> None:
    """The same attempt number under a former leader is another attempt."""
    await running(scene)
    one = scene.deployed[0]
    one.job_master.tell(TaskStateChanged(0, "j1", one.task_id, one.attempt, "FAILED"))
    one.job_master.tell(TaskStateChanged(one.epoch, "other", one.task_id, one.attempt, "FAILED"))
    one.job_master.tell(TaskStateChanged(one.epoch, "j1", one.task_id, one.attempt, "NONSENSE"))
    await asyncio.sleep(3.0)
    assert (await scene.job())["exceptions"]["count"] == 0


async def test_of_one_name_there_is_one_though_both_waited_to_be_recorded(scene: Scene) -> None:
    """The former was taken in when its successor had offered itself, and got tasks that were lost (endings 9220135)."""
    await scene.job_manager(pointers=SlowPointers(scene.pointers, 2.0))
    await scene.leading()
    made = [scene.system.spawn(Props(FakeTaskManager, scene, "x", 2), name) for name in ("former", "next")]
    for ref in made:
        await scene.election.driver().start(LeaderFollower(ref, lambda error: None))
        await asyncio.sleep(0.5)
    await scene.until(lambda: scene.inside["x"].ref == made[1] and bool(scene.inside["x"].epochs))
    cluster = await scene.dispatcher.ask(GetCluster())
    assert [one["path"] for one in cluster["task_managers"]] == [str(made[1].path)]
