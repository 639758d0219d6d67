"""The election's file when somebody has spoilt it: bytes of another release, wrong types, removed, replaced."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from cluster.election.driver import ElectionUnavailable, LeaderInfo, Succession
from cluster.election.sqlite import SqliteElectionDriver
from cluster.election.sqlite_database import ElectionDatabase
from cluster.election.sqlite_keeper import (
    LeaderSeen,
    LeaseKeeper,
    Seated,
    SqliteSettings,
    Trouble,
    Unseated,
)
from tests.cluster.election.machine import TTL_S, Machine

INFO = LeaderInfo(1, "dispatcher", "contender", "a")


@pytest.mark.parametrize("spoilt", [b"\x00", INFO.to_bytes() + b"more", b"\x95\x01\xa1d\xa1c\xa1a\xa1x"])
def test_a_leader_that_cannot_be_read_is_succeeded_all_the_same(machine: Machine, spoilt: bytes) -> None:
    """What another release has written names nobody whom we know, and does not keep the office for ever."""
    leader, _ = machine.keeper("a")
    leader.publish(INFO)
    standby, heard = machine.keeper("b")
    leader.database._connection.execute("UPDATE lease SET info = ?", (spoilt,))
    standby.look(machine.now)
    standby.look(machine.now)
    assert [type(event) for event in heard] == [LeaderSeen, LeaderSeen, Trouble]
    assert heard[1] == LeaderSeen(None)

    machine.now += TTL_S
    standby.look(machine.now)
    assert isinstance(heard[-1], Seated)


def test_the_end_of_a_leader_that_cannot_be_read_is_seen(machine: Machine) -> None:
    """Its proof of life can be, and it is succeeded at once, as any other."""
    leader, _ = machine.keeper("a")
    leader.publish(INFO)
    standby, heard = machine.keeper("b")
    leader.database._connection.execute("UPDATE lease SET info = x'00', proof = 'dead'")
    standby._witness = Mock(saw_end=lambda proof: proof == "dead")
    standby.look(machine.now)
    assert Seated(2, Succession.PROCESS_DEAD) in heard
    standby.publish(LeaderInfo(2, "dispatcher", "contender", "b"))
    standby.look(machine.now)
    assert heard[-1] == LeaderSeen(LeaderInfo(2, "dispatcher", "contender", "b"))


@pytest.mark.parametrize(
    "fields", [("1", "d", "c", "a"), (1, "d", None, "a"), (1, "d", "c", b"a"), (True, "d", "c", "a")]
)
def test_a_leader_of_wrong_types_cannot_be_read(fields: Any) -> None:
    """Whoever compares its epoch, or parses its address, would fail at it, far from where it was read."""
    with pytest.raises(ValueError, match="cannot be read"):
        LeaderInfo.from_bytes(LeaderInfo(*fields).to_bytes())


@pytest.mark.parametrize("is_replaced", [False, True])
def test_in_a_file_that_was_removed_nobody_leads(machine: Machine, is_replaced: bool) -> None:
    """Who has it open could use it for ever, beside a leader in the file that others make in its place."""
    leader, events = machine.keeper("a")
    leader.publish(INFO)
    follower, heard = machine.keeper()
    machine.path.unlink()
    if is_replaced:
        for rest in ("-wal", "-shm"):
            Path(f"{machine.path}{rest}").unlink()
        _, others = machine.keeper("b")
        assert others == [Seated(1)]
    with pytest.raises(sqlite3.OperationalError, match="removed or replaced"):
        leader.database.put("key", b"value", 1)
    for keeper in (leader, leader, follower, follower):
        keeper.look(machine.now)

    assert [type(event) for event in events[-2:]] == [Unseated, Trouble]
    assert "removed or replaced" in str(events[-1])
    assert [type(event) for event in heard] == [LeaderSeen, LeaderSeen, Trouble]
    assert heard[1] == LeaderSeen(None)


def test_where_only_the_file_was_removed_nobody_begins_anew(machine: Machine) -> None:
    """SQLite deleted the log beside it, with all that was written last; or it failed by a disk I/O error."""
    leader, _ = machine.keeper("a")
    leader.database.put("jobs/1", b"value", 1)
    machine.path.rename(away := machine.path.with_suffix(".away"))
    with pytest.raises(ElectionUnavailable, match="was removed alone"):
        machine.keeper("b")
    assert not machine.path.exists()

    away.rename(machine.path)
    leader.look(machine.now)
    another, _ = machine.keeper("b")
    assert another.database.get("jobs/1") == b"value"


@pytest.mark.parametrize("kind", ["a file for its folder", "a loop of links"])
def test_in_a_file_whose_place_cannot_be_seen_nobody_leads(machine: Machine, tmp_path: Path, kind: str) -> None:
    """Another may be there by now. Whoever writes hears what is wrong, and is not ended by it."""
    machine.path = tmp_path / "folder" / "election.db"
    leader, events = machine.keeper("a")
    leader.publish(INFO)
    machine.path.parent.rename(tmp_path / "elsewhere")
    if kind == "a loop of links":
        machine.path.parent.symlink_to(machine.path.parent)
    else:
        machine.path.parent.touch()
    with pytest.raises(sqlite3.OperationalError, match=r"removed or replaced|cannot be seen"):
        leader.database.put("key", b"value", 1)
    leader.look(machine.now)
    assert [type(event) for event in events[-2:]] == [Unseated, Trouble]

    machine.path.parent.unlink()
    (tmp_path / "elsewhere").rename(machine.path.parent)
    leader.database.put("key", b"value", 1)
    machine.now += TTL_S
    leader.look(machine.now)
    assert isinstance(events[-1], Seated)


def test_what_is_wrong_besides_is_told_too(machine: Machine) -> None:
    """A leader that cannot be read may be shown for hours: what fails meanwhile is told, each thing once."""
    leader, _ = machine.keeper("a")
    leader.publish(INFO)
    leader.database._connection.execute("UPDATE lease SET info = x'00'")
    standby, heard = machine.keeper("b")
    standby.look(machine.now)
    for away in (True, True, False, True):
        if away:
            machine.path.rename(machine.path.with_suffix(".away"))
        standby.look(machine.now)
        if away:
            machine.path.with_suffix(".away").rename(machine.path)
    troubles = [str(event.error) for event in heard if isinstance(event, Trouble)]
    assert len(troubles) == 2
    assert "cannot be read" in troubles[0]
    assert "removed or replaced" in troubles[1]

    leader.publish(INFO)
    standby.look(machine.now)
    leader.database._connection.execute("UPDATE lease SET info = x'00'")
    standby.look(machine.now)
    assert "cannot be read" in str(heard[-1])
    assert len([event for event in heard if isinstance(event, Trouble)]) == 3


def test_of_ever_new_troubles_some_are_told(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever an error's text says, a log is not filled with a hundred a second."""
    keeper, heard = machine.keeper("a")
    monkeypatch.setattr(keeper, "_observe", Mock(side_effect=map(OSError, range(100))))
    for _ in range(100):
        keeper.look(machine.now)
    assert [type(event) for event in heard] == [Seated, *[Trouble] * 16]


@pytest.mark.asyncio(loop_factories=["asyncio"])
async def test_whatever_is_wrong_with_the_file_whoever_asks_is_answered(tmp_path: Path) -> None:
    """The keeper's thread goes on: no other renews, answers, or can say that there is trouble."""
    listener, path, failed = Mock(), tmp_path / "election.db", asyncio.Event()
    listener.failed = lambda _: failed.set()
    driver = SqliteElectionDriver(SqliteSettings(path, time.monotonic, "boot", TTL_S, poll_s=0.001))
    await driver.start(listener)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("INSERT INTO lease VALUES (1, 'one', 'a', 'yesterday', 'long', 'boot', '', NULL)")
    async with asyncio.timeout(10):
        await failed.wait()
        assert await driver.get("key") is None
        await driver.close()


@pytest.mark.asyncio(loop_factories=["asyncio"])
async def test_a_lease_that_cannot_be_given_up_runs_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the loop has put there without waiting for it ends no thread, whatever it fails with."""
    listener, begun = Mock(), asyncio.Event()
    listener.granted = lambda _: begun.set()
    driver = SqliteElectionDriver(SqliteSettings(tmp_path / "election.db", time.monotonic, "boot", TTL_S, poll_s=0.001))
    monkeypatch.setattr(LeaseKeeper, "drop", Mock(side_effect=TypeError("of a spoilt row")))
    await driver.start(listener)
    async with asyncio.timeout(10):
        await driver.stand("a")
        await begun.wait()
        assert driver._keeper is not None
        driver._keeper.lease = None
        driver._keep_deadline(1)
        assert await driver.get("key") is None
        await driver.close()


@pytest.mark.asyncio(loop_factories=["asyncio"])
async def test_a_start_that_is_broken_off_leaves_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has the keeper that a cancelled start is still opening, so it ends by itself."""
    opens, goes_on = threading.Event(), threading.Event()
    made = ElectionDatabase.__init__

    def slowly(*args: Any) -> None:
        opens.set()
        goes_on.wait(10)
        made(*args)

    monkeypatch.setattr(ElectionDatabase, "__init__", slowly)
    driver = SqliteElectionDriver(SqliteSettings(tmp_path / "election.db", time.monotonic, "boot", TTL_S))
    starting = asyncio.get_running_loop().create_task(driver.start(Mock()))
    await asyncio.to_thread(opens.wait)
    threads = [one for one in threading.enumerate() if one.name == "election"]
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await driver.close()
    goes_on.set()
    for one in threads:
        await asyncio.to_thread(one.join, 10)
    assert not [one for one in threads if one.is_alive()]
