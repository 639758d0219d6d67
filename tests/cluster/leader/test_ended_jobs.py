"""Jobs that have ended: shown for a time, over leaders too; cleaned up behind; and those that cannot be recovered."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from actors import Kill
from cluster.leader.services import LeaderSettings
from cluster.model.cleanup import CleanupRetry
from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.model.restart import FixedDelay, NoRestart
from cluster.protocol import CancelJob, DropRetained, GetCluster, GetResult, ListJobs, RetryJob, SubmitJob
from cluster.store.blobs import BlobHandle
from cluster.store.places import StorageError
from cluster.store.pointed import Pointer
from tests.cluster.leader.scene import Scene
from tests.cluster.leader.test_failover import running, stored


async def ended(scene: Scene, job_id: str) -> None:
    """Submit a job and cancel it."""
    await scene.submit(job_id, tasks=1)
    await scene.dispatcher.ask(CancelJob(job_id))
    await scene.status("CANCELED", job_id)


async def next_leader(scene: Scene) -> None:
    """Let another lead."""
    epoch = scene.election.epoch
    scene.election.revoke()
    await scene.until(lambda: scene.election.info is not None and scene.election.info.epoch > epoch)


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


# --- jobs that cannot be recovered ------------------------------------------------------------------------------------


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
    assert await scene.dispatcher.ask(RetryJob("j1")) == {"status": "INITIALIZING"}
    await asyncio.sleep(30.0)
    slots = [(order.task_id, order.attempt) for order in scene.deployed]
    assert len(slots) == 2
    scene.end_all_for_the_leader()
    await scene.all_running(2)
    assert {(order.task_id, order.attempt) for order in scene.deployed[2:]} == {("a[0]", 1001), ("a[1]", 1001)}


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


# --- checkpoints that rot while their leader leads -------------------------------------------------------------------


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
