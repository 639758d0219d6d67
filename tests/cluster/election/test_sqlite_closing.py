"""The driver over a file that ends, whatever comes in between."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from cluster.election.sqlite import SqliteElectionDriver
from cluster.election.sqlite_keeper import LeaseKeeper, SqliteSettings

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])


@pytest.fixture
def driver(tmp_path: Path) -> SqliteElectionDriver:
    """Looks often."""
    return SqliteElectionDriver(SqliteSettings(tmp_path / "election.db", time.monotonic, "boot", 2.0, poll_s=0.001))


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    """Nothing is left running."""
    before = set(threading.enumerate())
    yield
    left = [one for one in threading.enumerate() if one not in before and one.name == "election"]
    for one in left:
        one.join(5)
    assert not [one for one in left if one.is_alive()]


async def test_a_close_that_is_broken_off_leaves_no_thread(
    driver: SqliteElectionDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that goes on looks at the file for as long as the process lives, and nobody can end it any more."""
    begins, goes_on = threading.Event(), threading.Event()

    def slowly(_: LeaseKeeper) -> None:
        begins.set()
        goes_on.wait(10)

    monkeypatch.setattr(LeaseKeeper, "resign", slowly)
    await driver.start(Mock())
    closing = asyncio.get_running_loop().create_task(driver.close())
    await asyncio.to_thread(begins.wait)
    closing.cancel()
    await asyncio.sleep(0)
    goes_on.set()
    with pytest.raises(asyncio.CancelledError):
        await closing
