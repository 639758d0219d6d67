"""Jobs that have ended: shown for a time, over leaders too, and cleaned up behind."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from cluster.leader.services import LeaderSettings
from cluster.model.cleanup import CleanupRetry
from cluster.model.restart import NoRestart
from cluster.protocol import CancelJob, DropRetained, GetCluster, ListJobs, SubmitJob
from cluster.simulation.misfits import too_much_for
from cluster.store.places import StorageError
from tests.cluster.leader.failing import next_leader, running, stored
from tests.cluster.leader.scene import Scene


async def ended(scene: Scene, job_id: str) -> None:
    """Submit a job and cancel it."""
    await scene.submit(job_id, tasks=1)
    await scene.dispatcher.ask(CancelJob(job_id))
    await scene.status("CANCELED", job_id)


async def test_the_next_leader_cleans_up_when_who_did_so_broke(scene: Scene) -> None:
    """Nobody else under that leader would: what is left of jobs that have ended would stay as long as it leads."""
    for _ in range(2):
        await scene.job_manager()
    await scene.leading()
    epoch = scene.election.epoch
    cleaner = scene.system.ref_for(scene.dispatcher.path.child("job-cleaner"))
    cleaner.tell(too_much_for(cleaner))
    await scene.until(lambda: scene.election.info is not None and scene.election.info.epoch > epoch)
    await ended(scene, "j")
    await asyncio.sleep(1.0)
    assert await scene.results.job_ids() == {"j": True}


async def known(scene: Scene) -> list[str]:
    return [one["id"] for one in await scene.dispatcher.ask(ListJobs())]


async def test_ended_jobs_are_remembered_over_leaders_and_then_forgotten(scene: Scene) -> None:
    """Section 8.11: the history outlives its leader, and goes after `jobstore.expiration-time`, bytes and all."""
    settings = LeaderSettings(ended_jobs_kept_s=100.0)
    for _ in range(2):
        await scene.job_manager(settings=settings)
    await scene.leading()
    await ended(scene, "old")
    await next_leader(scene)
    await ended(scene, "new")
    assert (await scene.result("old"))["status"] == "CANCELED"
    await asyncio.sleep(50.0)
    assert sorted(await known(scene)) == ["new", "old"]
    await asyncio.sleep(70.0)
    assert await known(scene) == []
    assert await scene.results.job_ids() == {}
    assert scene.blobs._place._kept == {}  # type: ignore[attr-defined]


class Reading:
    """A store of results that takes its time, or is out of reach at first; `reads` is what it is asked for."""

    def __init__(self, scene: Scene, takes_s: float, refuses: int) -> None:
        self.scene, self.takes_s, self.refuses, self.reads = scene, takes_s, refuses, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.scene.results, name)

    async def get(self, job_id: str) -> bytes | None:
        self.reads += 1
        refused = self.reads <= self.refuses
        await asyncio.sleep(self.takes_s)
        if refused:
            raise StorageError("away")
        return await self.scene.results.get(job_id)


async def test_a_list_has_the_ended_jobs_too_right_after_a_takeover(scene: Scene) -> None:
    """It waits until their results are read, several at a time; the cluster is described meanwhile."""
    await scene.job_manager()
    await scene.leading()
    names = [f"j{number:02}" for number in range(20)]
    for name in names:
        await ended(scene, name)
    results = Reading(scene, 2.0, 0)
    await scene.job_manager(results=results)
    await next_leader(scene)
    began = scene.system.loop.time()
    assert (await scene.dispatcher.ask(GetCluster()))["jobs"] == []
    assert scene.system.loop.time() - began < 0.1
    listed = await scene.dispatcher.ask(ListJobs(), timeout=60.0)
    assert sorted((one["id"], one["status"]) for one in listed) == [(name, "CANCELED") for name in names]
    assert 3.9 < scene.system.loop.time() - began < 4.1


async def test_a_list_names_ended_jobs_whose_results_are_out_of_reach(scene: Scene) -> None:
    """They are shown with the reason, and as they have ended when the store is back; nobody waits for that."""
    await scene.job_manager()
    await scene.leading()
    await ended(scene, "old")
    await scene.job_manager(results=Reading(scene, 0.0, 1))
    await next_leader(scene)
    (job,) = await scene.dispatcher.ask(ListJobs())
    assert (job["id"], job["status"]) == ("old", "RECOVERY_FAILED")
    assert job["reason"] == "it has ended; its result cannot be read yet"
    await scene.status("CANCELED", "old")
    (job,) = await scene.dispatcher.ask(ListJobs())
    assert job["status"] == "CANCELED"


async def test_a_wall_clock_that_jumps_changes_nothing(scene: Scene) -> None:
    """Wall time is for people: a year forward or back forgets no ended job, and restarts, expires and fails nothing."""
    await running(scene, services={"settings": LeaderSettings(ended_jobs_kept_s=100.0)})
    await ended(scene, "old")
    for jump_s in (3e7, -3e7):
        scene.jump_s = jump_s
        await asyncio.sleep(30.0)
        assert sorted(await known(scene)) == ["j1", "old"]
    job = await scene.job()
    assert (job["status"], job["restarts"], job["checkpoints"]["failed"]) == ("RUNNING", 0, 0)


async def test_only_so_many_ended_jobs_are_remembered(scene: Scene) -> None:
    """`jobstore.max-capacity`: the oldest go first."""
    await scene.job_manager(settings=LeaderSettings(ended_jobs_kept=2))
    await scene.leading()
    for job_id in ("a", "b", "c", "d"):
        await ended(scene, job_id)
    await asyncio.sleep(20.0)
    assert await known(scene) == ["c", "d"]
    assert list(await scene.results.job_ids()) == ["c", "d"]


async def test_results_can_be_kept_for_ever(scene: Scene) -> None:
    """`job-result-store.delete-on-commit: false`: no result is ever deleted."""
    await scene.job_manager(settings=LeaderSettings(ended_jobs_kept=0, ended_jobs_kept_s=None))
    await scene.leading()
    await ended(scene, "old")
    await asyncio.sleep(80_000.0)
    assert await known(scene) == ["old"]


async def test_another_job_cannot_take_an_id(scene: Scene) -> None:
    """The same submission is accepted once, in its life and after its end; another one under its id is refused."""
    await running(scene)
    other = SubmitJob("j1", scene.record("j1", 1))
    assert "another job" in (await scene.dispatcher.ask(other))["error"]
    await scene.dispatcher.ask(CancelJob("j1"))
    await scene.status("CANCELED")
    assert "another job" in (await scene.dispatcher.ask(other))["error"]
    await next_leader(scene)
    assert "another job" in (await scene.dispatcher.ask(other))["error"]
    assert await scene.dispatcher.ask(SubmitJob("j1", scene.record("j1", 2, 1.0))) == {"job_id": "j1"}
    assert len(scene.deployed) == 2


# --- cleaning up ------------------------------------------------------------------------------------------------------


class Uncleanable:
    """A checkpoint store that cannot delete until it is let."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.tried_at: list[float] = []
        self.works = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.scene.checkpoints, name)

    async def discard(self, epoch: int, job_id: str, *, retain: bool = False) -> None:
        self.tried_at.append(self.scene.system.loop.time())
        if not self.works:
            raise StorageError("no contact")
        await self.scene.checkpoints.discard(epoch, job_id, retain=retain)


async def test_cleaning_is_repeated(scene: Scene) -> None:
    """`cleanup-strategy`: exponential from 1 s to 1 h, for ever; the job is shown as ended meanwhile."""
    checkpoints = Uncleanable(scene)
    await scene.job_manager(checkpoints=checkpoints, settings=LeaderSettings(ended_jobs_kept_s=1.0))
    await scene.leading()
    await ended(scene, "j")
    await asyncio.sleep(19_000.0)
    times = checkpoints.tried_at
    waits = [round(later - earlier) for earlier, later in itertools.pairwise(times)]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, *[3600] * 4]
    assert (await scene.result("j"))["status"] == "CANCELED"
    assert await scene.jobs.job_ids() == ["j"]
    checkpoints.works = True
    await asyncio.sleep(3700.0)
    assert await scene.jobs.job_ids() == []
    assert await known(scene) == []


async def test_cleaning_that_is_given_up_is_begun_by_the_next_leader(scene: Scene) -> None:
    """FLINK-26652: with `cleanup-strategy: none` the result stays dirty; the next leader cleans, and runs nothing."""
    checkpoints = Uncleanable(scene)
    await scene.job_manager(checkpoints=checkpoints, settings=LeaderSettings(cleanup=CleanupRetry(0.0, 0.0, 0)))
    await scene.job_manager()
    await scene.leading()
    await ended(scene, "j")
    await asyncio.sleep(10_000.0)
    assert len(checkpoints.tried_at) == 1
    assert await scene.results.job_ids() == {"j": False}
    await next_leader(scene)
    await asyncio.sleep(1.0)
    assert await scene.results.job_ids() == {"j": True}
    assert await scene.jobs.job_ids() == []


@pytest.mark.parametrize(
    ("status", "settings", "kept"),
    [
        ("CANCELED", LeaderSettings(retains_on_cancel=True, retains_on_failure=True), True),
        ("CANCELED", LeaderSettings(retains_on_failure=True), False),
        ("FAILED", LeaderSettings(retains_on_failure=True), True),
        ("FAILED", LeaderSettings(), False),
        ("FINISHED", LeaderSettings(retains_on_cancel=True, retains_on_failure=True), False),
    ],
)
async def test_checkpoints_are_retained_as_configured(
    scene: Scene, status: str, settings: LeaderSettings, kept: bool
) -> None:
    """`externalized-checkpoint-retention`, also when the leader dies before it has cleaned up; dropped on demand."""
    checkpoints = Uncleanable(scene)
    await running(scene, strategy=NoRestart(), services={"checkpoints": checkpoints, "settings": settings})
    await stored(scene, 1)
    if status == "CANCELED":
        await scene.dispatcher.ask(CancelJob("j1"))
    for task_id in ("a[0]", "a[1]") if status == "FINISHED" else ("a[0]",) if status == "FAILED" else ():
        scene.report(task_id, status, error="x")
    await scene.status(status)
    checkpoints.works = True
    await scene.job_manager(settings=settings)
    await next_leader(scene)
    await asyncio.sleep(1.0)
    assert await scene.results.job_ids() == {"j1": True}
    retained = [key for key in scene.election.values if key.startswith("retained/")]
    assert bool(retained) is kept
    assert await scene.dispatcher.ask(DropRetained("j1")) == {"dropped": len(retained)}
    assert not [key for key in scene.election.values if key.startswith("retained/")]
