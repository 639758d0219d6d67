"""The whole cluster on a real ZooKeeper: commands, the death of the leader, the death of the ensemble's leader."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from benchmarks.ensemble import Ensemble
from cluster.client import ClusterClient
from cluster.commands.jobs import make_record
from tests.integration.machine import Machine, checkpoints_of, until

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]  # many processes, on machines that may be busy


@pytest_asyncio.fixture
async def machine(tmp_path: Path, ensemble: Ensemble) -> AsyncIterator[Machine]:
    """The reference page's configuration."""
    election = (
        "high-availability: zookeeper\n"
        f"high-availability.zookeeper.quorum: {ensemble.hosts}\n"
        f"high-availability.storageDir: file://{tmp_path}/recovery\n"
        f"high-availability.cluster-id: {uuid.uuid4().hex}\n"
    )
    machine = Machine(tmp_path, election)
    yield machine
    await machine.clean_up()


async def attempts_of(client: ClusterClient, job_id: str) -> list[Any]:
    """Each task with its attempt and its state."""
    job = await client.job(job_id)
    return sorted((task["id"], task["attempt"], task["state"]) for task in job["tasks"])


async def test_a_job_comes_back_after_the_leader_was_killed(machine: Machine) -> None:
    """The commands find the leader by ZooKeeper; a standby takes over by evidence, and the job comes back."""
    roles = ("jobmanager", "jobmanager", "taskmanager", "taskmanager")
    members = await asyncio.gather(*(machine.member(role) for role in roles))
    jobmanagers = members[:2]
    code, out, _ = await machine.run("run", str(machine.job), "limit=150", "--detached")
    assert code == 0
    job_id = out.strip()
    async with machine.client() as client:
        await until(lambda: checkpoints_of(client, job_id))
        before = await client.election()
        assert len(before["standbys"]) == 1
        (leader,) = [one for one in jobmanagers if one.pid == machine.leader_pid(before)]
        leader.kill()
        outcome = await client.result(job_id)
        after = await client.election()
        timeline = (await client.cluster())["timeline"]
        code, out, _ = await machine.run("run", str(machine.job), "limit=100000", "--detached")
        assert (await machine.run("cancel", out.strip()))[0] == 0

    assert outcome["results"] == {"count[0]": 150, "count[1]": 150}
    assert after["epoch"] == before["epoch"] + 1
    assert [one["cause"] for one in timeline] == ["process-dead"]
    code, out, _ = await machine.run("list", "--json")
    assert (code, {job["id"] for job in json.loads(out)} >= {job_id}) == (0, True)
    assert (await machine.run("status", job_id))[0] == 0


async def test_the_death_of_the_ensembles_leader_changes_nothing(machine: Machine, ensemble: Ensemble) -> None:
    """FLINK-10052: no other leader, no task restarted, the job goes on to its exact end."""
    await asyncio.gather(*(machine.member(role) for role in ("jobmanager", "jobmanager", "taskmanager")))
    record = make_record(str(machine.job), ["limit=400"])
    async with machine.client() as client:
        await client.submit(record.job_id, record.to_bytes())
        await until(lambda: checkpoints_of(client, record.job_id))
        before, tasks = await client.election(), await attempts_of(client, record.job_id)
        checkpoints = await checkpoints_of(client, record.job_id)
        ensemble.leader().kill()

        async def more_checkpoints() -> bool:
            return await checkpoints_of(client, record.job_id) > checkpoints + 3

        await until(more_checkpoints)
        assert await attempts_of(client, record.job_id) == tasks
        outcome = await client.result(record.job_id)
        after = await client.election()
        timeline = (await client.cluster())["timeline"]

    assert outcome["results"] == {"count[0]": 400, "count[1]": 400}
    assert (after["epoch"], after["candidate"]) == (before["epoch"], before["candidate"])
    assert timeline == []
