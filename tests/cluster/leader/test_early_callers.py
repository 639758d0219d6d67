"""A leader is shown before it has read its jobs: who comes early is held, and told nothing that is not so."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import AskTimeout
from cluster.leader.services import LeaderSettings
from cluster.protocol import CancelJob, GetCluster, GetJob, ListJobs, RenewLease, SubmitJob
from tests.cluster.leader.scene import Scene, SlowPointers

READS_FOR_S = 5.0


def slow(scene: Scene) -> Any:
    """The scene's jobs, on a disk that takes its time."""

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(scene.jobs, name)

        async def load(self, job_id: str, pointer: bytes) -> bytes:
            await asyncio.sleep(READS_FOR_S)
            return await scene.jobs.load(job_id, pointer)

    return Slow()


async def reading(scene: Scene, **settings: Any) -> None:
    """A job of two tasks runs, its leader falls, and the next one is shown and reads."""
    made = LeaderSettings(**settings)
    scene.lease_s = 2 * READS_FOR_S
    await scene.job_manager(settings=made)
    await scene.leading()
    await scene.task_manager("x", 2)
    await scene.submit()
    await scene.all_running(2)
    await scene.job_manager(jobs=slow(scene), settings=made)
    scene.election.revoke()
    await scene.until(lambda: scene.election.info is not None and scene.election.info.epoch == 2, 0.5)


async def test_questions_wait_for_the_jobs(scene: Scene) -> None:
    """Nobody hears that there are no jobs, or none of that id; a submission that is repeated is accepted once."""
    await reading(scene)
    asked = scene.system.loop.time()
    questions = [ListJobs(), GetCluster(), GetJob("j1"), SubmitJob("j1", scene.record("j1")), GetJob("j2")]
    jobs, cluster, job, submitted, unknown = await asyncio.gather(
        *(scene.dispatcher.ask(question, timeout=60.0) for question in questions)
    )
    assert scene.system.loop.time() - asked > READS_FOR_S - 1.0
    assert [one["id"] for one in jobs] == [one["id"] for one in cluster["jobs"]] == ["j1"]
    assert (job["id"], submitted, unknown["not_found"]) == ("j1", {"job_id": "j1"}, True)
    assert [one["id"] for one in cluster["task_managers"]] == ["x"]
    assert len(await scene.jobs.job_ids()) == 1


async def test_a_new_job_is_accepted_when_the_old_ones_are_known(scene: Scene) -> None:
    """It is stored under the new epoch, and runs after what waits for slots already."""
    await reading(scene)
    assert await scene.dispatcher.ask(SubmitJob("j2", scene.record("j2")), timeout=60.0) == {"job_id": "j2"}
    await scene.all_running(2, "j1")
    assert await scene.dispatcher.ask(CancelJob("j1")) == {"status": "CANCELLING"}
    await scene.all_running(2, "j2")


async def test_a_task_manager_that_comes_early_is_there_when_the_jobs_are(scene: Scene) -> None:
    """Its tasks start as soon as the jobs are read; it need not ask again."""
    await reading(scene)
    assert scene.inside["x"].epochs == [1]
    began = scene.system.loop.time()
    await scene.until(lambda: len(scene.deployed) == 4)
    assert scene.system.loop.time() - began < READS_FOR_S + 0.1
    assert scene.inside["x"].epochs == [1, 2]


async def test_tasks_that_come_early_are_not_taken_for_nobodys(scene: Scene) -> None:
    """`keep`: what a TaskManager brings is judged by the jobs, so not before they are known: nothing is ended."""
    scene.keeps = True
    await reading(scene, keeps_tasks=True)
    before = set(scene.live())
    await scene.until(lambda: len(scene.adopted) == 2)
    await scene.all_running(2)
    assert (set(scene.live()), len(scene.deployed)) == (before, 2)


async def test_who_was_held_by_a_leader_that_falls_is_not_answered_by_it(scene: Scene) -> None:
    """Its successor answers whoever asks again; the TaskManager follows it, and nothing is run twice."""
    await reading(scene)
    held = asyncio.ensure_future(scene.dispatcher.ask(SubmitJob("j2", scene.record("j2")), timeout=20.0))
    await asyncio.sleep(0.1)
    await scene.job_manager()
    scene.election.revoke()
    await scene.until(lambda: scene.election.info is not None and scene.election.info.epoch == 3)
    await scene.all_running(2)
    with pytest.raises(AskTimeout):
        await held
    assert await scene.jobs.job_ids() == ["j1"]
    assert {order.epoch for order in scene.deployed} == {1, 3}


async def test_the_timeline_says_when_it_was_confirmed_and_when_it_knew_its_jobs(scene: Scene) -> None:
    """The confirmation comes first, before the timeline itself is read."""
    await reading(scene)
    cluster = await scene.dispatcher.ask(GetCluster(), timeout=60.0)
    (failover,) = cluster["timeline"]
    assert failover["confirmed_at"] - failover["elected_at"] < 0.1
    assert failover["recovered_at"] - failover["confirmed_at"] > READS_FOR_S - 0.1


async def test_an_answer_says_which_offer_it_answers(scene: Scene) -> None:
    """The lease of a TaskManager's tasks counts from its offer, however long the leader held it; repeated ones too."""
    await scene.job_manager(pointers=SlowPointers(scene.pointers, 2.0))
    await scene.leading()
    await scene.task_manager("x", 2)
    one = scene.inside["x"]
    await scene.until(lambda: len(one.answers) == 1)
    assert scene.system.loop.time() >= one.offered_at[0] + 2.0
    await asyncio.sleep(1.0)
    one.register()
    await scene.until(lambda: len(one.answers) == 2)
    assert [answer.asked_at for answer in one.answers] == one.offered_at[:2]
    asked_at = scene.system.loop.time() - 0.5  # half a second on its way
    one.answers[0].resource_manager.tell(RenewLease(1, one.ref, one.session, asked_at), one.ref)
    await scene.until(lambda: bool(one.renewed))
    assert one.renewed == [asked_at]
