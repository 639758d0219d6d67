"""Leaders die around the end of a job: it ends once, and its result is there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import AskTimeout, Kill
from cluster.model.restart import NoRestart
from cluster.protocol import CancelJob, RetryJob, SubmitJob
from cluster.store.places import StorageError
from tests.cluster.leader.failing import running, stored
from tests.cluster.leader.scene import Scene


async def test_an_ended_job_is_never_run_again(scene: Scene) -> None:
    """2.10: the next leader shows its result and runs nothing; so does the one after a crash before the cleaning."""
    await running(scene)
    await scene.job_manager()
    for task_id in ("a[0]", "a[1]"):
        scene.report(task_id, "FINISHED", result=1)
    await scene.status("FINISHED")
    epoch = scene.election.epoch
    await scene.jobs.put(epoch, "j1", scene.record("j1"))  # as if the old leader had not come to removing it
    await scene.results.create_dirty(epoch, "j1", (await scene.results.get("j1")) or b"")
    scene.election.revoke()
    await scene.until(lambda: scene.election.info is not None and scene.election.info.epoch == 2)
    await asyncio.sleep(2.0)
    assert (await scene.result())["results"] == {"a[0]": 1, "a[1]": 1}
    assert len(scene.deployed) == 2
    assert await scene.jobs.job_ids() == []
    assert await scene.results.job_ids() == {"j1": True}


async def test_a_result_that_cannot_be_stored_ends_the_leadership_not_the_job(scene: Scene) -> None:
    """Result store not writable at job end: the next leader runs the job from its last checkpoint to its end."""

    class Down:
        def __getattr__(self, name: str) -> Any:
            return getattr(scene.results, name)

        async def create_dirty(self, epoch: int, job_id: str, result: bytes) -> None:
            raise StorageError("disk full")

    await scene.job_manager(results=Down())
    await scene.leading()
    await scene.job_manager()
    await scene.task_manager("x", 2)
    await scene.submit(tasks=1, interval_s=1.0)
    await scene.all_running(1)
    await stored(scene, 1)
    scene.report("a[0]", "FINISHED", result=1)
    await scene.until(lambda: len(scene.deployed) == 2)
    await scene.all_running(1)
    scene.report("a[0]", "FINISHED", result=1)
    assert (await scene.status("FINISHED"))["results"] == {"a[0]": 1}


async def test_a_result_that_cannot_be_read_now_is_read_later(scene: Scene) -> None:
    """A disk that is away while a leader takes over makes no ended job unreadable: who asks waits for the disk."""

    class Away:
        def __init__(self) -> None:
            self.times = 3

        def __getattr__(self, name: str) -> Any:
            return getattr(scene.results, name)

        async def get(self, job_id: str) -> bytes | None:
            self.times -= 1
            if self.times >= 0:
                raise StorageError("away")
            return await scene.results.get(job_id)

    await running(scene, strategy=NoRestart())
    await scene.dispatcher.ask(CancelJob("j1"))
    await scene.status("CANCELED")
    away = Away()
    await scene.job_manager(results=away)
    scene.election.revoke()
    await scene.until(lambda: away.times < 0)
    assert (await scene.result())["status"] == "CANCELED"


async def test_many_ended_jobs_do_not_delay_the_next_leader(scene: Scene) -> None:
    """What runs is read first; who asks for an ended job meanwhile is answered when its result was read."""

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(scene.results, name)

        async def get(self, job_id: str) -> bytes | None:
            await asyncio.sleep(30.0)
            return await scene.results.get(job_id) if job_id == "old" else b"rubbish"

    await running(scene, strategy=NoRestart())
    await scene.submit("old", tasks=1)
    await scene.dispatcher.ask(CancelJob("old"))
    await scene.status("CANCELED", "old")
    await scene.results.create_dirty(1, "odd", b"rubbish")
    await scene.job_manager(results=Slow())
    began, deployed = scene.system.loop.time(), len(scene.deployed)
    scene.election.revoke()
    await scene.until(lambda: len(scene.deployed) == deployed + 2)
    assert scene.system.loop.time() - began < 1.0
    assert await scene.dispatcher.ask(SubmitJob("old", scene.record("old", 1)), timeout=90.0) == {"job_id": "old"}
    assert (await scene.result("old"))["status"] == "CANCELED"
    assert "result cannot be read" in (await scene.result("odd"))["error"]
    assert await scene.jobs.job_ids() == ["j1"]


async def test_a_master_that_breaks_when_its_job_has_ended_changes_nothing(scene: Scene) -> None:
    """Its result is on its way into the store: the job is not set aside, for it would run again if it was retried."""

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(scene.results, name)

        async def create_dirty(self, *what: Any) -> None:
            await asyncio.sleep(5.0)
            await scene.results.create_dirty(*what)

    await running(scene, tasks=1, services={"results": Slow()})
    master = scene.deployed[0].job_master
    scene.report("a[0]", "FINISHED", result=1)
    await asyncio.sleep(1.0)
    master.tell(Kill())
    await asyncio.sleep(1.0)
    assert (await scene.result())["status"] == "RUNNING"
    assert "nothing to retry" in (await scene.dispatcher.ask(RetryJob("j1")))["error"]
    assert (await scene.job())["tasks"][0]["state"] == "FINISHED"
    with pytest.raises(AskTimeout):
        await scene.dispatcher.ask(CancelJob("j1"), timeout=1.0)
    assert (await scene.status("FINISHED"))["results"] == {"a[0]": 1}
    await asyncio.sleep(1.0)
    assert (await scene.results.job_ids(), await scene.jobs.job_ids()) == ({"j1": True}, [])
    assert len(scene.deployed) == 1
