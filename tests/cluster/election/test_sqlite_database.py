"""The election's file: opened while other processes are making it, on a full disk, and with a name that is none."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from unittest.mock import Mock

import pytest

from cluster.election.driver import ElectionUnavailable
from cluster.election.sqlite import SqliteElectionDriver
from cluster.election.sqlite_database import OPEN_PATIENCE_S, ElectionDatabase
from cluster.election.sqlite_keeper import SqliteSettings


@pytest.fixture
def path(tmp_path):
    """Where the file will be."""
    return tmp_path / "election.db"


@pytest.fixture
def other(path):
    """Another process's connection, which has just begun to make the file."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield connection


def test_a_file_that_another_process_is_making_is_opened_when_it_is_made(path, other):
    """JobManagers that start together on a new file all get it open; none gives up because it is locked."""
    looks = []

    def clock() -> float:
        looks.append(None)
        if len(looks) == 3:
            other.execute("ROLLBACK")
        return 0.0

    with contextlib.closing(ElectionDatabase(path, clock, "boot", 2.0, busy_s=0.0)) as database:
        assert database.take("one", "") is not None
    assert len(looks) >= 3


def test_a_file_that_stays_locked_is_given_up_with_its_name(path, other):
    """A file that cannot be had is one clear error in the end, which names it."""
    times = iter((0.0, OPEN_PATIENCE_S / 2, OPEN_PATIENCE_S))

    with pytest.raises(ElectionUnavailable, match=r"election\.db cannot be used: database is locked"):
        ElectionDatabase(path, lambda: next(times), "boot", 2.0, busy_s=0.0)


def test_what_cannot_be_written_is_told_with_its_reason_and_undone(path):
    """SQLite undoes a transaction by itself when the disk is full; the next one is not hindered by it."""
    with contextlib.closing(ElectionDatabase(path, lambda: 0.0, "boot", 2.0)) as database:
        database.take("one", "")
        (pages,) = database._connection.execute("PRAGMA page_count").fetchone()
        database._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(sqlite3.OperationalError, match="database or disk is full"):
            database.put("key", b"x" * 100_000, 1)
        database._connection.execute("PRAGMA max_page_count = 1000")
        database.put("key", b"y", 1)
        assert database.list("") == {"key": b"y"}


@pytest.mark.asyncio(loop_factories=["asyncio"])
async def test_a_name_that_no_file_can_have_is_one_clear_error():
    """Whoever starts a driver is told, whatever the reason is; nobody waits for a thread that has ended."""
    driver = SqliteElectionDriver(SqliteSettings(Path("no\0name"), lambda: 0.0, "boot"))
    with pytest.raises(ElectionUnavailable, match="cannot be used: embedded null byte"):
        await driver.start(Mock())
