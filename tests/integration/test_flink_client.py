"""A public client that was written for Flink drives a cluster of real processes, through any of its JobManagers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from flink_rest_client import FlinkRestClient
from flink_rest_client.common import RestException

from cluster.commands.jobs import make_record
from tests.integration.machine import Machine, checkpoints_of, until

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

T = TypeVar("T")


@pytest_asyncio.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    machine = Machine(tmp_path, f"high-availability: sqlite\nhigh-availability.storageDir: {tmp_path}/store")
    yield machine
    await machine.clean_up()


def client_of(url: str) -> Any:
    host, _, port = url.removeprefix("http://").rpartition(":")
    return FlinkRestClient.get(host=host, port=int(port))


async def ask(call: Callable[..., T], *words: Any) -> T:
    """The client blocks."""
    return await asyncio.to_thread(call, *words)


async def test_a_client_of_flink(machine: Machine) -> None:
    """Overview, TaskManagers, jobs, exceptions, checkpoints, results, cancellation and the end of the cluster."""
    jobmanagers = [await machine.member("jobmanager", "-D", "rest.port=0") for _ in range(2)]
    taskmanager = await machine.member("taskmanager")
    leader, standby = (client_of(machine.urls[one]) for one in jobmanagers)
    record = make_record(str(machine.job), ["limit=100000"])
    short = make_record(str(machine.job), ["limit=1"])
    async with machine.client() as client:
        await client.submit(record.job_id, record.to_bytes())
        await until(lambda: checkpoints_of(client, record.job_id))

    for flink in (leader, standby):
        overview = await ask(flink.overview)
        assert (overview["taskmanagers"], overview["slots-total"], overview["jobs-running"]) == (1, 2, 1)
        assert (await ask(flink.config))["features"]["web-cancel"] is True
        assert (await ask(flink.jobmanager.config))["high-availability"] == "sqlite"
        (member,) = await ask(flink.taskmanagers.taskmanager_ids)
        details = await ask(flink.taskmanagers.get, member)
        assert (details["freeSlots"], len(details["allocatedSlots"])) == (0, 2)
        assert await ask(flink.jobs.job_ids) == [record.job_id]
        assert (await ask(flink.jobs.overview))[0]["state"] == "RUNNING"
        assert (await ask(flink.jobs.get, record.job_id))["name"] == "counter"
        assert len(await ask(flink.jobs.get_vertex_ids, record.job_id)) == 1
        assert (await ask(flink.jobs.get_config, record.job_id))["jid"] == record.job_id
        assert (await ask(flink.jobs.get_exceptions, record.job_id))["all-exceptions"] == []
        assert len(await ask(flink.jobs.get_checkpoint_ids, record.job_id)) == 1
        assert (await ask(flink.jobs.get_checkpointing_configuration, record.job_id))["interval"] == 100
        assert (await ask(flink.jobs.get_execution_result, record.job_id))["status"]["id"] == "IN_PROGRESS"
        for missing in (
            lambda flink=flink: flink.jobs.get("nobody"),
            flink.jars.all,
            flink.datasets,
            flink.jobs.metric_names,
        ):
            with pytest.raises(RestException, match="404"):
                await ask(missing)
    assert await ask(standby.jobs.terminate, record.job_id) is True
    with pytest.raises(RestException, match="409"):
        await until(lambda: ask(lambda: not standby.jobs.terminate(record.job_id)))

    async with machine.client() as client:
        await client.submit(short.job_id, short.to_bytes())
        await client.result(short.job_id)
    result = await ask(standby.jobs.get_execution_result, short.job_id)
    assert result["job-execution-result"]["results"] == {"count[0]": 1, "count[1]": 1}
    assert await ask(standby.delete_cluster) == {}
    async with asyncio.timeout(60):
        assert [await one.wait() for one in (*jobmanagers, taskmanager)] == [0, 0, 0]
