"""`RestService`: the HTTP interface of one JobManager, from configuration to a listener, and back. Composition.

Everything that HTTP needs is imported when it starts, on a thread, so that a JobManager without it pays nothing and one
that leads already is not held up. Deliberately not here: the parts.
"""

from __future__ import annotations

import importlib
import socket
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import anyio.to_thread

from cluster.configuration.cluster_config import ClusterConfig
from cluster.rest.gate import LeaderGate, Office
from cluster.rest.listener import bound, is_loopback, own_names
from runtime import ActorSystem

EXTRA = "pip install 'deathwatch[http]'"


def own_version() -> str:
    """What clients are told that speaks to them."""
    try:
        return f"deathwatch-{version('deathwatch')}"
    except PackageNotFoundError:
        return "deathwatch"


class RestService:
    """One listener with its application.

    Args:
        config: Of the process.
        system: Of this process.
        office: Knows who leads.
        candidate: Id of this JobManager.

    Attributes:
        url: Where it answers, from `listen` on; empty if it is off.
        why_off: For people, if it is off.
    """

    def __init__(self, config: ClusterConfig, system: ActorSystem, office: Office, candidate: str) -> None:
        self.url = ""
        self.why_off = ""
        self._config = config
        self._system = system
        self._office = office
        self._candidate = candidate
        self._listener: socket.socket | None = None
        self._server: Any = None
        self._metrics: Any = None

    def listen(self) -> None:
        """Take a port, if HTTP is on.

        Raises:
            OSError: If none can be had; the text names the key.
        """
        if not self._config.rest.ports:
            self.why_off = "rest.port is -1"
            return
        self._listener = bound(self._config.rest)
        host, port = self._listener.getsockname()[:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def start(self) -> None:
        """Answer, if HTTP can be served here."""
        if self._listener is None:
            return
        try:
            await anyio.to_thread.run_sync(self._load)
        except ImportError as error:
            self.why_off = f"{error.name or error} is not installed: {EXTRA}"
            await self.stop()
            return
        self._server = self._make_server()
        await self._server.start(self._listener)

    async def stop(self) -> None:
        """Answer no more."""
        self.url = ""
        if self._server is not None:
            self._metrics.stop()
            await self._server.stop()
        if self._listener is not None:
            self._listener.close()

    def _load(self) -> None:
        for name in ("cluster.rest.api", "cluster.rest.metrics", "cluster.rest.guards", "cluster.rest.server"):
            importlib.import_module(name)

    def _make_server(self) -> Any:
        from cluster.rest.api import RestApi
        from cluster.rest.guards import Guards
        from cluster.rest.metrics import Metrics
        from cluster.rest.questions import Questions
        from cluster.rest.server import HttpServer

        rest = self._config.rest
        questions = Questions(LeaderGate(self._system, self._office, self._config.ask_timeout_s), self._candidate)
        self._metrics = Metrics(self._system, self._office, questions, own_version(), time.perf_counter)
        self._metrics.start()
        app = RestApi(self._config, questions, own_version(), self._metrics.text).app()
        everywhere = is_loopback(rest.bind_address)
        return HttpServer(Guards(app, rest.max_content_bytes, own_names(rest), everywhere=everywhere))
