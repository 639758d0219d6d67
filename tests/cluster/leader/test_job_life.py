"""A job from its submission to its result, under one leader."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cluster.leader.services import LeaderSettings
from cluster.model.restart import FixedDelay
from cluster.protocol import CancelJob, GetCluster, ListJobs
from cluster.providers.none import NoProvider
from tests.cluster.leader.beginning import leader_with
from tests.cluster.leader.scene import Scene


async def test_a_job_runs_and_gives_its_results(scene: Scene) -> None:
    """Submitted, spread over the TaskManagers, finished; the results are there by task."""
    await leader_with(scene, x=1, y=1)
    assert await scene.submit() == {"job_id": "j1"}
    job = await scene.all_running(2)
    assert {one["task_manager"].split("#")[0] for one in job["tasks"]} == {"x", "y"}
    scene.report("a[0]", "FINISHED", result=[1])
    scene.report("a[1]", "FINISHED", result={"n": 2})
    answer = await scene.status("FINISHED")
    assert answer == {"status": "FINISHED", "results": {"a[0]": [1], "a[1]": {"n": 2}}, "error": ""}


async def test_an_ended_job_leaves_only_its_result(scene: Scene) -> None:
    """2.10: record and checkpoints are removed, the slots are free, the result is clean and stays."""
    await leader_with(scene, x=2)
    await scene.submit(interval_s=1.0)
    await scene.all_running(2)
    await scene.until(lambda: any(key.startswith("checkpoints/") for key in scene.election.values))
    for task_id in ("a[0]", "a[1]"):
        scene.report(task_id, "FINISHED")
    await scene.status("FINISHED")
    await scene.until(lambda: not any(key.startswith("jobs/") for key in scene.election.values))
    await asyncio.sleep(0.1)
    assert set(scene.election.values) == {"results/j1", "members"}
    assert await scene.results.job_ids() == {"j1": True}
    cluster = await scene.dispatcher.ask(GetCluster())
    assert (cluster["slots_free"], cluster["slots_total"]) == (2, 2)
    assert (await scene.job())["status"] == "FINISHED"


async def test_why_a_task_failed_is_in_the_log(scene: Scene, captured_logs: list[dict[str, Any]]) -> None:
    """A job that restarts again and again says why each time, and not only when it is given up."""
    await leader_with(scene, x=2)
    await scene.submit(strategy=FixedDelay(2, 0.1))
    await scene.all_running(2)
    scene.report("a[0]", "FAILED", error="Traceback:\n  a line\nOSError: no such text\n")
    await scene.until(lambda: len(scene.deployed) == 3)
    (line,) = [line for line in captured_logs if line["event"] == "tasks failed"]
    assert (line["log_level"], line["reason"], line["tasks"]) == ("warning", "OSError: no such text", ("a[0]",))
    assert line["task_manager"].startswith("x")


async def test_a_failed_task_runs_again_after_the_delay(scene: Scene) -> None:
    """S25: the restart strategy's delay passes between failure and redeployment."""
    await leader_with(scene, x=2)
    await scene.submit(tasks=1, strategy=FixedDelay(1, 5.0))
    await scene.all_running(1)
    failed_at = scene.system.loop.time()
    scene.report("a[0]", "FAILED", error="boom")
    await scene.until(lambda: len(scene.deployed) == 2)
    assert scene.system.loop.time() - failed_at == pytest.approx(5.0, abs=0.01)
    assert scene.deployed[1].attempt == 2
    job = await scene.all_running(1)
    assert job["exceptions"]["entries"][0]["reason"] == "boom"
    assert job["restarts"] == 1
    scene.report("a[0]", "FAILED", error="boom again")
    answer = await scene.status("FAILED")
    assert "Recovery is suppressed by FixedDelay(attempts=1, delay_s=5). The failure was: boom again" in answer["error"]


@pytest.mark.parametrize(("brought", "attempts"), [(FixedDelay(10, 1.0), 10), (None, 7)])
async def test_a_job_s_strategy_wins_over_the_cluster_s(
    scene: Scene, brought: FixedDelay | None, attempts: int
) -> None:
    """4.1: job setting, else cluster setting."""
    await scene.job_manager(settings=LeaderSettings(restart_strategy=FixedDelay(7, 2.0)))
    await scene.leading()
    await scene.submit(strategy=brought)
    assert (await scene.job())["restart_strategy"]["attempts"] == attempts


async def test_cancelling_ends_a_job(scene: Scene) -> None:
    """Cancelled tasks end, the job is CANCELED, and a second cancel is told so."""
    await leader_with(scene, x=2)
    await scene.submit()
    await scene.all_running(2)
    assert await scene.dispatcher.ask(CancelJob("j1")) == {"status": "CANCELLING"}
    await scene.status("CANCELED")
    assert scene.live() == {}
    assert "already" in (await scene.dispatcher.ask(CancelJob("j1")))["error"]


async def test_unknown_jobs_are_not_found(scene: Scene) -> None:
    """Asking for a job that never was is answered plainly."""
    await leader_with(scene)
    for answer in (await scene.job("nope"), await scene.result("nope"), await scene.dispatcher.ask(CancelJob("nope"))):
        assert answer == {"error": "there is no job nope", "not_found": True}


async def test_a_job_waits_for_slots_and_says_for_what(scene: Scene) -> None:
    """S27: without slots a job waits, names the tasks, and asks the provider; it runs when slots come."""
    await leader_with(scene, x=1)
    await scene.submit(tasks=3)
    await scene.all_running(1)
    assert (await scene.job())["waiting_for"] == ["a[1]", "a[2]"]
    assert scene.provider.missing == 2
    await scene.task_manager("y", 2)
    await scene.all_running(3)
    assert scene.provider.missing == 0
    assert scene.provider.registered == {"x", "y"}


async def test_a_cluster_that_starts_no_task_managers_says_what_it_waits_for(scene: Scene) -> None:
    """Provider `none` (`flink-ha` S20): the job waits, and the cluster says for how many slots, and who starts none."""
    await scene.job_manager(provider=NoProvider())
    await scene.leading()
    await scene.submit(tasks=3)
    await asyncio.sleep(1.0)
    cluster = await scene.dispatcher.ask(GetCluster())
    assert (cluster["slots_missing"], cluster["provider_starts"]) == (3, False)
    assert (await scene.job())["waiting_for"] == ["a[0]", "a[1]", "a[2]"]
    await scene.task_manager("x", 3)
    await scene.all_running(3)
    cluster = await scene.dispatcher.ask(GetCluster())
    assert cluster["slots_missing"] == 0


async def test_checkpoints_are_taken_stored_and_replaced(scene: Scene) -> None:
    """Every interval one; the newest is kept, with its states, and the older ones' states are deleted."""
    await leader_with(scene, x=2)
    await scene.submit(interval_s=0.5)
    await scene.all_running(2)
    await asyncio.sleep(2.6)
    job = await scene.job()
    assert job["checkpoints"]["completed"] == 5
    latest = (await scene.checkpoints.restorable("j1")).checkpoint
    assert latest is not None
    assert latest.checkpoint_id == 5
    assert latest.completed_at > 1_000_000
    assert job["checkpoints"]["latest"]["completed_at"] == latest.completed_at
    assert len(await scene.pointers.list("checkpoints/j1/")) == 1


async def test_checkpoints_that_fail_are_a_failure_of_the_job(scene: Scene) -> None:
    """One more than tolerated in a row is a failure that counts, shown with its reason; all tasks restart."""
    await scene.job_manager(settings=LeaderSettings(checkpoint_timeout_s=2.0))
    await scene.leading()
    await scene.task_manager("x", 2)
    scene.acknowledges = False
    await scene.submit(interval_s=1.0)
    await scene.all_running(2)
    await scene.until(lambda: len(scene.deployed) == 4)
    (entry,) = (await scene.job())["exceptions"]["entries"]
    assert "not acknowledged within 2 s by a[0], a[1]" in entry["reason"]


async def test_jobs_are_listed(scene: Scene) -> None:
    """Name, status and start of each job, the living and the ended."""
    await leader_with(scene, x=4)
    await scene.submit("j1", tasks=1)
    await scene.submit("j2", tasks=1)
    await scene.all_running(1, "j1")
    await scene.dispatcher.ask(CancelJob("j2"))
    await scene.status("CANCELED", "j2")
    listed = await scene.dispatcher.ask(ListJobs())
    shown = {one["id"]: (one["name"], one["status"], one["start_time"]) for one in listed}
    assert shown == {"j1": ("test", "RUNNING", 7.0), "j2": ("test", "CANCELED", 7.0)}


async def test_orders_without_an_answer_are_repeated(scene: Scene) -> None:
    """A lost message leaves no task deploying or cancelling for ever; the repeated order is for the same attempt."""
    await leader_with(scene, x=1)
    scene.runs = scene.obeys = False
    await scene.submit(tasks=1)
    await asyncio.sleep(3.0)
    assert [one.attempt for one in scene.deployed] == [1, 1]
    scene.runs = True
    await scene.all_running(1)
    await scene.dispatcher.ask(CancelJob("j1"))
    await asyncio.sleep(1.0)
    scene.obeys = True
    await scene.status("CANCELED")


async def test_no_end_is_shown_before_it_is_stored(scene: Scene) -> None:
    """A leader that died now would let the job run on: nobody is told that it has finished, whatever he asks."""
    stored = asyncio.Event()

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(scene.results, name)

        async def create_dirty(self, *arguments: Any) -> None:
            await stored.wait()
            await scene.results.create_dirty(*arguments)

    await scene.job_manager(results=Slow())
    await scene.leading()
    await scene.task_manager("x", 1)
    await scene.submit(tasks=1)
    await scene.all_running(1)
    scene.report("a[0]", "FINISHED")
    await asyncio.sleep(1.0)
    assert [(await scene.job())["status"], (await scene.result())["status"]] == ["RUNNING", "RUNNING"]
    assert (await scene.dispatcher.ask(ListJobs()))[0]["status"] == "RUNNING"
    stored.set()
    await scene.status("FINISHED")
    assert (await scene.job())["status"] == "FINISHED"


@pytest.mark.parametrize("slow", ["add", "next_id"])
async def test_a_checkpoint_on_its_way_does_not_outlive_its_job(scene: Scene, slow: str) -> None:
    """The end of a job waits for the checkpoint, or its number, that is being stored, so that nothing is left of it."""

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return slowly if name == slow else getattr(scene.checkpoints, name)

    async def slowly(*arguments: Any) -> Any:
        await asyncio.sleep(5.0)
        return await getattr(scene.checkpoints, slow)(*arguments)

    await scene.job_manager(checkpoints=Slow())
    await scene.leading()
    await scene.task_manager("x", 1)
    await scene.submit(tasks=1, interval_s=1.0)
    await scene.all_running(1)
    await asyncio.sleep(1.5)
    scene.report("a[0]", "FINISHED")
    await asyncio.sleep(1.0)
    assert (await scene.result())["status"] == "RUNNING"
    await scene.status("FINISHED")
    await asyncio.sleep(1.0)
    assert set(scene.election.values) == {"results/j1", "members"}
