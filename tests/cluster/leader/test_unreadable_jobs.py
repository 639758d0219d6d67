"""Jobs that a leader cannot read are set aside, and can be retried; checkpoints may rot while it leads."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import Kill
from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.model.restart import FixedDelay
from cluster.protocol import CancelJob, GetCluster, GetResult, RetryJob, TaskStateChanged
from cluster.store.blobs import BlobHandle
from cluster.store.places import StorageError
from cluster.store.pointed import Pointer
from tests.cluster.leader.failing import next_leader, running, stored
from tests.cluster.leader.scene import Scene


async def test_a_job_that_was_set_aside_can_be_retried(scene: Scene) -> None:
    """Section 8.7: RECOVERY_FAILED with the reason until what was wrong is mended; then it runs as itself."""
    await running(scene)
    await scene.job_manager()
    await scene.jobs.put(1, "j2", scene.record("j2", 1))
    handle = Pointer.from_bytes(scene.election.values["jobs/j2"]).handle
    kept = await scene.blobs.read(handle)
    await scene.blobs.delete(handle)
    await next_leader(scene)
    await scene.all_running(2)
    assert "missing" in (await scene.status("RECOVERY_FAILED", "j2"))["error"]
    assert "missing" in (await scene.dispatcher.ask(RetryJob("j2")))["error"]
    assert "nothing to retry" in (await scene.dispatcher.ask(RetryJob("j1")))["error"]
    assert (await scene.dispatcher.ask(RetryJob("j3")))["not_found"]
    await scene.blobs.write(handle.name, kept)
    assert await scene.dispatcher.ask(RetryJob("j2")) == {"status": "INITIALIZING"}
    await scene.all_running(1, "j2")
    await scene.dispatcher.ask(CancelJob("j2"))
    await scene.status("CANCELED", "j2")


async def test_a_job_of_another_release_is_set_aside(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A JobManager of another version refuses what it does not know, names both versions, and keeps the data."""
    await scene.job_manager()
    await scene.job_manager()
    await scene.leading()
    monkeypatch.setattr("cluster.model.job_record.VERSION", 7)
    newer = scene.record("j9", 1)
    monkeypatch.undo()
    await scene.jobs.put(1, "j9", newer)
    await next_leader(scene)
    answer = await scene.status("RECOVERY_FAILED", "j9")
    assert "version 1 was expected, not 7" in answer["error"]
    assert await scene.jobs.load("j9") == newer


async def test_a_retried_job_meets_none_of_its_former_tasks(scene: Scene) -> None:
    """A job whose master broke runs again only when its former tasks have ended, under fresh attempt numbers."""
    await running(scene)
    scene.obeys, scene.stubborn = False, True
    first = list(scene.live())
    master = next(child for child in scene.live()[first[0]].running.values()).job_master
    master.tell(Kill())
    await scene.status("RECOVERY_FAILED")
    await asyncio.sleep(30.0)
    refused = "job j1 still cannot be recovered: its former tasks may not have ended yet"
    assert await scene.dispatcher.ask(RetryJob("j1")) == {"error": refused}
    assert len(scene.deployed) == 2
    scene.end_all_for_the_leader()
    await asyncio.sleep(0.1)
    assert await scene.dispatcher.ask(RetryJob("j1")) == {"status": "INITIALIZING"}
    await scene.all_running(2)
    assert {(order.task_id, order.attempt) for order in scene.deployed[2:]} == {
        ("a[0]", 1_000_001),
        ("a[1]", 1_000_001),
    }


async def test_an_older_checkpoint_takes_the_place_of_an_unreadable_one(scene: Scene) -> None:
    """The job runs from the one before, and the reason is shown with the job."""
    scene.checkpoints._retained = 2
    await running(scene)
    latest = await stored(scene, 3)
    handle = Pointer.from_bytes(scene.election.values[f"checkpoints/j1/{latest.checkpoint_id:019d}"]).handle
    scene.acknowledges = False
    await scene.blobs.delete(handle)
    await scene.job_manager()
    await next_leader(scene)
    job = await scene.all_running(2)
    assert job["checkpoints"]["restored"]["id"] == latest.checkpoint_id - 1
    assert "missing" in job["checkpoints"]["skipped"][str(latest.checkpoint_id)]
    assert (await scene.dispatcher.ask(GetResult("j1")))["status"] == "RUNNING"


async def rot(scene: Scene, checkpoint: CompletedCheckpoint, task_id: str) -> None:
    """The state of a task is gone; its process dies, and the next cannot begin."""
    scene.acknowledges = scene.runs = False
    await scene.blobs.delete(BlobHandle(*checkpoint.states[task_id]))
    before = len(scene.deployed)
    scene.report(task_id, "FAILED", error="killed")
    await scene.until(lambda: len(scene.deployed) == before + 1)
    scene.report(task_id, "FAILED", error="its state is missing")


async def test_a_leader_goes_on_from_an_older_checkpoint_when_the_newest_rots(scene: Scene) -> None:
    """Else it would run the task from the same bytes until the job has failed; the reason is shown with the job."""
    scene.checkpoints._retained = 2
    await running(scene, strategy=FixedDelay(1, 1.0))
    latest = await stored(scene, 3)
    await rot(scene, latest, "a[0]")
    await scene.until(lambda: len(scene.deployed) == 4)
    restore = scene.deployed[-1].restore
    assert restore is not None
    assert restore[0] == latest.checkpoint_id - 1
    scene.acknowledges = scene.runs = True
    for key, one in list(scene.live().items()):
        one.report(one.running[key], "RUNNING")
    job = await scene.all_running(2)
    assert "missing" in job["checkpoints"]["skipped"][str(latest.checkpoint_id)]
    assert (await stored(scene, latest.checkpoint_id + 1)).checkpoint_id > latest.checkpoint_id


async def test_a_job_none_of_whose_checkpoints_can_be_read_is_set_aside_and_not_failed(scene: Scene) -> None:
    """As if its leader had changed: nothing of it is touched, so that it can be tried again when they are back."""
    await running(scene, strategy=FixedDelay(1, 1.0))
    latest = await stored(scene, 3)
    await rot(scene, latest, "a[0]")
    answer = await scene.status("RECOVERY_FAILED")
    assert "its checkpoint cannot be read" in answer["error"]
    assert await scene.jobs.job_ids() == ["j1"]
    assert [key for key in scene.election.values if key.startswith("checkpoints/")]


@pytest.mark.parametrize("end", ["CANCELED", "FAILED"])
async def test_a_job_that_ends_meanwhile_needs_none_of_its_checkpoints(scene: Scene, end: str) -> None:
    """It is cancelled, or fails for good, while the store looks at them: that none can be read changes nothing."""
    looking = asyncio.Event()

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(scene.checkpoints, name)

        async def restorable(self, job_id: str) -> Any:
            if scene.deployed:
                looking.set()
                await asyncio.sleep(1.0)
            return await scene.checkpoints.restorable(job_id)

    await running(scene, 3, strategy=FixedDelay(3, 1.0), services={"checkpoints": Slow()})
    latest = await stored(scene, 1)
    scene.obeys, scene.stubborn = False, True
    await rot(scene, latest, "a[0]")
    await looking.wait()
    if end == "CANCELED":
        await scene.dispatcher.ask(CancelJob("j1"))
    else:
        scene.report("a[1]", "FAILED", error="hopeless", recoverable=False)
    await asyncio.sleep(3.0)
    for task, _, _ in list(scene.live()):
        scene.report(task, "CANCELED")
    await scene.status(end, limit_s=10.0)


async def test_a_disk_that_is_away_says_nothing_of_a_checkpoint(scene: Scene) -> None:
    """A start that fails meanwhile is a failure like any other, and so is one whose state is whole."""

    class Away:
        def __init__(self) -> None:
            self.looks = 0

        def __getattr__(self, name: str) -> Any:
            return getattr(scene.checkpoints, name)

        async def restorable(self, job_id: str) -> Any:
            self.looks += 1
            if self.looks == 2:
                raise StorageError("away")
            return await scene.checkpoints.restorable(job_id)

    checkpoints = Away()
    await running(scene, strategy=FixedDelay(3, 1.0), services={"checkpoints": checkpoints})
    await stored(scene, 1)
    scene.runs = False
    scene.report("a[0]", "FAILED", error="killed")
    for attempt in (2, 3, 4):
        await scene.until(lambda attempt=attempt: scene.deployed[-1].attempt == attempt)  # type: ignore[misc]
        scene.report("a[0]", "FAILED", error="it does not begin")
    assert "it does not begin" in (await scene.status("FAILED"))["error"]
    assert checkpoints.looks == 4


async def broken_master(scene: Scene) -> None:
    """The master of a job breaks, and the orders to end its tasks are lost."""
    await running(scene)
    scene.obeys, scene.stubborn = False, True
    next(order for one in scene.inside.values() for order in one.running.values()).job_master.tell(Kill())
    await scene.status("RECOVERY_FAILED")
    for one in scene.inside.values():
        one.unreported.clear()


async def test_a_lost_order_to_end_a_task_without_master_is_said_again(scene: Scene) -> None:
    """It kept its slot, and its job from being tried again, for as long as that leader led (endings 9120508)."""
    await broken_master(scene)
    scene.obeys = True
    await asyncio.sleep(3.0)
    assert not scene.live()
    assert await scene.dispatcher.ask(RetryJob("j1")) == {"status": "INITIALIZING"}
    await scene.all_running(2)


async def test_a_second_answer_about_a_task_without_master_frees_no_slot(scene: Scene) -> None:
    """Who is told twice may answer twice: by then its slot may have the next attempt."""
    await broken_master(scene)
    await asyncio.sleep(3.0)
    late = [(one, tuple(one.unreported)) for one in scene.inside.values()]
    scene.end_all_for_the_leader()
    await asyncio.sleep(0.1)
    scene.obeys = True
    await scene.dispatcher.ask(RetryJob("j1"))
    await scene.all_running(2)
    for one, unreported in late:
        for epoch, (task_id, attempt, job_id), asker in unreported:
            asker.tell(TaskStateChanged(epoch, job_id, task_id, attempt, "CANCELED"), one.ref)
    described = await scene.dispatcher.ask(GetCluster())
    assert sum(len(one["tasks"]) for one in described["task_managers"]) == 2
