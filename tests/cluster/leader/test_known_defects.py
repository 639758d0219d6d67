"""Defects of Flink's high availability that cannot happen here: each ticket as a story that ends well."""

from __future__ import annotations

import asyncio
from typing import Any

from cluster.model.restart import FixedDelay, NoRestart
from cluster.protocol import CancelJob, ListJobs
from runtime import graceful_stop
from tests.cluster.leader.failing import next_leader, restored, running, stored
from tests.cluster.leader.scene import Scene


async def test_a_cancelled_job_does_not_come_back_with_a_former_leader(scene: Scene) -> None:
    """FLINK-10011: a leader that led before, and is still connected, holds no lock on a job that another has ended."""
    await running(scene)
    await scene.job_manager()
    await scene.submit("j2", tasks=1)
    await scene.all_running(1, "j2")
    assert await next_leader(scene) == 2
    await scene.all_running(2)
    await scene.dispatcher.ask(CancelJob("j1"))
    await scene.status("CANCELED")
    assert await next_leader(scene) == 3
    await scene.all_running(1, "j2")
    assert {one["id"]: one["status"] for one in await scene.dispatcher.ask(ListJobs())} == {
        "j1": "CANCELED",
        "j2": "RUNNING",
    }
    assert await scene.jobs.job_ids() == ["j2"]


async def test_leaving_deletes_nothing(scene: Scene) -> None:
    """FLINK-19154, 20219, 25486: a leader that leaves in good order, the last one too, leaves all data for the next."""
    await running(scene)
    latest = await stored(scene, 1)
    before = set(scene.election.values)
    driver = scene.drivers[0]
    scene.offices[0].leave()
    await graceful_stop(scene.contenders[0], timeout=1.0)
    await driver.close()
    await asyncio.sleep(3600.0)
    assert before <= set(scene.election.values)
    await scene.job_manager()
    await scene.leading()
    await scene.all_running(2)
    assert all(restored(order, latest) or order.restore[0] > latest.checkpoint_id for order in scene.deployed[2:])


async def test_leadership_that_is_lost_between_reading_and_running(scene: Scene) -> None:
    """FLINK-9494, 11665: a leader that falls while it reads its jobs starts none of them, whenever the answer comes."""

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(scene.jobs, name)

        async def load(self, job_id: str, pointer: bytes) -> bytes:
            await asyncio.sleep(5.0)
            return await scene.jobs.load(job_id, pointer)

    await running(scene)
    await scene.job_manager(jobs=Slow())
    await scene.job_manager()
    scene.election.revoke()
    await asyncio.sleep(1.0)
    assert scene.election.info is not None
    assert scene.election.info.epoch == 2, "it is shown, and still reads"
    scene.election.revoke()
    await scene.until(lambda: scene.election.info is not None and scene.election.info.epoch == 3)
    await scene.all_running(2)
    await asyncio.sleep(10.0)
    assert {order.epoch for order in scene.deployed} == {1, 3}
    assert scene.election.epoch == 3


async def test_an_outage_costs_one_attempt(scene: Scene) -> None:
    """4.6, and the race of PR 17606: a task that was sent to a TaskManager that is dying too has not failed again."""
    await running(scene, tasks=1, strategy=FixedDelay(attempts=1, delay_s=0.0))
    await scene.task_manager("z", 1)
    scene.runs = False
    for _ in range(2):
        (holder,) = {one.resource_id for one in scene.live().values()}
        count = len(scene.deployed)
        scene.kill(holder)
        await scene.until(lambda count=count: len(scene.deployed) > count)  # type: ignore[misc]
    scene.runs = True
    job = await scene.all_running(1)
    assert job["restarts"] == 1
    assert job["exceptions"]["count"] == 2


async def test_two_outages_cost_two(scene: Scene) -> None:
    """When all tasks have run in between, the next loss is another failure, and counts."""
    await running(scene, tasks=1, strategy=FixedDelay(attempts=1, delay_s=0.0))
    await scene.task_manager("z", 1)
    for _ in range(2):
        (holder,) = {one.resource_id for one in scene.live().values()}
        await scene.all_running(1)
        scene.kill(holder)
        await asyncio.sleep(1.0)
    assert (await scene.result())["status"] == "FAILED"


async def test_a_task_manager_that_leaves_is_no_surprise(scene: Scene) -> None:
    """FLINK-13769, 9456: what the ResourceManager knows of a TaskManager's end, each job knows in the same moment."""
    await running(scene, strategy=FixedDelay(attempts=1, delay_s=0.0))
    began = scene.system.loop.time()
    scene.kill("x")
    await scene.until(lambda: len(scene.deployed) == 3)
    assert scene.system.loop.time() - began < 0.1


async def test_a_job_waits_when_everything_died_at_once(scene: Scene) -> None:
    """Leader and all TaskManagers die together: a job that may not restart waits under the next leader, then runs."""
    await running(scene, strategy=NoRestart())
    await scene.job_manager()
    scene.election.revoke()
    await asyncio.sleep(0)
    for name in ("x", "y"):
        scene.kill(name)
    await scene.until(lambda: scene.election.info is not None and scene.election.info.epoch == 2)
    await asyncio.sleep(60.0)
    assert (await scene.job())["waiting_for"] == ["a[0]", "a[1]"]
    await scene.task_manager("z", 2)
    await scene.all_running(2)
