"""The election among machines, with a real ensemble of three on real loops."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from benchmarks.ensemble import Ensemble
from cluster.election.zookeeper.driver import ZookeeperElectionDriver
from cluster.election.zookeeper.settings import ZookeeperSettings
from tests.conformance.election.suite import ElectionConformance, Scene

pytestmark = [pytest.mark.real, pytest.mark.timeout(240), pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])]
LONG_S, SHORT_S = 20.0, 3.0


class ZookeeperBackend:
    """A cluster of its own in the shared ensemble."""

    def __init__(self, ensemble: Ensemble, session_s: float) -> None:
        self.settings = ZookeeperSettings(ensemble.hosts, cluster_id=uuid.uuid4().hex, session_timeout_s=session_s)

    def driver(self) -> ZookeeperElectionDriver:
        """A connection as of a new process."""
        return ZookeeperElectionDriver(self.settings)

    def let_lease_run_out(self) -> None:
        """Nothing to do: the session is short then, and the ensemble has its own clock."""


@pytest_asyncio.fixture
async def scene(ensemble: Ensemble, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    """A stage for the test's candidates. A busy machine ends no session but where a test waits for that."""
    waits = "when_its_lease_runs_out" in request.node.name
    scene = Scene(ZookeeperBackend(ensemble, SHORT_S if waits else LONG_S))
    yield scene
    await scene.close()


class TestZookeeperElection(ElectionConformance):
    """All of the suite."""
