"""A submission is accepted once, or refused with its reason, or nothing is said of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from actors import AskTimeout
from cluster.election.driver import ElectionUnavailable
from cluster.leader.services import LeaderSettings
from cluster.model.job import MAX_NAME
from cluster.model.job_record import JobRecord
from cluster.protocol import SubmitJob
from cluster.store.places import StorageError
from tests.cluster.leader.beginning import leader_with
from tests.cluster.leader.scene import Scene


async def test_a_job_is_accepted_once(scene: Scene) -> None:
    """S11: the same submission again, at the same time or later, also after its end, starts nothing."""
    await leader_with(scene, x=2)
    record = scene.record("j1")
    both = await asyncio.gather(*(scene.dispatcher.ask(SubmitJob("j1", record)) for _ in range(3)))
    assert both == [{"job_id": "j1"}] * 3
    await scene.all_running(2)
    assert len(scene.deployed) == 2
    scene.report("a[0]", "FINISHED")
    scene.report("a[1]", "FINISHED")
    await scene.status("FINISHED")
    assert await scene.submit() == {"job_id": "j1"}
    assert (await scene.result())["status"] == "FINISHED"
    assert len(scene.deployed) == 2


@pytest.mark.parametrize(
    ("job_id", "record", "text"),
    [("j1", b"rubbish", "cannot be read"), ("j2", None, "cannot be a job's id"), ("../j", None, "cannot be a job's")],
)
async def test_what_is_no_job_is_refused(scene: Scene, job_id: str, record: bytes | None, text: str) -> None:
    """A submission that cannot be read is refused with the reason, and nothing is stored of it."""
    await leader_with(scene)
    data = record or scene.record("j1" if job_id == "j2" else job_id)
    answer = await scene.dispatcher.ask(SubmitJob(job_id, data))
    assert text in answer["error"]
    assert not any(key.startswith("jobs/") for key in scene.election.values)


async def test_a_job_that_fits_into_no_order_is_refused(scene: Scene) -> None:
    """HTTP may take more than a message between machines: its tasks would be told to run again and again, in vain."""
    record = scene.record("j1")
    await scene.job_manager(settings=LeaderSettings(max_record_bytes=len(record) - 1))
    await scene.leading()
    answer = await scene.dispatcher.ask(SubmitJob("j1", record))
    assert f"a job of {len(record)} bytes is longer than the {len(record) - 1} that fit" in answer["error"]
    assert not any(key.startswith("jobs/") for key in scene.election.values)


async def test_a_job_with_an_endless_name_is_refused(scene: Scene) -> None:
    """The list of all jobs is one message, and would be sent no more."""
    await leader_with(scene)
    record = replace(JobRecord.from_bytes(scene.record("j1")), name="x" * (MAX_NAME + 1))
    assert "a name of more than 1000" in (await scene.dispatcher.ask(SubmitJob("j1", record.to_bytes())))["error"]


async def test_a_submission_that_cannot_be_stored_is_refused(scene: Scene) -> None:
    """Storage down at submission: rejected, nothing left, and accepted when the storage is back."""

    class FullDisk:
        full = True

        def __getattr__(self, name: str) -> Any:
            return getattr(scene.jobs, name)

        async def put(self, epoch: int, job_id: str, record: bytes) -> None:
            if self.full:
                raise StorageError("disk full")
            await scene.jobs.put(epoch, job_id, record)

    disk = FullDisk()
    await scene.job_manager(jobs=disk)
    await scene.leading()
    assert await scene.submit() == {"error": "the job could not be stored: disk full", "unstored": True}
    assert "not_found" in await scene.job()
    disk.full = False
    assert await scene.submit() == {"job_id": "j1"}


async def test_nobody_is_told_that_a_job_is_not_stored_where_nobody_knows(scene: Scene) -> None:
    """The answer of the election backend was lost: who submitted it hears nothing, and asks again."""

    class Unsure:
        def __getattr__(self, name: str) -> Any:
            return getattr(scene.jobs, name)

        async def put(self, epoch: int, job_id: str, record: bytes) -> None:
            await scene.jobs.put(epoch, job_id, record)
            raise ElectionUnavailable("no answer")

    await scene.job_manager(jobs=Unsure())
    await scene.leading()
    with pytest.raises(AskTimeout):
        await scene.submit()
    assert await scene.jobs.job_ids() == ["j1"]
