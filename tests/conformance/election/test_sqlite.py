"""The election of one machine, with real files and threads on real loops."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cluster.election.sqlite import SqliteElectionDriver
from cluster.election.sqlite_keeper import SqliteSettings
from tests.conformance.election.suite import ElectionConformance, Scene

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])


class SqliteBackend:
    """A file, and a clock that moves only when the test says so."""

    def __init__(self, folder: Path) -> None:
        self.now = 1000.0
        self.settings = SqliteSettings(folder / "ha" / "election.db", lambda: self.now, "this boot", 1.0, 0.002)

    def driver(self) -> SqliteElectionDriver:
        """A connection as of a new process."""
        return SqliteElectionDriver(self.settings)

    def let_lease_run_out(self) -> None:
        """One lease's time."""
        self.now += 1.0


@pytest_asyncio.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """A stage for the test's candidates."""
    scene = Scene(SqliteBackend(tmp_path))
    yield scene
    await scene.close()


class TestSqliteElection(ElectionConformance):
    """All of the suite."""
