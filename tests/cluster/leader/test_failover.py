"""Leaders die: jobs go on from their last checkpoint, with their ids, and end once."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from actors import Kill
from cluster.election.driver import ElectionUnavailable
from cluster.leader.timeline_keeper import KEY, read_timeline
from cluster.model.restart import FixedDelay, NoRestart
from cluster.protocol import (
    GetCluster,
)
from cluster.store.blobs import BlobMissing
from cluster.store.places import StorageError
from cluster.store.pointed import Pointer
from tests.cluster.leader.failing import restored, running, stored
from tests.cluster.leader.scene import Scene


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


async def test_a_failover_is_written_although_nothing_happens_after_it(scene: Scene) -> None:
    """The election may be out of reach until it is over: the next leader is to know of it all the same."""

    async def put(key: str, *more: Any) -> None:
        if key == KEY and is_out:
            raise ElectionUnavailable("not now")
        await scene.pointers.put(key, *more)

    is_out = True
    pointers = SimpleNamespace(put=put, get=scene.pointers.get)
    await running(scene, strategy=FixedDelay(3, 1.0), services={"pointers": pointers})
    scene.kill("x")
    await scene.until(lambda: len(scene.deployed) == 3)
    await scene.all_running(2)
    is_out = False
    await asyncio.sleep(20.0)
    (failover,) = (await read_timeline(scene.pointers)).records
    assert failover.subject == "x"
    assert failover.running_at is not None


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
