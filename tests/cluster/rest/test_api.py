"""The HTTP interface: Flink's paths, fields and statuses, from the leader and from a standby, on virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from actors import Actor, PoisonPill
from cluster.election.driver import ElectionUnavailable
from cluster.rest.client import RestClient
from cluster.store.places import StorageError
from runtime.remote.events import NodeSuspected
from tests.cluster.leader.scene import Scene
from tests.cluster.rest.web import Web

FLINK_PATHS = ["/overview", "/config", "/jobmanager/config", "/taskmanagers", "/jobs", "/jobs/overview", "/jobs/j1"]
JOB_PATHS = ["config", "exceptions", "checkpoints", "execution-result"]


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


async def test_cancelling(web: Web) -> None:
    """PATCH cancels with 202; 409 for what has ended, 404 for what nobody knows, 400 for another mode."""
    await web.scene.task_manager("tm", slots=2)
    await web.scene.submit("j1", tasks=1)
    await web.scene.all_running(1)
    standby = web.clients[1]
    assert (await standby.patch("/jobs/j1?mode=stop")).status_code == 400
    answer = await standby.patch("/v1/jobs/j1?mode=cancel")
    assert (answer.status_code, answer.json()) == (202, {})
    await web.scene.status("CANCELED")
    assert (await standby.patch("/jobs/j1")).status_code == 409
    assert (await standby.patch("/jobs/nobody")).status_code == 404
    closed = web.with_settings(cancel=False)
    assert (await closed.patch("/jobs/j1")).status_code == 403
    assert (await closed.delete("/cluster")).status_code == 403


async def test_what_cannot_be_stored_is_refused_with_the_reason(scene: Scene) -> None:
    """500 and one line, for a submission and for a cancellation; not 503, after which a client would try on."""

    class Store:
        error: Exception | None = None

        def __getattr__(self, name: str) -> Any:
            return getattr(scene.jobs, name)

        async def put(self, *job: Any) -> None:
            if self.error is not None:
                raise self.error
            await scene.jobs.put(*job)

        async def cancel(self, *job: Any) -> bool:
            if self.error is not None:
                raise self.error
            return await scene.jobs.cancel(*job)

    web, store = Web(scene), Store()
    await web.open(1, jobs=store)
    await scene.leading()
    await scene.submit("j1", tasks=1)
    store.error = StorageError("no room")
    post = {"content": scene.record("j2"), "headers": {"Content-Type": "application/msgpack"}}
    answer = await web.clients[0].post("/jobs", **post)
    assert (answer.status_code, answer.json()) == (500, {"errors": ["the job could not be stored: no room"]})
    store.error = ElectionUnavailable("no answer")
    answer = await web.clients[0].patch("/jobs/j1?mode=cancel")
    reason = "job j1 is not cancelled, as that cannot be stored now: no answer"
    assert (answer.status_code, answer.json()) == (500, {"errors": [reason]})
    store.error = None
    assert (await web.clients[0].post("/jobs", **post)).status_code == 202
    assert (await web.clients[0].patch("/jobs/j1?mode=cancel")).status_code == 202
    await web.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/v1/jars", 404),
        ("GET", "/v2/overview", 404),
        ("GET", "/jobs/nobody", 404),
        ("GET", "/jobs/nobody/exceptions", 404),
        ("GET", "/jobs/nobody/execution-result", 404),
        ("GET", "/jobs/j1/nothing", 404),
        ("GET", "/jobs/-x", 400),
        ("GET", "/jobs/a%2Fb", 404),
        ("GET", f"/jobs/{'a' * 200}", 400),
        ("PATCH", "/jobs/..%20", 400),
        ("POST", "/overview", 405),
        ("DELETE", "/jobs/j1", 405),
        ("PUT", "/cluster", 405),
    ],
)
async def test_errors_have_the_form_of_flink(web: Web, method: str, path: str, status: int) -> None:
    """What is not there, not allowed or malformed is told in `errors`, a list of texts."""
    answer = await web.clients[0].request(method, path)
    assert answer.status_code == status
    (text,) = answer.json()["errors"]
    assert text


async def test_nobody_leads(scene: Scene) -> None:
    """Every path of Flink answers 503 with a plain reason while there is no leader; `/ha` says what it knows."""
    web = Web(scene)
    scene.election.stand = lambda driver: None  # type: ignore[method-assign]
    await web.open(1)
    for path in [*FLINK_PATHS, *(f"/jobs/j1/{part}" for part in JOB_PATHS)]:
        answer = await web.clients[0].get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1"), path
        assert "election" in answer.json()["errors"][0]
    assert (await web.clients[0].patch("/jobs/j1")).status_code == 503
    web.offices[0].failed(OSError("no route to zk1"))
    assert "cannot be used: no route to zk1" in (await web.get("/readyz", status=503))["errors"][0]
    assert await web.get("/healthz") == {"status": "ok"}
    known = await web.get("/ha", status=503)
    assert (known["leader"], known["answered_by"]) == (None, "contender-0")
    await web.close()


async def test_an_answer_ends_with_its_leader(web: Web) -> None:
    """Who waits for a leader that is replaced hears so at once, and not after the time for an answer."""
    began = web.scene.system.loop.time()
    web.scene.system.stop(web.scene.contenders[0])
    answers = []
    while web.scene.system.loop.time() < began + 2.0:
        answers.append((await web.clients[1].get("/overview")).status_code)
        await asyncio.sleep(0.01)
    assert set(answers) <= {200, 503}
    assert answers[-1] == 200


class Silent(Actor[object]):
    def receive(self, message: object) -> None:
        """Say nothing."""


async def test_a_leader_that_does_not_answer(web: Web) -> None:
    """A leader that leads and is silent is 503 with its name, after the time for an answer."""
    assert web.offices[1].leader is not None
    silent = web.scene.system.spawn(Silent)
    web.offices[1].leader = replace(web.offices[1].leader, address=str(silent.path))
    began = web.scene.system.loop.time()
    answer = await web.clients[1].get("/jobs")
    assert answer.status_code == 503
    assert "has not answered in 10 s" in answer.json()["errors"][0]
    assert web.scene.system.loop.time() - began == pytest.approx(10.0, abs=0.1)


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


async def test_a_page_of_another_origin_changes_nothing(web: Web) -> None:
    """Requests that change something come from no other origin, and no request under a foreign name (DNS rebinding)."""
    client = web.clients[0]
    assert (await client.patch("/jobs/x", headers={"Origin": "http://evil.example"})).status_code == 403
    assert (await client.patch("/jobs/x", headers={"Origin": "http://localhost:8081"})).status_code == 404
    for name, status in [("evil.example", 403), ("127.0.0.1:8081", 200), ("[::1]:8081", 200), ("LOCALHOST", 200)]:
        answer = await client.get("/overview", headers={"Host": name})
        assert answer.status_code == status, name
        assert "access-control-allow-origin" not in answer.headers


async def test_bodies_are_bounded(web: Web) -> None:
    """A body that is too long is 413, by what its header says or by what comes."""

    async def endless() -> object:
        for _ in range(1000):
            yield b"x" * 1024

    client = web.with_settings(max_content_bytes=10_000)
    answers = [
        await client.post("/jobs", content=b"x" * 20_000),
        await client.post("/jobs", content=endless(), headers={"Content-Type": "application/json"}),  # type: ignore[arg-type]
    ]
    assert [one.status_code for one in answers] == [413, 413]
    assert isinstance(answers[0], httpx.Response)
