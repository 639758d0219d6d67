"""Jobs that were set aside are tried again: beside no former task, and not if they have ended."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import Kill
from cluster.leader import second_tries
from cluster.leader.second_tries import Tries
from cluster.model.job_book import JobBook
from cluster.protocol import RetryJob
from cluster.store.places import StorageError
from cluster.store.pointed import Pointer
from tests.cluster.leader.failing import next_leader, running, stored
from tests.cluster.leader.scene import Scene
from tests.cluster.leader.test_keeping_tasks import fall, kept

NOT_YET = {"error": "job j1 still cannot be recovered: its former tasks may not have ended yet"}


async def test_a_former_task_that_may_live_is_waited_for(scene: Scene) -> None:
    """A TaskManager of the former leader is silent: its tasks may run until their lease is over, and nothing beside."""
    await kept(scene)
    checkpoint = await stored(scene, 1)
    handle = Pointer.from_bytes(scene.election.values[f"checkpoints/j1/{checkpoint.checkpoint_id:019d}"]).handle
    scene.acknowledges = False
    bytes_ = await scene.blobs.read(handle)
    await scene.blobs.delete(handle)
    scene.silent = {"x"}
    began = await fall(scene)
    await scene.status("RECOVERY_FAILED")
    await scene.blobs.write(handle.name, bytes_)
    await asyncio.sleep(began + 10.9 - scene.system.loop.time())
    assert await scene.dispatcher.ask(RetryJob("j1")) == NOT_YET
    await asyncio.sleep(1.0)
    assert await scene.dispatcher.ask(RetryJob("j1")) == {"status": "INITIALIZING"}
    scene.inside["x"].running.clear()
    await scene.all_running(2)
    assert len(scene.deployed) == 4


async def test_a_former_task_that_comes_while_the_job_is_read_is_waited_for(scene: Scene) -> None:
    """Whether any may live is asked when all is read, and not before."""

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(scene.jobs, name)

        async def load(self, job_id: str, pointer: bytes | None = None) -> bytes:
            if pointer is None:
                await asyncio.sleep(5.0)
            return await scene.jobs.load(job_id, pointer)

    await running(scene, services={"jobs": Slow()})
    one = scene.inside["x"]
    next(order for order in one.running.values()).job_master.tell(Kill())
    await scene.status("RECOVERY_FAILED")
    await scene.until(lambda: not scene.live())
    asked = asyncio.ensure_future(scene.dispatcher.ask(RetryJob("j1"), timeout=60.0))
    await asyncio.sleep(1.0)
    scene.obeys, scene.stubborn, scene.keeps = False, True, True
    one.running["a[0]", 1, "j1"] = scene.deployed[0]
    one.session += 1
    one.register(one.holdings())
    assert await asked == NOT_YET


async def test_a_job_that_has_ended_does_not_run_again(scene: Scene) -> None:
    """Its result cannot be read, and its record is there still: it is shown as it has ended when the bytes are back."""

    class Uncleanable:
        def __getattr__(self, name: str) -> Any:
            return getattr(scene.checkpoints, name)

        async def discard(self, epoch: int, job_id: str, *, retain: bool = False) -> None:
            raise StorageError("no contact")

    await running(scene, services={"checkpoints": Uncleanable()})
    await scene.job_manager()
    for task_id in ("a[0]", "a[1]"):
        scene.report(task_id, "FINISHED", result=1)
    await scene.status("FINISHED")
    handle = Pointer.from_bytes(scene.election.values["results/j1"]).handle
    bytes_ = await scene.blobs.read(handle)
    await scene.blobs.delete(handle)
    await next_leader(scene)
    await scene.status("RECOVERY_FAILED")
    assert "it has ended, but its result cannot be read" in (await scene.dispatcher.ask(RetryJob("j1")))["error"]
    await asyncio.sleep(1.0)
    assert len(scene.deployed) == 2
    await scene.blobs.write(handle.name, bytes_)
    assert await scene.dispatcher.ask(RetryJob("j1")) == {"status": "FINISHED"}
    assert (await scene.result())["results"] == {"a[0]": 1, "a[1]": 1}
    await asyncio.sleep(1.0)
    assert (await scene.results.job_ids(), await scene.jobs.job_ids()) == ({"j1": True}, [])
    assert len(scene.deployed) == 2


def test_runs_of_jobs_that_are_known_no_more_are_forgotten_the_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A leader that leads for months is asked for any number of jobs; one that waits for its second try is known."""
    monkeypatch.setattr(second_tries, "TRIES_REMEMBERED", 3)
    book = JobBook()
    book.set_aside("waits", "unreadable")
    tries = Tries(book)
    assert [tries.begins(job_id) for job_id in ("waits", "j1", "j2", "j1", "j3", "j4", "j5")] == [0, 0, 0, 1, 0, 0, 0]
    assert [tries.begins(job_id) for job_id in ("j5", "waits", "j1")] == [1, 1, 0]


async def test_a_job_that_is_set_aside_while_it_waits_for_slots_gets_none(scene: Scene) -> None:
    """Nobody would take them: they were given to a master that is gone, which would have ended the leader."""
    await scene.job_manager()
    await scene.leading()
    await scene.task_manager("x", 1)
    await scene.submit(tasks=2)
    await scene.all_running(1)
    scene.deployed[0].job_master.tell(Kill())
    await scene.status("RECOVERY_FAILED")
    await scene.task_manager("y", 4)
    await scene.submit("j2", tasks=4)
    await scene.all_running(4, "j2")
    assert scene.election.epoch == 1
