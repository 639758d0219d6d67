"""The HTTP interface: Flink's paths, fields and statuses, from the leader and from a standby, on virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from actors import PoisonPill
from cluster.rest.client import RestClient
from runtime.remote.events import NodeSuspected
from tests.cluster.leader.scene import Scene
from tests.cluster.rest.paths import FLINK_PATHS, JOB_PATHS
from tests.cluster.rest.web import Web


@pytest.mark.parametrize("jobmanager", [0, 1])
async def test_the_overview_counts(web: Web, jobmanager: int) -> None:
    """TaskManagers, slots and jobs by state, in Flink's words; a standby says what the leader says."""
    await web.scene.task_manager("tm", slots=3)
    await web.scene.submit("j1", tasks=2)
    await web.scene.all_running(2)
    for path in ("/overview", "/v1/overview"):
        known = await web.get(path, jobmanager)
        assert (known["taskmanagers"], known["slots-total"], known["slots-available"]) == (1, 3, 1)
        states = ("running", "finished", "cancelled", "failed")
        assert [known[f"jobs-{state}"] for state in states] == [1, 0, 0, 0]
        assert known["flink-version"] == "test"


async def test_missing_slots_are_shown(web: Web) -> None:
    """How many slots jobs lack, whether anybody starts TaskManagers, and what hinders it: overview, `/ha`, metrics."""
    web.scene.provider.trouble = "the machine is full"
    await web.scene.task_manager("tm", slots=1)
    await web.scene.submit("j1", tasks=3)
    await web.scene.all_running(1)
    overview = await web.get("/overview", 1)
    assert [overview[f"{part}"] for part in ("slots-missing", "provider-starts")] == [2, True]
    ha = await web.get("/ha", 1)
    assert (ha["slots_missing"], ha["provider_starts"]) == (2, True)
    assert ha["provider_trouble"] == overview["provider-trouble"] == "the machine is full"
    async with RestClient(["http://localhost:1"], transport=web.transport()) as client:
        assert (await client.cluster())["slots_missing"] == 2
    assert "\nslots_missing 2.0\n" in (await web.clients[0].get("/metrics")).text


async def test_every_path_is_served_with_and_without_a_version(web: Web) -> None:
    """Each path of the contract is there twice, with the same answer."""
    await web.scene.task_manager("tm")
    await web.scene.submit("j1")
    await web.scene.all_running(2)
    for path in [*FLINK_PATHS, *(f"/jobs/j1/{part}" for part in JOB_PATHS), "/taskmanagers/tm", "/ha", "/readyz"]:
        plain, versioned = await web.get(path), await web.get(f"/v1{path}")
        assert plain == versioned or plain.keys() == versioned.keys(), path


async def test_task_managers(web: Web) -> None:
    """A TaskManager is shown with its slots, and alone also with what is in them."""
    await web.scene.task_manager("tm", slots=2)
    await web.scene.submit("j1", tasks=1)
    await web.scene.all_running(1)
    (one,) = (await web.get("/taskmanagers"))["taskmanagers"]
    assert (one["id"], one["slotsNumber"], one["freeSlots"], one["suspected"]) == ("tm", 2, 1, False)
    assert one["timeSinceLastHeartbeat"] > 1_000_000_000
    web.scene.system.event_stream.publish(NodeSuspected(web.scene.inside["tm"].ref.path.address, "silent"))
    assert [one["suspected"] for one in (await web.get("/taskmanagers", 1))["taskmanagers"]] == [True]
    alone = await web.get("/taskmanagers/tm")
    assert [slot["jobId"] for slot in alone["allocatedSlots"]] == ["j1"]
    assert "TaskManager nobody" in (await web.get("/taskmanagers/nobody", status=404))["errors"][0]
    await web.get("/taskmanagers/a%20b", status=400)


async def test_a_job_from_the_list_to_its_vertices(web: Web) -> None:
    """Lists, overview and details agree, and details have a vertex for each task with counts of its instances."""
    await web.scene.task_manager("tm", slots=2)
    await web.scene.submit("j1", tasks=2)
    await web.scene.all_running(2)
    assert (await web.get("/jobs"))["jobs"] == [{"id": "j1", "status": "RUNNING"}]
    (one,) = (await web.get("/jobs/overview", 1))["jobs"]
    assert (one["jid"], one["state"], one["end-time"]) == ("j1", "RUNNING", -1)
    assert (one["tasks"]["total"], one["tasks"]["running"]) == (2, 2)
    job = await web.get("/jobs/j1")
    (vertex,) = job["vertices"]
    assert (vertex["name"], vertex["parallelism"], vertex["status"], vertex["tasks"]["RUNNING"]) == (
        "a",
        2,
        "RUNNING",
        2,
    )
    assert [node["id"] for node in job["plan"]["nodes"]] == [vertex["id"]]
    assert job["start-time"] == 7000
    config = await web.get("/jobs/j1/config")
    assert config["execution-config"]["restart-strategy"].startswith("fixed-delay (attempts=10")


async def test_exceptions_newest_first(web: Web) -> None:
    """A failure is the root exception and in the history; `maxExceptions` cuts and says so."""
    await web.scene.task_manager("tm", slots=2)
    await web.scene.submit("j1", tasks=1)
    await web.scene.all_running(1)
    assert (await web.get("/jobs/j1/exceptions"))["root-exception"] is None
    for error in ("first: no", "second: no"):
        web.scene.report("a[0]", "FAILED", error=error)
        await web.scene.until(lambda: not web.scene.live())
        await web.scene.all_running(1)
    known = await web.get("/jobs/j1/exceptions", 1)
    assert known["root-exception"] == "second: no"
    assert [one["exceptionName"] for one in known["exceptionHistory"]["entries"]] == ["second", "first"]
    cut = await web.get("/jobs/j1/exceptions?maxExceptions=1")
    assert (len(cut["all-exceptions"]), cut["truncated"]) == (1, True)
    for bad in ("0", "x", "-1", "99999"):
        await web.get(f"/jobs/j1/exceptions?maxExceptions={bad}", status=400)


async def test_checkpoints_and_what_was_restored(web: Web) -> None:
    """Completed checkpoints are counted, and after a failover the restored one is shown: the proof of recovery."""
    await web.scene.task_manager("tm", slots=2)
    await web.scene.submit("j1", tasks=1, interval_s=1.0)
    await web.scene.all_running(1)

    async def completed() -> int:
        return int((await web.get("/jobs/j1/checkpoints"))["counts"]["completed"])

    while await completed() < 2:  # noqa: ASYNC110 - virtual time
        await asyncio.sleep(0.1)
    known = await web.get("/jobs/j1/checkpoints")
    assert known["latest"]["completed"]["id"] == known["history"][0]["id"] == known["counts"]["completed"]
    assert known["latest"]["restored"] is None
    assert (await web.get("/jobs/j1/checkpoints/config"))["interval"] == 1000
    web.scene.report("a[0]", "FAILED", error="no")
    web.scene.contenders[0].tell(PoisonPill())
    await web.scene.until(lambda: (info := web.scene.election.info) is not None and info.epoch == 2)
    await web.scene.all_running(1)
    after = await web.get("/jobs/j1/checkpoints", 1)
    assert after["latest"]["restored"]["id"] >= known["latest"]["completed"]["id"]
    assert after["counts"]["restored"] == 1


async def test_why_a_checkpoint_failed(web: Web) -> None:
    """The last one that failed is shown with its number, its time and the reason, as by Flink."""
    web.scene.acknowledges = False
    await web.scene.task_manager("tm", slots=1)
    await web.scene.submit("j1", tasks=1, interval_s=1.0)
    await web.scene.all_running(1)
    await asyncio.sleep(2.0)
    assert (await web.get("/jobs/j1/checkpoints"))["latest"]["failed"] is None
    web.scene.report("a[0]", "FAILED", error="no")
    await web.scene.until(lambda: len(web.scene.deployed) == 2)
    known = (await web.get("/jobs/j1/checkpoints", 1))["latest"]["failed"]
    assert (known["id"], known["status"]) == (1, "FAILED")
    assert known["failure_message"]
    assert known["failure_timestamp"] > 1_000_000_000


async def test_no_checkpoints(web: Web) -> None:
    """A job without checkpoints has counts of nothing, and no configuration of them."""
    await web.scene.task_manager("tm", slots=1)
    await web.scene.submit("j1", tasks=1)
    assert (await web.get("/jobs/j1/checkpoints"))["counts"]["total"] == 0
    await web.get("/jobs/j1/checkpoints/config", status=404)


async def test_the_execution_result(web: Web) -> None:
    """In progress until the result is stored; then with what each task returned, in full and as JSON."""
    await web.scene.task_manager("tm", slots=1)
    await web.scene.submit("j1", tasks=1)
    await web.scene.all_running(1)
    assert (await web.get("/jobs/j1/execution-result"))["status"]["id"] == "IN_PROGRESS"
    web.scene.report("a[0]", "FINISHED", result={"n": 1, "raw": b"\xff", "odd": float("inf")})
    await web.scene.status("FINISHED")
    known = await web.get("/jobs/j1/execution-result", 1)
    assert known["status"]["id"] == "COMPLETED"
    result = known["job-execution-result"]
    assert (result["id"], result["application-status"]) == ("j1", "SUCCEEDED")
    assert result["results"] == {"a[0]": {"n": 1, "raw": "/w==", "odd": "inf"}}
    assert (await web.get("/overview"))["jobs-finished"] == 1


async def test_secrets_are_masked(scene: Scene) -> None:
    """`/jobmanager/config` shows what was set, without passwords."""
    web = Web(scene)
    web.config = replace(web.config, settings=(("a.password", "x"), ("rest.port", "1")))
    await web.open(1)
    await scene.leading()
    assert await web.get("/jobmanager/config") == [
        {"key": "a.password", "value": "******"},
        {"key": "rest.port", "value": "1"},
    ]
    await web.close()


async def test_ha_names_everybody(web: Web) -> None:
    """`/ha` has leader, epoch, standbys and the failovers with their times."""
    await web.scene.until(lambda: True)
    await asyncio.sleep(0.1)
    known = await web.get("/ha", 1)
    assert (known["leader"]["candidate"], known["epoch"], known["standbys"]) == ("contender-0", 1, ["contender-1"])
    assert known["failovers"] == []
    web.scene.system.stop(web.scene.contenders[0])
    await web.scene.until(lambda: (info := web.scene.election.info) is not None and info.epoch == 2)
    known = await web.get("/ha", 1)
    (failover,) = known["failovers"]
    assert (failover["kind"], failover["epoch"]) == ("leader", 2)
    assert failover["elected_at"] is not None
