"""What the HTTP interface refuses, and how it says so: in Flink's form, with a reason, with a leader and without."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from actors import Actor
from cluster.election.driver import ElectionUnavailable
from cluster.store.places import StorageError
from tests.cluster.leader.scene import Scene
from tests.cluster.rest.paths import FLINK_PATHS, JOB_PATHS
from tests.cluster.rest.web import Web


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


async def test_a_page_of_another_origin_changes_nothing(web: Web) -> None:
    """Requests that change something come from no other origin, and no request under a foreign name (DNS rebinding)."""
    client = web.clients[0]
    assert (await client.patch("/jobs/x", headers={"Origin": "http://evil.example"})).status_code == 403
    assert (await client.patch("/jobs/x", headers={"Origin": "http://localhost:8081"})).status_code == 404
    for name, status in [("evil.example", 403), ("127.0.0.1:8081", 200), ("[::1]:8081", 200), ("LOCALHOST", 200)]:
        answer = await client.get("/overview", headers={"Host": name})
        assert answer.status_code == status, name
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("wrong", ["[::1", "[x]"])
async def test_what_is_no_name_is_nobody_s(web: Web, wrong: str) -> None:
    """A `Host` or an `Origin` that cannot be read is refused like a foreign one."""
    client = web.clients[0]
    assert (await client.get("/overview", headers={"Host": wrong})).status_code == 403
    assert (await client.patch("/jobs/x", headers={"Origin": f"http://{wrong}"})).status_code == 403


@pytest.mark.parametrize("body", [r'{"\ud800": "x"}', r'{"jobid": "\ud800", "module": "m"}', r'{"file": "\ud800"}'])
async def test_half_of_a_character_is_no_text(web: Web, body: str) -> None:
    """JSON can say what no text can hold: it is refused, and named as JSON names it."""
    answer = await web.clients[0].post("/jobs", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert "ud800" in answer.text


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "1" * 5000, "\u0661"])
async def test_a_limit_that_is_no_number(web: Web, limit: str) -> None:
    """It is refused, however long it is."""
    answer = await web.clients[0].get("/jobs/j1/exceptions", params={"maxExceptions": limit})
    assert answer.status_code == 400
    assert "maxExceptions" in answer.text


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
