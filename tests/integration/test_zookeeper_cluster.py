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
        "high-availability.zookeeper.client.session-timeout: 20 s\n"  # a busy ensemble takes long to elect
        "failure-detector: wan\n"
    )
    machine = Machine(tmp_path, election)
    yield machine
    await machine.clean_up()


async def attempts_of(client: ClusterClient, job_id: str) -> list[Any]:
    """Each task with its attempt. Not its state: on a busy machine it may have finished meanwhile."""
    job = await client.job(job_id)
    return sorted((task["id"], task["attempt"]) for task in job["tasks"])


async def test_a_job_comes_back_after_the_leader_was_killed(machine: Machine) -> None:
    """The commands find the leader by ZooKeeper; a standby takes over by evidence, and the job comes back."""
    roles = ("jobmanager", "jobmanager", "taskmanager", "taskmanager")
    members = await asyncio.gather(*(machine.member(role) for role in roles))
    jobmanagers = members[:2]
    code, out, _ = await machine.run("run", str(machine.job), *machine.counting(150), "--detached")
    assert code == 0
    job_id = out.strip()
    async with machine.client() as client:
        await until(lambda: checkpoints_of(client, job_id))

        async def has_standby() -> dict[str, Any] | None:
            election = await client.election()
            return election if len(election["standbys"]) == 1 else None

        before = await until(has_standby)
        (leader,) = [one for one in jobmanagers if one.pid == machine.leader_pid(before)]
        leader.kill()
        machine.enough.touch()
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
    record = make_record(str(machine.job), machine.counting(150))
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
        machine.enough.touch()
        outcome = await client.result(record.job_id)
        after = await client.election()
        timeline = (await client.cluster())["timeline"]

    assert outcome["results"] == {"count[0]": 150, "count[1]": 150}
    assert (after["epoch"], after["candidate"]) == (before["epoch"], before["candidate"])
    assert timeline == []


async def test_tasks_are_kept_and_what_is_stored_is_looked_after(machine: Machine) -> None:
    """`keep` on a real ensemble: no task notices a new leader; and all that `deathwatch ha` does."""
    with open(machine.folder / "flink-conf.yaml", "a", encoding="utf-8") as file:  # noqa: ASYNC230 - a test's own file
        file.write("jobmanager.failover.tasks: keep\ntaskmanager.task-lease: 60 s\n")
    first, second, _ = await asyncio.gather(
        *(machine.member(role) for role in ("jobmanager", "jobmanager", "taskmanager"))
    )
    record = make_record(str(machine.job), ["limit=100000"])
    job_id = record.job_id
    async with machine.client() as client:
        await client.submit(job_id, record.to_bytes())
        await until(lambda: checkpoints_of(client, job_id))
        before, tasks = await client.election(), await attempts_of(client, job_id)
        leader, standby = (first, second) if machine.leader_pid(before) == first.pid else (second, first)
        leader.kill()

        async def next_leader() -> bool:
            return (
                bool((await client.election())["epoch"] > before["epoch"]) and await checkpoints_of(client, job_id) > 1
            )

        await until(next_leader)
        assert await attempts_of(client, job_id) == tasks

        out = machine.folder / "out"
        listed, verified, exported, orphans = await asyncio.gather(
            machine.run("ha", "list", "--json"),
            machine.run("ha", "verify", "--json"),
            machine.run("ha", "export", str(out), "--job", job_id),
            machine.run("ha", "gc", "--json", "--older-than", "0"),
        )
        assert [one[0] for one in (listed, verified, exported, orphans)] == [0, 0, 0, 0]
        assert {(row["kind"], row["job"]) for row in json.loads(listed[1])} == {("job", job_id), ("checkpoint", job_id)}
        assert json.loads(verified[1])["complaints"] == []
        assert (out / job_id).is_dir()
        assert json.loads(orphans[1])["deleted"] is False

        (stored,) = (machine.folder / "recovery").rglob("submitted-jobs/*")
        stored.rename(machine.folder / "aside")
        code, said, _ = await machine.run("ha", "verify")
        assert (code, f"job {job_id}" in said) == (1, True)
        await machine.member("jobmanager")
        standby.kill()

        async def is_set_aside() -> bool:
            return bool((await client.job(job_id))["status"] == "RECOVERY_FAILED")

        await until(is_set_aside)
        assert (await machine.run("ha", "retry", job_id))[0] == 1
        (machine.folder / "aside").rename(stored)
        assert (await machine.run("ha", "retry", job_id))[0] == 0
        done = await checkpoints_of(client, job_id)

        async def goes_on() -> bool:
            return await checkpoints_of(client, job_id) > done

        await until(goes_on)
        assert await client.cancel(job_id) in ("CANCELLING", "CANCELED")
