"""Opening the election's file while other processes are making it."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from cluster.election.driver import ElectionUnavailable
from cluster.election.sqlite_database import OPEN_PATIENCE_S, ElectionDatabase


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
