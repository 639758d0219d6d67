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

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])]


class ZookeeperBackend:
    """A cluster of its own in the shared ensemble."""

    def __init__(self, ensemble: Ensemble) -> None:
        self.settings = ZookeeperSettings(ensemble.hosts, cluster_id=uuid.uuid4().hex, session_timeout_s=3.0)

    def driver(self) -> ZookeeperElectionDriver:
        """A connection as of a new process."""
        return ZookeeperElectionDriver(self.settings)

    def let_lease_run_out(self) -> None:
        """Nothing to do: sessions are short, and the ensemble has its own clock."""


@pytest_asyncio.fixture
async def scene(ensemble: Ensemble) -> AsyncIterator[Scene]:
    """A stage for the test's candidates."""
    scene = Scene(ZookeeperBackend(ensemble))
    yield scene
    await scene.close()


class TestZookeeperElection(ElectionConformance):
    """All of the suite."""
