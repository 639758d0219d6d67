"""HTTP on real sockets: our own commands with `--rest`, submissions as JSON, and clients that are slow."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cluster.config import ConfigError, load
from cluster.rest.client import RestClient
from cluster.rest.connection import WatchedConnection
from cluster.rest.guards import Guards
from cluster.rest.listener import bound
from cluster.rest.server import HttpServer
from cluster.rest.service import RestService
from tests.cluster.commands.jobs import COUNTER
from tests.integration.machine import Machine

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]


@pytest_asyncio.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    machine = Machine(tmp_path, f"high-availability: sqlite\nhigh-availability.storageDir: {tmp_path}/store")
    yield machine
    await machine.clean_up()


async def test_commands_and_submissions_over_http(machine: Machine) -> None:
    """Run, list, status, cancel and ha over `--rest`; a JSON submission with one key is one job, bad code is 400."""
    jobmanager = await machine.member("jobmanager", "-D", "rest.port=0")
    await machine.member("taskmanager")
    url = machine.urls[jobmanager]
    rest = ("--rest", f"http://127.0.0.1:1,{url}", "-D", "high-availability=none")
    code, out, err = await machine.run("run", str(machine.job), "limit=5", *rest)
    assert (code, json.loads(out)) == (0, {"count[0]": 5, "count[1]": 5}), err
    code, out, _ = await machine.run("ha", "--json", *rest)
    assert (code, json.loads(out)["epoch"]) == (0, 1)
    assert (await machine.run("status", "nobody", *rest))[0] == 3

    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        order = {"file": COUNTER, "fileName": "posted.py", "arguments": {"limit": "100000"}}
        posted = [await client.post("/jobs", json=order, headers={"Idempotency-Key": "k"}) for _ in range(2)]
        assert [one.status_code for one in posted] == [202, 202], posted[0].text
        job_id = posted[0].json()["jobid"]
        assert posted[1].json()["jobid"] == job_id
        assert len((await client.get("/jobs")).json()["jobs"]) == 2
        other = await client.post("/jobs", json={**order, "arguments": {}}, headers={"Idempotency-Key": "k"})
        assert other.status_code == 409
        for code_of_user in ("raise SystemExit(3)", "import os; os._exit(7)", "print('x'); job = 17"):
            answer = await client.post("/jobs", json={"file": code_of_user})
            assert (answer.status_code, len(answer.json()["errors"])) == (400, 1), code_of_user
    code, out, _ = await machine.run("status", job_id, "--json", *rest)
    assert (code, json.loads(out)["source"]) == (0, "posted.py:job")
    code, out, _ = await machine.run("cancel", job_id, *rest)
    assert (code, out.strip()) in ((0, "CANCELLING"), (0, "CANCELED"))
    assert (await machine.run("list", "--rest", "ftp://x"))[0] == 2


class Listener:
    """The HTTP server around a small application."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, idle_s: float = 60.0) -> None:
        monkeypatch.setattr(WatchedConnection, "idle_s", idle_s)
        monkeypatch.setattr(WatchedConnection, "max_connections", 5)

        async def echo(request: Request) -> Response:
            return Response(await request.body() + b"x" * int(request.query_params.get("more", "0")))

        app = Starlette(routes=[Route("/echo", echo, methods=["GET", "POST"])])
        self.server = HttpServer(Guards(app, 1024, request_s=0.5))

    async def __aenter__(self) -> int:
        listener = bound(load(overrides=["rest.port=0"])[0].rest)
        await self.server.start(listener)
        return int(listener.getsockname()[1])

    async def __aexit__(self, *_: object) -> None:
        await self.server.stop()


HEAD = b"POST /echo HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b""),
        (HEAD, b""),
        (HEAD + b"Content-Length: 10\r\n\r\nabc", b"HTTP/1.1 408"),
        (HEAD + b"X: " + b"y" * 20_000, b"HTTP/1.1 400"),
        (HEAD + b"Content-Length: 2000\r\n\r\n", b"HTTP/1.1 413"),
        (HEAD.replace(b"/echo", b"/echo?more=50000000") + b"Content-Length: 0\r\n\r\n", b"HTTP/1.1 200"),
    ],
    ids=["nothing", "half a head", "half a body", "a long head", "a long body", "does not read"],
)
async def test_a_slow_client_loses_its_connection(monkeypatch: pytest.MonkeyPatch, sent: bytes, answer: bytes) -> None:
    """Who says nothing, stops in the middle, says too much or does not read is cut off; another is served meanwhile."""
    async with Listener(monkeypatch, idle_s=0.2) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1000)
        writer.write(sent)
        await until_served(port)
        said = b""
        async with asyncio.timeout(100):
            if b"more" in sent:
                while port_is_held(port, writer):  # noqa: ASYNC110 - the kernel sets no event
                    await asyncio.sleep(0.05)
            try:
                while part := await reader.read(65536):
                    said += part
            except ConnectionResetError:
                pass
        writer.close()
    assert said.startswith(answer)
    assert len(said) < 40_000_000


async def until_served(port: int) -> None:
    """Asked again by who finds no room, or is himself so slow on a busy machine that his connection is closed."""
    async with asyncio.timeout(60), httpx.AsyncClient(timeout=60) as client:
        while True:
            try:
                answer = await client.get(f"http://127.0.0.1:{port}/echo?more=3")
            except httpx.TransportError:
                await asyncio.sleep(0.02)
                continue
            if answer.status_code != 408:
                break
    assert (answer.status_code, answer.text) == (200, "xxx")


def port_is_held(port: int, writer: asyncio.StreamWriter) -> bool:
    """Whether the server's end of our connection is still open."""
    own = writer.get_extra_info("sockname")[1]
    text = Path("/proc/net/tcp").read_text(encoding="ascii")
    rows = [line.split() for line in text.splitlines()[1:]]
    return any(row[1].endswith(f":{port:04X}") and row[2].endswith(f":{own:04X}") and row[3] == "01" for row in rows)


async def test_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """One connection too many is closed at once; when others have gone there is room again."""
    async with Listener(monkeypatch) as port:
        several = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        async with httpx.AsyncClient(timeout=60) as client:
            with pytest.raises(httpx.TransportError):
                await client.get(f"http://127.0.0.1:{port}/echo")
        for _, writer in several:
            writer.close()
        await until_served(port)


async def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the packages of the extra HTTP is off, with one line that names it; `--rest` is a usage error."""
    for name in ("cluster.rest.server", "cluster.rest.connection"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn.config", None)
    config, _ = load(overrides=["rest.port=0"])
    nobody: Any = None
    rest = RestService(config, nobody, nobody, "jm")
    rest.listen()
    await rest.start()
    assert (rest.url, "uvicorn" in rest.why_off, "pip install 'deathwatch[http]'" in rest.why_off) == ("", True, True)
    await rest.stop()
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(ConfigError, match=r"deathwatch\[http\]"):
        RestClient(["http://localhost"])


async def test_http_may_be_off() -> None:
    """`rest.port: -1` takes no port, and says why."""
    nobody: Any = None
    rest = RestService(load(overrides=["rest.port=-1"])[0], nobody, nobody, "jm")
    rest.listen()
    await rest.start()
    assert (rest.url, rest.why_off) == ("", "rest.port is -1")
    await rest.stop()


async def test_a_port_that_is_taken() -> None:
    """A chosen port that is taken is an error that names the key; the default gives way to a free one.

    Also while the other JobManager has only just begun: it listens as soon as it has the port.
    """
    first = bound(load(overrides=["rest.port=0"])[0].rest)
    port = first.getsockname()[1]
    with pytest.raises(OSError, match=rf"rest.port: cannot listen at 127.0.0.1, port {port}"):
        bound(load(overrides=[f"rest.port={port}"])[0].rest)
    second = bound(load(overrides=[f"rest.bind-port={port},0"])[0].rest)
    assert second.getsockname()[1] != port
    with pytest.raises(OSError, match=r"rest.bind-address"):
        bound(load(overrides=["rest.bind-address=203.0.113.1", "rest.port=0"])[0].rest)
    first.close()
    second.close()
