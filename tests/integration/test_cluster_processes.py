"""Real JobManagers and TaskManagers as processes: a job survives kill -9 of the leader, with an exact result."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from cluster.client import ClusterClient
from cluster.commands.jobs import make_record
from tests.integration.machine import Machine, checkpoints_of, until

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]  # many processes, on machines that may be busy


@pytest_asyncio.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    storage = f"high-availability: sqlite\nhigh-availability.storageDir: {tmp_path}/store"
    machine = Machine(tmp_path, storage)
    yield machine
    await machine.clean_up()


async def two_members(client: ClusterClient) -> list[dict[str, Any]]:
    """The TaskManagers, when there are two or more."""
    members: list[dict[str, Any]] = (await client.cluster())["task_managers"]
    return members if len(members) > 1 else []


async def test_a_job_survives_the_death_of_the_leader(machine: Machine) -> None:
    """S4, S19: kill -9 of the leading JobManager; a standby leads, and the same job ends with an exact result."""
    jobmanagers = [await machine.member("jobmanager") for _ in range(2)]
    await machine.member("taskmanager")
    record = make_record(str(machine.job), machine.counting(300))
    async with machine.client() as client:
        await client.submit(record.job_id, record.to_bytes())
        await until(lambda: checkpoints_of(client, record.job_id))
        before = await client.election()
        (leader,) = [one for one in jobmanagers if one.pid == machine.leader_pid(before)]
        leader.kill()
        machine.enough.touch()
        outcome = await client.result(record.job_id)
        after = await client.election()
        timeline = (await client.cluster())["timeline"]

    assert outcome["results"] == {"count[0]": 300, "count[1]": 300}
    assert after["epoch"] == before["epoch"] + 1
    assert [one["kind"] for one in timeline] == ["leader"]
    assert timeline[0]["cause"] == "process-dead"


async def test_a_job_survives_the_death_of_its_task_manager(machine: Machine) -> None:
    """S27: kill -9 of the TaskManager; the job waits, and goes on when another one comes."""
    await machine.member("jobmanager")
    taskmanager = await machine.member("taskmanager")
    code, out, _ = await machine.run("run", str(machine.job), *machine.counting(300), "--detached")
    job_id = out.strip()
    assert (code, job_id.isalnum()) == (0, True)
    async with machine.client() as client:
        await until(lambda: checkpoints_of(client, job_id))
        taskmanager.kill()
        machine.enough.touch()
        await machine.member("taskmanager")
        outcome = await client.result(job_id)

    assert outcome["results"] == {"count[0]": 300, "count[1]": 300}


async def test_leaving_in_good_order(machine: Machine) -> None:
    """SIGTERM to the leader: it ends with 143, the next one leads, and the job goes on; likewise for a TaskManager.

    Also if nobody reads any more what it says.
    """
    jobmanagers = [await machine.member("jobmanager") for _ in range(2)]
    taskmanagers = [await machine.member("taskmanager") for _ in range(2)]
    record = make_record(str(machine.job), machine.counting(200))
    async with machine.client() as client:
        await client.submit(record.job_id, record.to_bytes())
        await until(lambda: checkpoints_of(client, record.job_id))
        election = await client.election()
        (leader,) = [one for one in jobmanagers if one.pid == machine.leader_pid(election)]
        leader._transport.get_pipe_transport(2).close()  # type: ignore[attr-defined]
        leader.terminate()
        assert await leader.wait() == 143
        taskmanagers[0].send_signal(signal.SIGINT)
        assert await taskmanagers[0].wait() == 130
        machine.enough.touch()
        outcome = await client.result(record.job_id)

    assert outcome["results"] == {"count[0]": 200, "count[1]": 200}


async def test_commands_against_a_running_cluster(machine: Machine) -> None:
    """Run, list, status, cancel and ha find the leader by themselves, and answer on stdout with their exit codes."""
    await machine.member("jobmanager")
    await machine.member("taskmanager")
    code, out, err = await machine.run("run", str(machine.job), "limit=5")
    assert (code, json.loads(out)) == (0, {"count[0]": 5, "count[1]": 5})
    assert "submitted" in err
    code, out, _ = await machine.run("run", str(machine.job), "limit=100000", "-d")
    job_id = out.strip()
    code, out, _ = await machine.run("status", job_id, "--json")
    assert (code, json.loads(out)["name"]) == (0, "counter")
    code, out, _ = await machine.run("cancel", job_id)
    assert (code, out.strip()) in ((0, "CANCELLING"), (0, "CANCELED"))
    assert (await machine.run("status", "nosuchjob"))[0] == 3
    assert (await machine.run("cancel", "nosuchjob"))[0] == 3

    async def is_canceled() -> bool:
        code, out, _ = await machine.run("list", "--json")
        return (code, sorted(job["status"] for job in json.loads(out))) == (0, ["CANCELED", "FINISHED"])

    await until(is_canceled)
    code, out, _ = await machine.run("ha")
    assert (code, "leader" in out, "no failovers" in out) == (0, True, True)


async def test_without_high_availability_there_is_one_address(tmp_path: Path, unused_tcp_port: int) -> None:
    """High-availability none: TaskManagers and clients find the one JobManager at its configured address, also anew."""
    machine = Machine(tmp_path, f"jobmanager.rpc.port: {unused_tcp_port}")
    try:
        jobmanager = await machine.member("jobmanager")
        taskmanager = await machine.member("taskmanager")
        code, out, _ = await machine.run("run", str(machine.job), *machine.counting(200), "-d")
        async with machine.client() as client:
            await until(lambda: checkpoints_of(client, out.strip()))
            taskmanager.kill()
            machine.enough.touch()
            await machine.member("taskmanager")
            assert (await client.result(out.strip()))["results"] == {"count[0]": 200, "count[1]": 200}
        for _ in range(2):
            code, out, _ = await machine.run("run", str(machine.job), "limit=5")
            assert (code, json.loads(out)) == (0, {"count[0]": 5, "count[1]": 5})
            jobmanager.kill()
            await jobmanager.wait()
            jobmanager = await machine.member("jobmanager")
        code, out, _ = await machine.run("list", "--json")
        assert (code, json.loads(out)) == (0, [])
    finally:
        await machine.clean_up()


async def test_the_provider_makes_task_managers(machine: Machine) -> None:
    """S20: with the process provider a job gets TaskManagers that nobody started, and new ones for those that die."""
    with open(machine.folder / "flink-conf.yaml", "a", encoding="utf-8") as file:  # noqa: ASYNC230 - a test's own file
        file.write("resourcemanager.provider: process\ntaskmanager.registration.timeout: 10 s\n")
    await machine.member("jobmanager")
    record = make_record(str(machine.job), machine.counting(300))
    async with machine.client() as client:
        await client.submit(record.job_id, record.to_bytes())
        await until(lambda: checkpoints_of(client, record.job_id))
        (one,) = (await client.cluster())["task_managers"]
        os.kill(one["pid"], signal.SIGKILL)
        machine.enough.touch()
        outcome = await client.result(record.job_id)
        (other,) = (await client.cluster())["task_managers"]
        os.kill(other["pid"], signal.SIGTERM)

    assert outcome["results"] == {"count[0]": 300, "count[1]": 300}
    assert one["pid"] != other["pid"]


async def test_a_cluster_in_the_background(machine: Machine) -> None:
    """Start-cluster and stop-cluster: processes in the background, and gone afterwards with those that they started."""
    (machine.folder / "masters").write_text("localhost\nlocalhost\n")
    (machine.folder / "workers").write_text("localhost\n")
    with open(machine.folder / "flink-conf.yaml", "a", encoding="utf-8") as file:  # noqa: ASYNC230 - a test's own file
        file.write("resourcemanager.provider: process\nresourcemanager.taskmanagers: 2\n")
    options = ("--config-dir", str(machine.folder))
    code, out, err = await machine.run("start-cluster", *options)
    try:
        assert (code, out, err.count("started")) == (0, "", 3)
        assert (await machine.run("start-cluster", *options))[0] == 1
        code, out, _ = await machine.run("run", str(machine.job), "limit=5")
        assert (code, json.loads(out)) == (0, {"count[0]": 5, "count[1]": 5})
        async with machine.client() as client:
            members = await until(lambda: two_members(client))
    finally:
        code, _, err = await machine.run("stop-cluster")  # by DEATHWATCH_CONF_DIR
    assert code == 0, err
    assert [one["pid"] for one in members if os.path.exists(f"/proc/{one['pid']}/cwd")] == []  # noqa: ASYNC240 - proc
    assert (await machine.run("stop-cluster", *options))[0] == 1
    assert list((machine.folder / "run").glob("*.pid")) == []


async def test_interrupting_a_wait_leaves_the_job(machine: Machine) -> None:
    """Ctrl-C on `run` ends the command with 130, and the job goes on."""
    await machine.member("jobmanager")
    await machine.member("taskmanager")
    waiting = await machine.deathwatch("run", str(machine.job), *machine.counting(50))
    assert waiting.stderr is not None
    while b"is RUNNING" not in (line := await waiting.stderr.readline()):
        assert line
    waiting.send_signal(signal.SIGINT)
    assert await waiting.wait() == 130
    machine.enough.touch()
    async with machine.client() as client:
        (job,) = await client.jobs()
        outcome = await client.result(job["id"])

    assert outcome["status"] == "FINISHED"


async def test_a_command_that_is_told_to_end(machine: Machine) -> None:
    """SIGTERM ends a command with 143, after what it has to let go of."""
    local = await machine.deathwatch("local", str(machine.job), "limit=100000")
    assert local.stderr is not None
    while b"is RUNNING" not in (line := await local.stderr.readline()):
        assert line
    local.terminate()
    assert await local.wait() == 143


async def test_task_managers_that_cannot_start_are_no_storm(machine: Machine, unused_tcp_port: int) -> None:
    """Starts are bounded by their backoff; log, HTTP and commands say why; when that is over, the job runs."""
    with open(machine.folder / "flink-conf.yaml", "a", encoding="utf-8") as file:  # noqa: ASYNC230 - a test's own file
        file.write(f"resourcemanager.provider: process\ntaskmanager.rpc.port: {unused_tcp_port}\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", unused_tcp_port))
        taken.listen()
        began = time.monotonic()
        jobmanager = await machine.member("jobmanager", "-D", "rest.port=0")
        waiting = await machine.deathwatch("run", str(machine.job), "limit=5")
        assert waiting.stderr is not None
        async with machine.client() as client:

            async def failed_twice() -> dict[str, Any] | None:
                cluster = await client.cluster()
                return cluster if "2 TaskManagers in a row" in cluster["provider_trouble"] else None

            cluster = await until(failed_twice)
            assert "have ended before they registered: exit status 1" in cluster["provider_trouble"]
            while b"ended before" not in (line := await waiting.stderr.readline()):
                assert line
            assert b"waits for 2 free slots, for count[0], count[1]; " in line
            async with httpx.AsyncClient(base_url=machine.urls[jobmanager]) as http:
                known = (await http.get("/overview")).json()
            assert (known["slots-missing"], known["provider-starts"]) == (2, True)
            assert "exit status 1" in known["provider-trouble"]
            code, out, _ = await machine.run("ha")
            assert (code, "2 are missing; " in out, "exit status 1" in out) == (0, True, True)
        took_s = time.monotonic() - began
    out, _ = await waiting.communicate()
    assert (waiting.returncode, json.loads(out)) == (0, {"count[0]": 5, "count[1]": 5})
    async with machine.client() as client:
        (member,) = (await client.cluster())["task_managers"]
    jobmanager.terminate()
    os.kill(member["pid"], signal.SIGTERM)  # it has the JobManager's stderr
    _, said = await jobmanager.communicate()
    failures = said.count(b"starting a TaskManager has failed")
    assert 2 <= failures <= 5 + took_s / 3, "0.2, 0.4, 0.8 and 1.6 s after one another, and then 3 s"
