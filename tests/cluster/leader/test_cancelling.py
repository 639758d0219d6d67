"""A job that is to be cancelled: noted first, so that no leader lets it go on, whatever fails on the way to its end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import AskTimeout
from cluster.election.driver import ElectionUnavailable, StaleEpoch
from cluster.leader.services import LeaderSettings
from cluster.protocol import CancelJob, GetJob, ListJobs, RetryJob
from cluster.store.places import StorageError
from tests.cluster.leader.failing import next_leader, stored
from tests.cluster.leader.scene import Scene


class Broken:
    """A store whose method raises an error as long as there is one."""

    def __init__(self, store: Any, method: str, error: Exception | None) -> None:
        self.store, self.method, self.error = store, method, error
        self.tries = 0

    def __getattr__(self, name: str) -> Any:
        return self._asked if name == self.method else getattr(self.store, name)

    async def _asked(self, *args: Any) -> Any:
        self.tries += 1
        if self.error is not None:
            raise self.error
        return await getattr(self.store, self.method)(*args)


async def running(scene: Scene, **replaced: Any) -> None:
    """A leader, a TaskManager, and a job that runs there and has a checkpoint."""
    await scene.job_manager(**replaced)
    await scene.leading()
    await scene.task_manager("x", 2)
    await scene.submit(interval_s=1.0)
    await scene.all_running(2)
    await stored(scene, 1)


async def cancel(scene: Scene) -> Any:
    return await scene.dispatcher.ask(CancelJob("j1"))


@pytest.mark.parametrize("keeps", [False, True])
async def test_the_next_leader_finishes_what_was_begun(scene: Scene, *, keeps: bool) -> None:
    """The leader dies while a cancelled job's tasks end: the next one starts nothing, ends the rest and stores it."""
    scene.keeps = keeps
    scene.lease_s = 10.0 if keeps else 0.0
    settings = LeaderSettings(keeps_tasks=keeps)
    await running(scene, settings=settings)
    scene.obeys, scene.stubborn = False, True
    assert await cancel(scene) == {"status": "CANCELLING"}
    await scene.job_manager(settings=settings)
    deployed = len(scene.deployed)
    scene.obeys = True
    assert await next_leader(scene) == 2
    await scene.status("CANCELED")
    assert len(scene.deployed) == deployed
    assert scene.live() == {}
    await scene.until(lambda: not scene.election.values.keys() & {"jobs/j1"})
    assert not [key for key in scene.election.values if key.startswith("checkpoints/")]


async def test_nothing_of_it_needs_its_checkpoints(scene: Scene) -> None:
    """A job that is to be cancelled is not set aside because its checkpoint cannot be read."""
    await running(scene)
    scene.obeys = False
    await cancel(scene)
    scene.obeys = True
    for key, value in list(scene.election.values.items()):
        if key.startswith("checkpoints/"):
            scene.election.values[key] = value[:-1] + b"\xc1"
    await next_leader(scene)
    await scene.status("CANCELED")


@pytest.mark.parametrize("after", [False, True])
async def test_what_cannot_be_noted_is_refused(scene: Scene, *, after: bool) -> None:
    """Without the election backend a cancellation is refused with the reason, and the job goes on."""
    jobs = Broken(scene.jobs, "cancel", None)
    if after:  # the answer was lost: it is not known, and so not promised; but asking again is no harm
        await running(scene, jobs=jobs)
        await scene.jobs.cancel(1, "j1")
        jobs.error = ElectionUnavailable("no answer")
    else:
        await running(scene, jobs=jobs)
        jobs.error = ElectionUnavailable("no answer")
    answer = await cancel(scene)
    assert answer["unstored"]
    assert answer["error"] == "job j1 is not cancelled, as that cannot be stored now: no answer"
    assert len((await scene.all_running(2))["tasks"]) == 2
    jobs.error = None
    assert (await cancel(scene))["status"] == "CANCELLING"
    await scene.status("CANCELED")


async def test_who_does_not_lead_any_more_cancels_nothing(scene: Scene) -> None:
    """A cancellation that a successor's epoch refuses ends this leadership; the asker asks the next leader."""
    jobs = Broken(scene.jobs, "cancel", StaleEpoch(1, 2))
    await running(scene, jobs=jobs)
    await scene.job_manager()
    with pytest.raises(TimeoutError):
        await scene.dispatcher.ask(CancelJob("j1"), timeout=0.5)
    await scene.until(lambda: scene.election.epoch == 2 and scene.election.info is not None)
    await scene.all_running(2)
    await cancel(scene)
    await scene.status("CANCELED")


async def test_its_result_waits_for_the_storage_directory(scene: Scene) -> None:
    """A full disk costs a cancelled job nothing but time: nobody resigns, no other job stops, nothing runs again."""
    results = Broken(scene.results, "create_dirty", StorageError("no room"))
    await running(scene, results=results)
    await scene.submit("j2", tasks=1)
    await scene.task_manager("y", 1)
    await scene.all_running(1, "j2")
    await cancel(scene)
    await scene.until(lambda: results.tries >= 3)
    assert scene.election.epoch == 1
    (waits,) = [one for one in await scene.dispatcher.ask(ListJobs()) if one["id"] == "j1"]
    assert (waits["status"], waits["reason"]) == ("CANCELLING", "its result cannot be stored yet: no room")
    shown = await scene.dispatcher.ask(GetJob("j1"))
    assert shown["status"] == "CANCELLING"
    assert {one["state"] for one in shown["tasks"]} == {"CANCELED"}
    assert await cancel(scene) == {"status": "CANCELLING"}
    results.error = None
    await scene.status("CANCELED")
    assert len(scene.deployed) == 3
    assert scene.election.epoch == 1


async def test_its_result_may_wait_for_a_later_leader(scene: Scene) -> None:
    """The disk is full still when the leader dies: the next one tries on, and does not run the job."""
    results = Broken(scene.results, "create_dirty", StorageError("no room"))
    await running(scene, results=results)
    await cancel(scene)
    await scene.until(lambda: results.tries >= 2)
    await scene.job_manager(results=results)
    tries = results.tries
    assert await next_leader(scene) == 2
    await scene.until(lambda: results.tries >= tries + 2)
    assert scene.election.epoch == 2
    results.error = None
    await scene.status("CANCELED")
    assert len(scene.deployed) == 2


async def test_a_job_that_ends_meanwhile_has_ended(scene: Scene) -> None:
    """The note comes too late: what is told is the job's own end, and nothing is left for a job of the same id."""
    held = asyncio.Event()

    class Slow(Broken):
        async def _asked(self, *args: Any) -> Any:
            await held.wait()
            return await scene.jobs.cancel(*args)

    await running(scene, jobs=Slow(scene.jobs, "cancel", None))
    asked = asyncio.ensure_future(cancel(scene))
    await asyncio.sleep(0.1)
    for task in ("a[0]", "a[1]"):
        scene.report(task, "FINISHED", result=1)
    await scene.status("FINISHED")
    await scene.until(lambda: "jobs/j1" not in scene.election.values)
    held.set()
    assert "is FINISHED already" in (await asked)["error"]
    assert "jobs/j1" not in scene.election.values


async def test_a_job_that_was_set_aside_is_cancelled_when_it_can_be_read(scene: Scene) -> None:
    """RECOVERY_FAILED keeps what was noted: tried again, it ends and does not run."""
    await running(scene)
    scene.obeys = False
    await cancel(scene)
    scene.obeys = True
    load, broken = scene.jobs.load, [True]

    async def unreadable(job_id: str, pointer: bytes | None = None) -> bytes:
        return b"rubbish" if broken else await load(job_id, pointer)

    scene.jobs.load = unreadable  # type: ignore[method-assign]
    await next_leader(scene)
    await scene.status("RECOVERY_FAILED")
    broken.clear()
    await scene.dispatcher.ask(RetryJob("j1"))
    await scene.status("CANCELED")
    assert len(scene.deployed) == 2


async def test_who_cancels_a_job_that_has_just_finished_is_told_what_is_stored(scene: Scene) -> None:
    """While its result is on its way into the store, a next leader may cancel it yet: who asks is answered later."""

    class Slow(Broken):
        async def _asked(self, *args: Any) -> Any:
            await asyncio.sleep(5.0)
            return await super()._asked(*args)

    results = Slow(scene.results, "create_dirty", None)
    await running(scene, results=results)
    for index in (0, 1):
        scene.report(f"a[{index}]", "FINISHED", result=index)
    asked = scene.system.loop.create_task(scene.dispatcher.ask(CancelJob("j1"), timeout=4.0))
    with pytest.raises(AskTimeout):
        await asked
    await scene.status("FINISHED")
    answer = await cancel(scene)
    assert answer["error"] == "job j1 is FINISHED already"
