"""A client that submits while the leader dies has its job accepted once, over HTTP and over actors; virtual time."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from cluster.client import ClusterClient, JobNotFound, NoLeader, RequestRefused
from cluster.config import load
from cluster.rest.client import RestClient
from tests.cluster.leader.scene import Scene
from tests.cluster.rest.web import Web

MOMENTS = ["before it is stored", "after it is stored"]


class Dying:
    """A job store at which the leader dies when the first job comes."""

    def __init__(self, scene: Scene, moment: str) -> None:
        self.scene, self.moment, self.puts = scene, moment, 0

    async def put(self, epoch: int, job_id: str, record: bytes) -> None:
        self.puts += 1
        if self.puts == 1 and self.moment == MOMENTS[0]:
            self.scene.system.stop(self.scene.contenders[0])
            raise OSError("nobody will hear of this")
        await self.scene.jobs.put(epoch, job_id, record)
        if self.puts == 1:
            self.scene.system.stop(self.scene.contenders[0])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.scene.jobs, name)


async def two_jobmanagers(scene: Scene, moment: str) -> Web:
    web = Web(scene)
    await web.open(2, jobs=Dying(scene, moment))
    await scene.leading()
    await scene.task_manager("tm", slots=2)
    return web


async def ran_once(scene: Scene) -> None:
    """The job ran under the second leader, with one attempt of each task; then it ends."""
    await scene.all_running(1)
    assert scene.election.epoch == 2
    assert [(order.job_id, order.task_id, order.epoch) for order in scene.deployed] == [("j1", "a[0]", 2)]
    assert len(await scene.jobs.job_ids()) == 1
    scene.report("a[0]", "FINISHED", result=1)
    await scene.status("FINISHED")


@pytest.mark.parametrize("moment", MOMENTS)
async def test_over_http(scene: Scene, moment: str) -> None:
    """The first answer is 503; the same submission to the other JobManager is accepted, and so is one after the end."""
    web = await two_jobmanagers(scene, moment)
    post = {"content": scene.record("j1", 1), "headers": {"Content-Type": "application/msgpack"}}
    began = scene.system.loop.time()
    first = await web.clients[0].post("/jobs", **post)  # type: ignore[arg-type]
    assert first.status_code == 503
    assert scene.system.loop.time() - began < 1.0, "it waited for an answer that could not come"
    while (again := await web.clients[1].post("/jobs", **post)).status_code == 503:  # type: ignore[arg-type]
        pass
    assert (again.status_code, again.json()["jobid"]) == (202, "j1")
    await ran_once(scene)
    assert (await web.clients[0].post("/jobs", **post)).status_code == 202  # type: ignore[arg-type]
    assert len(scene.deployed) == 1
    await web.close()


@pytest.mark.parametrize("moment", MOMENTS)
async def test_over_http_with_our_own_client(scene: Scene, moment: str) -> None:
    """`--rest` with two URLs: one call, that goes on to the next JobManager by itself."""
    web = await two_jobmanagers(scene, moment)
    async with RestClient(["http://localhost:1", "http://localhost:2"], transport=web.transport()) as client:
        await client.submit("j1", scene.record("j1", 1))
        await ran_once(scene)
        assert await client.result("j1") == {"status": "FINISHED", "error": "", "results": {"a[0]": 1}}
        assert [job["status"] for job in await client.jobs()] == ["FINISHED"]
        assert (await client.job("j1"))["tasks"][0]["state"] == "FINISHED"
        assert (await client.election())["epoch"] == 2
        assert [one["kind"] for one in (await client.cluster())["timeline"]] == ["leader"]
        with pytest.raises(RequestRefused, match="already"):
            await client.cancel("j1")
        for nobody in ("nobody", "../overview", ""):
            with pytest.raises(JobNotFound):
                await client.job(nobody)
    await web.close()


@pytest.mark.parametrize("moment", MOMENTS)
async def test_over_actors(scene: Scene, moment: str) -> None:
    """The client that finds the leader through the election asks the next leader by itself."""
    web = await two_jobmanagers(scene, moment)
    async with ClusterClient(load()[0], scene.system, scene.election.driver()) as client:
        await client.submit("j1", scene.record("j1", 1))
        await ran_once(scene)
        await client.submit("j1", scene.record("j1", 1))
    assert len(scene.deployed) == 1
    await web.close()


async def test_nobody_to_talk_to(scene: Scene) -> None:
    """When no URL answers with a leader in time, the reason of the last answer is told."""
    web = Web(scene)
    scene.election.stand = lambda driver: None  # type: ignore[method-assign]
    await web.open(1)
    async with RestClient(["http://localhost:1", "http://localhost:9"], 0.05, web.transport()) as client:
        with pytest.raises(NoLeader, match=r"election|does not answer"):
            await client.jobs()
    await web.close()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"jobs": [{"jid": "1"}]}', b'{"jobs": 1}', b"\xff"])
async def test_who_is_no_jobmanager_of_ours_is_not_believed(body: bytes) -> None:
    """Whoever listens there is told of in a line: another service, or a JobManager of Flink's."""
    stranger = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    async with RestClient(["http://localhost:1"], transport=stranger) as client:
        for asked in (
            client.jobs,
            client.cluster,
            client.election,
            lambda: client.job("j"),
            lambda: client.result("j"),
        ):
            with pytest.raises(RequestRefused, match="not as a JobManager does"):
                await asked()
        with pytest.raises(RequestRefused, match="not as a JobManager does"):
            await client.submit("j", b"record")


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", b"x", 415),
        ("", b"x", 415),
        ("application/msgpack", b"\xc1", 400),
        ("application/msgpack", b"\x80", 400),
        ("application/json", b"{", 400),
        ("application/json", b"[" * 100_000, 400),
        ("application/json", b"[]", 400),
        ("application/json", b"{}", 400),
        ("application/json", b'{"file": 1}', 400),
        ("application/json", b'{"file": "", "module": "x"}', 400),
        ("application/json", b'{"file": "", "unknown": "x"}', 400),
        ("application/json", b'{"module": "x", "arguments": {"a": 1}}', 400),
    ],
)
async def test_what_is_no_submission(web: Web, kind: str, body: bytes, status: int) -> None:
    """A body that is no job is refused with a reason, and nothing is stored."""
    answer = await web.clients[1].post("/jobs", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, len(answer.json()["errors"])) == (status, 1)
    assert await web.scene.jobs.job_ids() == []


async def test_submitting_may_be_off(web: Web) -> None:
    """`web.submit.enable: false` closes POST /jobs."""
    closed = web.with_settings(submit=False)
    assert (await closed.post("/jobs", content=b"")).status_code == 403
