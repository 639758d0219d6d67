"""The election among real processes: kill -9, stop and continue, on a real clock."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cluster.election.driver import LeaderInfo, StaleEpoch
from cluster.election.sqlite import SqliteElectionDriver
from cluster.election.sqlite_keeper import SqliteSettings
from tests.conformance.election.suite import Candidate, until

pytestmark = [pytest.mark.real, pytest.mark.timeout(120), pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])]
LONG_S, SHORT_S = 60.0, 0.5
"""Leases: one that no busy machine lets run out, and one that a test waits for."""

CANDIDATE = """
import asyncio, json, sys, time
from pathlib import Path
from cluster.election.driver import LeaderInfo
from cluster.election.sqlite import SqliteElectionDriver
from cluster.election.sqlite_keeper import SqliteSettings

class Listener:
    def granted(self, epoch):
        say("granted", epoch)
        task = asyncio.ensure_future(lead(epoch))
        tasks.append(task)
    def revoked(self): say("revoked", None)
    def suspended(self): pass
    def resumed(self): pass
    def leader_changed(self, info): pass
    def failed(self, error): say("failed", str(error))

tasks = []
def say(what, value): print(json.dumps([what, value]), flush=True)

async def lead(epoch):
    if await driver.publish(LeaderInfo(epoch, "d", "c", sys.argv[2])):
        say("published", epoch)

async def main():
    global driver
    driver = SqliteElectionDriver(SqliteSettings(Path(sys.argv[1]), time.monotonic, "boot", float(sys.argv[3]), 0.005))
    await driver.start(Listener())
    await driver.stand(sys.argv[2])
    await asyncio.Event().wait()

asyncio.run(main())
"""


class Process:
    """A candidate in a process of its own, and what it says."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def hears(self, what: str) -> int:
        async with asyncio.timeout(30):
            assert self.process.stdout is not None
            while line := await self.process.stdout.readline():
                said, value = json.loads(line)
                if said == what:
                    return value or 0
        raise AssertionError(f"the process ended before it was {what}")


class Machine:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "election.db"
        self.processes: list[Process] = []
        self.local: list[SqliteElectionDriver] = []

    async def process(self, name: str, lease_s: float = LONG_S) -> Process:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CANDIDATE, str(self.path), name, str(lease_s)), stdout=asyncio.subprocess.PIPE
        )
        self.processes.append(Process(child))
        return self.processes[-1]

    async def here(self, *, stand: bool) -> Candidate:
        driver = SqliteElectionDriver(SqliteSettings(self.path, time.monotonic, "boot", LONG_S, 0.005))
        self.local.append(driver)
        one = Candidate("here", driver)
        await driver.start(one.heard)
        if stand:
            await driver.stand("here")
        return one


@pytest_asyncio.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    for driver in machine.local:
        await driver.close()
    for one in machine.processes:
        if one.process.returncode is None:
            one.process.kill()
        await one.process.wait()


async def test_a_killed_leader_is_succeeded(machine: Machine) -> None:
    """After kill -9 of the process that holds the lease a standby process leads, under a higher epoch."""
    leader = await machine.process("a")
    first = await leader.hears("published")
    standby = await machine.process("b")
    follower = await machine.here(stand=False)
    await until(lambda: follower.heard.info)

    leader.process.kill()
    second = await standby.hears("published")
    await until(lambda: follower.heard.info and follower.heard.info.epoch == second)

    assert second == first + 1
    assert follower.heard.info == LeaderInfo(second, "d", "c", "b")


async def test_a_restarted_leader_does_not_wait_for_its_own_ghost(machine: Machine) -> None:
    """A follower of a killed single leader sees at once that nobody leads; a new process leads next."""
    leader = await machine.process("a")
    first = await leader.hears("published")
    follower = await machine.here(stand=False)
    await until(lambda: follower.heard.info)
    leader.process.kill()
    await until(lambda: follower.heard.info is None)

    again = await machine.process("a-again")
    assert await again.hears("granted") == first + 1


async def test_a_stopped_leader_wakes_up_revoked(machine: Machine) -> None:
    """A leader that was frozen over its lease's end finds itself revoked, and its writes would be refused."""
    leader = await machine.process("a", SHORT_S)
    first = await leader.hears("published")
    standby = await machine.here(stand=True)
    leader.process.send_signal(signal.SIGSTOP)
    await until(lambda: standby.heard.leads)
    await standby.driver.pointers.put("k", b"new", standby.heard.leads)

    leader.process.send_signal(signal.SIGCONT)
    await leader.hears("revoked")

    with pytest.raises(StaleEpoch):
        await standby.driver.pointers.put("k", b"old", first)
    assert await standby.publish()
