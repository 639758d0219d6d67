"""HTTP clients of the JobManagers of a `Scene`: the whole ASGI application, guards included, without sockets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx

from cluster.config import ClusterConfig, load
from cluster.election.office import LeaderOffice
from cluster.rest.api import RestApi
from cluster.rest.gate import LeaderGate
from cluster.rest.guards import Guards
from cluster.rest.metrics import Metrics
from cluster.rest.questions import Questions
from tests.cluster.leader.scene import Scene

TIMEOUT_S = 10.0


class Web:
    """Some JobManagers and their clients.

    Attributes:
        offices: Of each JobManager, in the order in which they stood for election.
        clients: One for each.
    """

    def __init__(self, scene: Scene, *settings: str) -> None:
        self.scene = scene
        self.config, _ = load(overrides=settings)
        self.offices: list[LeaderOffice] = []
        self.clients: list[httpx.AsyncClient] = []
        self.metrics: list[Metrics] = []

    async def open(self, jobmanagers: int, **services: Any) -> None:
        """Start JobManagers."""
        for _ in range(jobmanagers):
            office = await self.scene.job_manager(**services)
            self.offices.append(office)
            self.clients.append(self.client(office, self.config, f"contender-{len(self.offices) - 1}"))

    def client(self, office: LeaderOffice, config: ClusterConfig, name: str) -> httpx.AsyncClient:
        """A client of the JobManager with that office."""
        questions = Questions(LeaderGate(self.scene.system, office, TIMEOUT_S), name)
        metrics = Metrics(self.scene.system, office, questions, "test", self.scene.system.loop.time)
        metrics.start()
        self.metrics.append(metrics)
        api = RestApi(config, questions, "test", metrics.text, self.scene.wall_time)
        app = Guards(api.app(), config.rest.max_content_bytes)
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8081")

    def with_settings(self, **changes: Any) -> httpx.AsyncClient:
        """Another client of the first JobManager, with other settings of its HTTP interface."""
        client = self.client(
            self.offices[0], replace(self.config, rest=replace(self.config.rest, **changes)), "contender-0"
        )
        self.clients.append(client)
        return client

    async def get(self, path: str, jobmanager: int = 0, status: int = 200) -> Any:
        """The JSON at a path."""
        answer = await self.clients[jobmanager].get(path)
        assert answer.status_code == status, answer.text
        return answer.json()

    def transport(self) -> httpx.AsyncBaseTransport:
        """Carries requests to `http://localhost:N` to the JobManager with number N; nobody else is there."""
        clients = self.clients

        class ByPort(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                number = request.url.port or 0
                if not 0 < number <= len(clients):
                    raise httpx.ConnectError("connection refused")
                return await clients[number - 1]._transport.handle_async_request(request)

        return ByPort()

    async def close(self) -> None:
        """Close all clients."""
        for client in self.clients:
            await client.aclose()
        for metrics in self.metrics:
            metrics.stop()
