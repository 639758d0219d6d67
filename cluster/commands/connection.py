"""How a command reaches the leader: through the election backend, or over HTTP with `--rest URL`.

Both ways offer the same. Deliberately not here: the ways (`cluster.client`, `cluster.rest.client`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, Self

from cluster.client import ClusterClient
from cluster.commands.options import say
from cluster.config import ClusterConfig


class Client(Protocol):
    """What commands ask for; see `cluster.client.ClusterClient`."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def submit(self, job_id: str, record: bytes) -> None:
        """Submit a job; repeated by itself, and accepted once."""

    async def jobs(self) -> list[dict[str, Any]]:
        """All jobs."""
        ...

    async def job(self, job_id: str) -> dict[str, Any]:
        """Details of one job."""
        ...

    async def cancel(self, job_id: str) -> str:
        """Cancel a job; returns its status."""
        ...

    async def retry(self, job_id: str) -> str:
        """Recover a job again that was set aside; returns its status."""
        ...

    async def cluster(self) -> dict[str, Any]:
        """TaskManagers and the timeline of failovers."""
        ...

    async def election(self) -> dict[str, Any]:
        """Leader and standbys."""
        ...

    async def result(self, job_id: str, told: Callable[[str, str], None] | None = None) -> dict[str, Any]:
        """Wait for the end of a job."""
        ...


def connect(config: ClusterConfig) -> Client:
    """The way that the command line asks for. Who has to wait for a leader is told so on stderr."""
    if not config.rest_urls:
        return ClusterClient(config, waiting=say)
    from cluster.rest.client import RestClient

    return RestClient(config.rest_urls, config.client_timeout_s, waiting=say)
