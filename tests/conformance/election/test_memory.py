"""The election of one process, on virtual and on real loops."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from cluster.election.memory import MemoryElection
from tests.conformance.election.suite import ElectionConformance, Scene


class MemoryBackend(MemoryElection):
    """Its leases run out by the loop's own clock."""

    def let_lease_run_out(self) -> None:
        """Nothing to do: they are short."""


@pytest_asyncio.fixture
async def scene() -> AsyncIterator[Scene]:
    """A stage for the test's candidates."""
    scene = Scene(MemoryBackend(lease_ttl_s=0.05))
    yield scene
    await scene.close()


class TestMemoryElection(ElectionConformance):
    """All of the suite."""
