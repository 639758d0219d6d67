"""`jobmanager.failover.tasks: keep`: tasks go on through the death of their leader, and the next one adopts them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from cluster.leader.member_record import read_members
from cluster.leader.services import LeaderSettings
from cluster.model.restart import NoRestart
from cluster.protocol import CancelJob, GetCluster
from tests.cluster.leader.failing import running, stored
from tests.cluster.leader.scene import Scene

KEEP = LeaderSettings(keeps_tasks=True)


async def kept(scene: Scene, tasks: int = 2, **more: Any) -> None:
    """A job that runs, with a standby; nothing may restart unless it is said so."""
    scene.keeps = True
    scene.lease_s = 10.0
    await running(scene, tasks, services={"settings": KEEP}, **{"strategy": NoRestart(), **more})
    await scene.job_manager(settings=KEEP)


async def fall(scene: Scene, *killing: str) -> float:
    """The leader falls, TaskManagers with it; when the next one is confirmed."""
    epoch = scene.election.epoch
    scene.election.revoke()
    await scene.until(lambda: scene.election.info is None)
    await asyncio.sleep(0)  # it has heard so
    for name in killing:
        scene.kill(name)
    await scene.until(lambda: scene.election.info is not None and scene.election.info.epoch > epoch)
    return scene.system.loop.time()


async def test_no_task_is_restarted(scene: Scene) -> None:
    """Section 8.10: every attempt goes on where it is; its job runs for the next leader at once, under its numbers."""
    await kept(scene)
    before = scene.live()
    began = await fall(scene)
    job = await scene.all_running(2)
    assert scene.live().keys() == before.keys()
    assert len(scene.deployed) == 2
    assert job["restarts"] == 0
    assert [one["attempt"] for one in job["tasks"]] == [1, 1]
    assert scene.system.loop.time() - began < 0.1
    assert scene.provider.missing == 0


async def test_checkpoints_go_on_with_higher_numbers(scene: Scene) -> None:
    """The next leader's checkpoints are taken of the same attempts, and a later failure restores the newest."""
    await kept(scene, strategy=None)
    await stored(scene, 2)
    await fall(scene)
    await scene.all_running(2)
    latest = await stored(scene, 4)
    assert latest.attempts == {"a[0]": 1, "a[1]": 1}
    scene.report("a[0]", "FAILED", error="x")
    await scene.until(lambda: len(scene.deployed) == 3)
    assert scene.deployed[-1].attempt == 2
    assert scene.deployed[-1].restore[0] >= latest.checkpoint_id


async def test_results_of_the_time_between_are_reported_once(scene: Scene) -> None:
    """A task that finishes while nobody leads is finished for the next leader, with its result, and runs no more."""
    await kept(scene, interval_s=None)
    scene.silent = {"x", "y"}
    await fall(scene)
    scene.report("a[0]", "FINISHED", result=41)
    scene.silent = set()
    await fall(scene)
    await scene.all_running(1)
    scene.report("a[1]", "FINISHED", result=1)
    answer = await scene.status("FINISHED")
    assert answer["results"] == {"a[0]": 41, "a[1]": 1}
    assert len(scene.deployed) == 2


async def test_a_failure_of_the_time_between_counts(scene: Scene) -> None:
    """What failed while nobody led has failed for the next leader, as the restart strategy says."""
    await kept(scene, strategy=None)
    scene.silent = {"x", "y"}
    await fall(scene)
    scene.report("a[0]", "FAILED", error="boom")
    scene.silent = set()
    await fall(scene)
    job = await scene.all_running(2)
    assert job["restarts"] == 1
    assert [(order.task_id, order.attempt) for order in scene.deployed[2:]] == [("a[0]", 2)]


async def test_only_what_is_missing_is_started(scene: Scene) -> None:
    """A TaskManager that died with the leader, for certain, is not waited for; no attempt of the job is used up."""
    await kept(scene, strategy=NoRestart())
    began = await fall(scene, "x")
    await scene.all_running(2)
    assert scene.system.loop.time() - began < 1.0
    assert [order.epoch for order in scene.deployed] == [1, 1, 2]


async def test_a_silent_task_manager_is_waited_for(scene: Scene) -> None:
    """Its tasks may run, so nothing takes their place before their lease is over; then only they are started anew."""
    await kept(scene, strategy=NoRestart())
    scene.silent = {"x"}
    (lost,) = [key for key, one in scene.live().items() if one.resource_id == "x"]
    began = await fall(scene)
    await scene.until(lambda: len(scene.deployed) > 2)
    assert 11.0 <= scene.system.loop.time() - began < 11.5
    assert [order.task_id for order in scene.deployed[2:]] == [lost[0]]
    assert (await read_members(scene.pointers)).keys() == {str(scene.inside["y"].ref.path)}


async def test_who_died_between_two_leaders_is_recorded_no_more(scene: Scene) -> None:
    """The next leader hears of it for certain; the one after that has nobody to look for (`late 950001`)."""
    await kept(scene)
    died = str(scene.inside["x"].ref.path)
    assert died in await read_members(scene.pointers)
    await fall(scene, "x")
    await scene.all_running(2)
    assert died not in await read_members(scene.pointers)


async def test_one_that_comes_back_in_time_keeps_its_tasks(scene: Scene) -> None:
    """Until the wait is over whatever returns is adopted."""
    await kept(scene)
    scene.silent = {"x"}
    await fall(scene)
    await asyncio.sleep(9.0)
    one = scene.inside["x"]
    one.leader = scene.election.info
    one.register(one.holdings())
    await scene.all_running(2)
    assert len(scene.deployed) == 2


async def test_one_that_comes_back_too_late_is_ended_first(scene: Scene) -> None:
    """Its task has been given to another; what it still runs is ended, and never counted as the task's end."""
    await kept(scene)
    scene.silent = {"x"}
    (lost,) = [key for key, one in scene.live().items() if one.resource_id == "x"]
    await fall(scene)
    await scene.all_running(2)
    one = scene.inside["x"]
    one.leader = scene.election.info
    one.register(one.holdings())
    await scene.until(lambda: not one.running)
    await asyncio.sleep(1.0)
    job = await scene.all_running(2)
    assert [order.task_id for order in scene.deployed[2:]] == [lost[0]]
    assert job["restarts"] == 0


async def test_what_a_dead_task_manager_has_brought_is_not_adopted(scene: Scene) -> None:
    """It dies before its jobs are read: they hear nothing of its attempts, which would never end (seed 900132)."""

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(scene.checkpoints, name)

        async def restorable(self, job_id: str) -> Any:
            await asyncio.sleep(2.0)
            return await scene.checkpoints.restorable(job_id)

    scene.keeps, scene.lease_s = True, 10.0
    await running(scene, 2, services={"settings": KEEP}, strategy=NoRestart())
    await scene.job_manager(settings=KEEP, checkpoints=Slow())
    scene.report("a[0]", "FINISHED", result=41)
    await fall(scene)
    await scene.until(lambda: all(one.epochs[-1] == 2 for one in scene.inside.values()))
    scene.kill("x")
    scene.kill("y")
    await scene.task_manager("z", 2)
    job = await scene.all_running(2)
    assert (scene.adopted, job["restarts"]) == ([], 0)


async def test_who_may_not_act_renews_no_lease_by_repeating_an_answer(scene: Scene) -> None:
    """An offer that comes again is answered by a leader: the next one may have begun to wait for the lease."""
    await kept(scene)
    one = scene.inside["x"]
    one.register(one.holdings())
    await scene.until(lambda: len(one.answers) == 2)
    scene.offices[0].core.suspended()
    one.register(one.holdings())
    await asyncio.sleep(1.0)
    assert len(one.answers) == 2


async def test_two_failovers_in_a_row(scene: Scene) -> None:
    """The next leader falls before it has adopted anything, and the one after it when it has: nothing restarts."""
    await kept(scene)
    await scene.job_manager(settings=KEEP)
    scene.election.revoke()
    await asyncio.sleep(0.001)
    scene.election.revoke()
    await scene.until(lambda: scene.election.info is not None)
    await scene.all_running(2)
    await fall(scene)
    await scene.all_running(2)
    await fall(scene)
    job = await scene.all_running(2)
    assert len(scene.deployed) == 2
    assert job["restarts"] == 0


async def test_of_two_attempts_the_younger_goes_on(scene: Scene) -> None:
    """A leader that had lost sight of one has started another: the next one ends the older, whatever their numbers."""
    await kept(scene)
    one = scene.inside["x"]
    key = next(key for key in one.running)
    one.origins[key] = 0
    other = scene.inside["y"]
    younger = (key[0], 1, key[2])
    other.running[younger] = replace(one.running[key], slot=1)
    other.origins[younger] = 1
    await fall(scene)
    await scene.all_running(2)
    await scene.until(lambda: key not in one.running)
    assert younger in other.running
    assert len(scene.deployed) == 2


async def test_what_a_job_has_disowned_ends_although_the_job_has_ended(scene: Scene) -> None:
    """The order to end it was lost, and the job has ended since: it is told again, and its slot is taken until then."""
    await kept(scene, interval_s=None)
    one, other = scene.inside["x"], scene.inside["y"]
    key = next(key for key in one.running)
    one.origins[key] = 0
    younger = (key[0], 1, key[2])
    other.running[younger] = replace(one.running[key], slot=1)
    other.origins[younger] = 1
    scene.obeys = False
    await fall(scene)
    await scene.until(lambda: bool(one.unreported))
    for order in list(other.running.values()):
        other.report(order, "FINISHED")
    await scene.status("FINISHED")
    assert (await scene.dispatcher.ask(GetCluster()))["slots_free"] == 3
    one.unreported.clear()
    scene.obeys = True
    await scene.until(lambda: not one.running, 3.0)
    await asyncio.sleep(0)
    assert (await scene.dispatcher.ask(GetCluster()))["slots_free"] == 4


async def test_a_job_that_is_cancelled_meanwhile_ends_with_its_tasks(scene: Scene) -> None:
    """The order to cancel waits until it is known what runs; then all of it is ended."""
    await kept(scene)
    scene.silent = {"x"}
    await fall(scene)
    await scene.dispatcher.ask(CancelJob("j1"))
    await asyncio.sleep(1.0)
    assert len(scene.live()) == 2
    scene.silent = set()
    one = scene.inside["x"]
    one.leader = scene.election.info
    one.register(one.holdings())
    await scene.status("CANCELED")
    assert scene.live() == {}


async def test_the_leader_comes_back(scene: Scene) -> None:
    """A leader that loses its office and gets it again under another epoch adopts its own tasks."""
    scene.keeps = True
    scene.lease_s = 10.0
    await running(scene, strategy=NoRestart(), services={"settings": KEEP})
    await fall(scene)
    await scene.all_running(2)
    assert len(scene.deployed) == 2
    assert {order.epoch for order in scene.adopted} == {2}


async def test_tasks_of_jobs_that_have_ended_are_ended(scene: Scene) -> None:
    """What a TaskManager holds of a job that is none any more goes, and its slot is free again."""
    await kept(scene)
    scene.silent = {"x", "y"}
    await fall(scene)
    result = b"no matter"
    await scene.results.create_dirty(scene.election.epoch, "j1", result)
    scene.silent = set()
    await fall(scene)
    await scene.until(lambda: scene.live() == {})
    await scene.submit("j2", tasks=4)
    await scene.all_running(4, "j2")


async def test_without_keep_nothing_starts_before_the_former_tasks_are_gone(scene: Scene) -> None:
    """With `restart` too, what does not come back is waited for until its lease is over (`flink-ha` S10)."""
    scene.lease_s = 3.0
    await running(scene, strategy=NoRestart())
    await scene.job_manager()
    scene.silent = {"x"}
    began = await fall(scene)
    await scene.until(lambda: len(scene.deployed) > 2)
    assert 3.3 <= scene.system.loop.time() - began < 3.6
    await scene.all_running(2)
