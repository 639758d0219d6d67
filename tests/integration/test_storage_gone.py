"""The storage directory goes away under a running cluster, and comes back: real processes, nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cluster.client import ClusterClient, RequestRefused
from cluster.commands.jobs import make_record
from cluster.model.job_record import JobRecord
from tests.integration.machine import Machine, until

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]  # many processes, on machines that may be busy

COUNT = """
import asyncio
from pathlib import Path
from cluster import FixedDelay, Job, Task, TaskSpec

class Count(Task):
    def __init__(self):
        self.n = self.restored = 0

    async def run(self, context):
        while not Path(context.config["enough"]).exists():
            self.n += 1
            await asyncio.sleep(0.01)
        return [self.n, self.restored]

    def snapshot(self):
        return self.n

    def restore(self, state):
        self.n = self.restored = state

def job(arguments):
    tasks = [TaskSpec("count", Count, config={"enough": arguments["enough"]})]
    return Job("count", tasks, checkpoint_interval_s=0.1, restart_strategy=FixedDelay(attempts=5, delay_s=0.0))
"""


@pytest_asyncio.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    settings = (
        f"high-availability: sqlite\nhigh-availability.sqlite.path: {tmp_path}/election.db\n"
        f"high-availability.storageDir: {tmp_path}/store\n"
        "execution.checkpointing.tolerable-failed-checkpoints: 1000000\n"
        "failure-detector: wan\n"
    )
    machine = Machine(tmp_path, settings)
    machine.job.write_text(COUNT, encoding="utf-8")
    yield machine
    await machine.clean_up()


def record(machine: Machine) -> JobRecord:
    return make_record(str(machine.job), [f"enough={machine.folder}/enough"])


async def checkpoints(client: ClusterClient, job_id: str) -> dict[str, Any]:
    """What is known of a job's checkpoints, when one has been completed."""
    known: dict[str, Any] = (await client.job(job_id)).get("checkpoints") or {}
    return known if known.get("completed") else {}


async def said(process: asyncio.subprocess.Process, text: str) -> str:
    """The line of its log with that text."""
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while text not in (line := (await process.stderr.readline()).decode()):
            assert line, "it has ended"
    return line


async def test_it_goes_away_and_comes_back(machine: Machine) -> None:
    """Checkpoints fail and say so, a submission is refused, a cancellation is not; when it is back, all goes on."""
    store, away = machine.folder / "store", machine.folder / "away"
    jobmanagers = [await machine.member("jobmanager") for _ in range(2)]
    await machine.member("taskmanager")
    kept, unwanted, late = (record(machine) for _ in range(3))
    async with machine.client() as client:
        for one in (kept, unwanted):
            await client.submit(one.job_id, one.to_bytes())
            await until(lambda one=one: checkpoints(client, one.job_id))
        before = await client.election()
        store.rename(away)

        async def failed() -> dict[str, Any]:
            known = await checkpoints(client, kept.job_id)
            return known if known["failed"] > 1 else {}

        lost = await until(failed)
        assert f"the directory {store}/default is not there" in lost["last_failure"]["reason"]
        with pytest.raises(RequestRefused, match=r"the job could not be stored: .* is not there"):
            await client.submit(late.job_id, late.to_bytes())
        assert await client.cancel(unwanted.job_id) == "CANCELLING"

        async def waits() -> bool:
            details = await client.job(unwanted.job_id)
            return "its result cannot be stored yet" in details["reason"]

        await until(waits)
        assert not store.exists()
        away.rename(store)

        async def more() -> bool:
            return bool((await checkpoints(client, kept.job_id))["completed"] > lost["completed"])

        await until(more)
        assert (await client.result(unwanted.job_id))["status"] == "CANCELED"
        await client.submit(late.job_id, late.to_bytes())
        assert (await client.job(kept.job_id))["restarts"] == 0
        assert (await client.election())["epoch"] == before["epoch"]

        # once more, and this time its leader dies meanwhile: nobody can lead, and nobody calls a job lost
        last = (await checkpoints(client, kept.job_id))["completed"]
        store.rename(away)
        (leader,) = [one for one in jobmanagers if one.pid == machine.leader_pid(before)]
        (standby,) = [one for one in jobmanagers if one is not leader]
        leader.kill()
        assert "is not there" in await said(standby, "the leader's work or the election backend failed")
        away.rename(store)
        restored = (await until(lambda: checkpoints(client, kept.job_id)))["restored"]
        assert restored["id"] >= last
        (machine.folder / "enough").touch()
        for one in (kept, late):
            outcome = await client.result(one.job_id)
            assert outcome["status"] == "FINISHED"
        ((count, from_checkpoint),) = (await client.result(kept.job_id))["results"].values()
        assert count > from_checkpoint > 0


async def test_it_is_away_when_they_start(machine: Machine) -> None:
    """Whoever starts meanwhile says so, and makes no empty one; with it the job goes on as if nothing had been."""
    store, away = machine.folder / "store", machine.folder / "away"
    jobmanager, taskmanager = await machine.member("jobmanager"), await machine.member("taskmanager")
    kept = record(machine)
    async with machine.client() as client:
        await client.submit(kept.job_id, kept.to_bytes())
        last = (await until(lambda: checkpoints(client, kept.job_id)))["completed"]
    for process in (jobmanager, taskmanager):
        process.kill()
        await process.wait()
    store.rename(away)
    store.mkdir()  # as a mount point is
    for role in ("jobmanager", "taskmanager"):
        code, _, text = await machine.run(role)
        assert code == 2
        assert f"{store}/default is not there, but 1 jobs have their data in it ({kept.job_id}): mount its disk" in text
    assert not list(store.iterdir())
    store.rmdir()
    away.rename(store)
    await machine.member("jobmanager")
    await machine.member("taskmanager")
    async with machine.client() as client:
        restored = (await until(lambda: checkpoints(client, kept.job_id)))["restored"]
        assert restored["id"] >= last
        (machine.folder / "enough").touch()
        assert (await client.result(kept.job_id))["status"] == "FINISHED"
