"""Leaders die: jobs go on from their last checkpoint, with their ids, and end once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import Kill
from cluster.election.driver import ElectionUnavailable
from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.model.restart import FixedDelay, NoRestart
from cluster.protocol import (
    CancelJob,
    DeployTask,
    GetCluster,
    SubmitJob,
)
from cluster.store.blobs import BlobMissing
from cluster.store.places import StorageError
from cluster.store.pointed import Pointer
from tests.cluster.leader.scene import Scene


async def running(
    scene: Scene, tasks: int = 2, interval_s: float | None = 1.0, *, services: dict[str, Any] | None = None, **more: Any
) -> None:
    await scene.job_manager(**(services or {}))
    await scene.leading()
    await scene.task_manager("x", 2)
    await scene.task_manager("y", 2)
    await scene.submit(tasks=tasks, interval_s=interval_s, **more)
    await scene.all_running(tasks)


async def stored(scene: Scene, number: int) -> CompletedCheckpoint:
    """Wait until that checkpoint, or a later one, is stored."""
    for _ in range(10_000):
        latest = (await scene.checkpoints.restorable("j1")).checkpoint
        if latest is not None and latest.checkpoint_id >= number:
            return latest
        await asyncio.sleep(0.01)
    raise AssertionError("no checkpoint")


def restored(order: DeployTask, checkpoint: CompletedCheckpoint) -> bool:
    return bool(order.restore == [checkpoint.checkpoint_id, list(checkpoint.states[order.task_id])])


async def test_a_standby_goes_on_with_all_jobs(scene: Scene) -> None:
    """S4, S26: the leader falls, the next one has all jobs with their ids, from their own last checkpoint."""
    await running(scene)
    await scene.job_manager()
    await scene.submit("j2", tasks=2)
    await scene.all_running(2, "j2")
    checkpoint = await stored(scene, 3)
    before = len(scene.deployed)
    scene.election.revoke()
    await scene.until(lambda: scene.election.info is not None and scene.election.info.epoch == 2)
    await scene.all_running(2, "j1")
    await scene.all_running(2, "j2")
    again = {(one.job_id, one.task_id): one for one in scene.deployed[before:]}
    assert len(again) == 4
    assert all(one.epoch == 2 for one in again.values())
    for index in (0, 1):
        order = again["j1", f"a[{index}]"]
        assert restored(order, checkpoint)
        assert order.attempt == 2
        assert again["j2", f"a[{index}]"].restore is None


async def test_a_leader_s_death_is_no_failure_of_a_job(scene: Scene) -> None:
    """S23, 4.6: it is not counted, so a job without restarts survives it; nothing is waited for."""
    await running(scene, strategy=NoRestart())
    await scene.job_manager()
    await stored(scene, 1)
    scene.election.revoke()
    began = scene.system.loop.time()
    await scene.until(lambda: len(scene.deployed) == 4)
    assert scene.system.loop.time() - began < 1.0
    job = await scene.all_running(2)
    assert (job["restarts"], job["exceptions"]["count"]) == (0, 0)
    assert job["checkpoints"]["restored"]["id"] >= 1


async def test_checkpoint_numbers_rise_over_leaders(scene: Scene) -> None:
    """A number that an old leader has used is not used again."""
    await running(scene)
    await scene.job_manager()
    first = await stored(scene, 2)
    scene.election.revoke()
    await scene.until(lambda: len(scene.deployed) == 4)
    later = await stored(scene, first.checkpoint_id + 1)
    assert later.checkpoint_id > first.checkpoint_id


async def test_a_finished_task_is_not_run_again_by_the_next_leader(scene: Scene) -> None:
    """What the checkpoint carries as finished stays finished, with its result."""
    await running(scene)
    await scene.job_manager()
    scene.report("a[0]", "FINISHED", result=41)
    first = await stored(scene, 1)
    await stored(scene, first.checkpoint_id + 1)
    scene.election.revoke()
    await scene.until(lambda: len(scene.deployed) == 3)
    assert scene.deployed[2].task_id == "a[1]"
    await scene.all_running(1)
    scene.report("a[1]", "FINISHED", result=42)
    assert (await scene.status("FINISHED"))["results"] == {"a[0]": 41, "a[1]": 42}


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


async def test_one_unreadable_job_does_not_stop_the_others(scene: Scene) -> None:
    """Section 8: it is set aside with its reason, untouched; the others run."""
    await running(scene)
    await scene.job_manager()
    await scene.jobs.put(1, "bad", b"rubbish")
    await scene.jobs.put(1, "lost", scene.record("lost"))
    pointer = scene.election.values["jobs/lost"]
    await scene.blobs.delete(Pointer.from_bytes(pointer).handle)
    scene.election.revoke()
    await scene.until(lambda: scene.election.info is not None and scene.election.info.epoch == 2)
    await scene.all_running(2)
    for job_id, reason in (("bad", "cannot be read"), ("lost", "missing")):
        answer = await scene.result(job_id)
        assert answer["status"] == "RECOVERY_FAILED"
        assert reason in answer["error"]
        assert f"jobs/{job_id}" in scene.election.values


async def test_a_job_whose_checkpoint_is_unreadable_is_set_aside(scene: Scene) -> None:
    """FLINK-22502: never an empty start instead of an unreadable state; and the data stays for a repair."""

    class Unreadable:
        def __getattr__(self, name: str) -> Any:
            return getattr(scene.checkpoints, name)

        async def restorable(self, job_id: str) -> Any:
            raise BlobMissing("completed-checkpoints/j1/3-1 is missing")

    await running(scene)
    await stored(scene, 1)
    await scene.job_manager(checkpoints=Unreadable())
    scene.election.revoke()
    await scene.until(lambda: scene.election.info is not None and scene.election.info.epoch == 2)
    answer = await scene.status("RECOVERY_FAILED")
    assert "completed-checkpoints/j1/3-1 is missing" in answer["error"]
    assert len(scene.deployed) == 2
    assert await scene.jobs.job_ids() == ["j1"]


@pytest.mark.parametrize("error", [StorageError("no contact"), ElectionUnavailable("no contact")])
async def test_stores_out_of_reach_let_another_lead(scene: Scene, error: Exception) -> None:
    """Storage down at recovery: this leadership ends, nothing is lost, and who can read leads."""

    class Down:
        def __getattr__(self, name: str) -> Any:
            return getattr(scene.jobs, name)

        async def stored(self) -> dict[str, bytes]:
            raise error

    await running(scene)
    await stored(scene, 1)
    await scene.job_manager(jobs=Down())
    scene.election.revoke()
    await scene.until(lambda: scene.election.info is not None and scene.election.info.epoch > 2)
    await scene.all_running(2)


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


async def test_a_leader_whose_epoch_is_refused_stops(scene: Scene) -> None:
    """I5: the first refused write is followed by no other; the office goes to a new epoch."""
    await running(scene)
    scene.election.epoch = 7  # somebody else leads, and this leader has not heard of it
    await scene.until(lambda: not scene.offices[0].may_act(1))


async def test_nothing_is_done_while_the_office_may_not_act(scene: Scene) -> None:
    """2.8: without contact to the election backend a leader stops acting, forgets nothing, and goes on afterwards."""
    await running(scene, strategy=FixedDelay(3, 0.0))
    scene.offices[0].core.suspended()
    scene.report("a[0]", "FAILED", error="boom")
    await asyncio.sleep(10.0)
    assert len(scene.deployed) == 2
    scene.offices[0].core.resumed()
    await scene.until(lambda: len(scene.deployed) == 3)
    await scene.all_running(2)


async def test_the_timeline_tells_each_failover(scene: Scene) -> None:
    """Who died, by which evidence, when it was known, and when all tasks ran again; it survives its leader."""
    await running(scene)
    scene.kill("x")
    await scene.until(lambda: len(scene.deployed) == 3)
    await scene.all_running(2)
    await scene.job_manager()
    scene.election.revoke()
    await scene.until(lambda: scene.election.info is not None and scene.election.info.epoch == 2)
    await scene.all_running(2)
    first, second = (await scene.dispatcher.ask(GetCluster()))["timeline"]
    assert (first["kind"], first["subject"], first["cause"], first["jobs"]) == ("task-manager", "x", "killed", ["j1"])
    assert first["convicted_at"] <= first["running_at"]
    assert (second["kind"], second["epoch"], second["jobs"], second["waiting"]) == ("leader", 2, ["j1"], [])
    order = [second[name] for name in ("elected_at", "confirmed_at", "recovered_at", "task_managers_at", "running_at")]
    assert order == sorted(order)


async def test_a_job_master_that_breaks_is_set_aside_and_leaves_no_task_behind(scene: Scene) -> None:
    """A defect in one job's master costs the others nothing, and its tasks are ended."""
    await running(scene)
    await scene.submit("j2", tasks=1)
    await scene.all_running(1, "j2")
    master = scene.system.find_local(scene.dispatcher.path.child("job-j1"))
    assert master is not None
    master.tell(Kill())
    assert "its JobMaster broke" in (await scene.status("RECOVERY_FAILED"))["error"]
    await scene.until(lambda: len(scene.live()) == 1)
    assert (await scene.result("j2"))["status"] == "RUNNING"
    assert await scene.jobs.job_ids() == ["j1", "j2"]


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
