"""A TaskManager with real slot processes, whatever the user's code does to them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from actors import ActorIdentity, Identify, Terminated
from cluster.protocol import (
    CheckpointAcknowledged,
    TaskProgress,
    TriggerCheckpoint,
)
from runtime import ActorSystem
from tests.integration.lone_task_manager import Cluster, until
from tests.integration.processes import children_of, command_of, is_alive

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]


@pytest_asyncio.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    before = children_of(os.getpid())
    async with ActorSystem("test") as system:
        made = Cluster(system, tmp_path)
        await made.start()
        yield made
    assert not children_of(os.getpid()) - before


async def test_a_task_runs_and_returns(cluster: Cluster) -> None:
    """The user's code runs in a process of its own and its result comes back."""
    changed = await cluster.outcome("returns")
    assert (changed.state, changed.result) == ("FINISHED", [0, 0, 1]), changed.error


async def test_a_snapshot_outlives_the_process(cluster: Cluster) -> None:
    """A state goes through the storage directory into the next attempt."""
    cluster.deploy("waits")
    pid = (await cluster.next(TaskProgress)).progress
    cluster.leader.send(cluster.ref, TriggerCheckpoint(1, "j", "t[0]", 1, 8))
    acknowledged = await cluster.next(CheckpointAcknowledged)
    os.kill(pid, signal.SIGKILL)
    changed = await cluster.ended()
    assert changed.error == "the process of t[0] ended before the task did: killed by SIGKILL"
    cluster.deploy("returns", 2, [8, acknowledged.handle])
    assert (await cluster.ended()).result == [pid, 0, 2]


async def test_a_task_that_blocks_its_thread(cluster: Cluster) -> None:
    """A task that blocks for minutes does not keep its TaskManager from answering, nor from ending it."""
    cluster.deploy("blocks")
    pid = (await cluster.next(TaskProgress)).progress
    for number in range(20):
        cluster.leader.send(cluster.ref, Identify(number))
        await cluster.leader.fish(lambda message: isinstance(message, ActorIdentity), 30.0)
    assert is_alive(pid)
    cluster.system.stop(cluster.ref)
    await until(lambda: not is_alive(pid))


async def test_a_blocked_task_is_killed_after_the_cancellation_timeout(tmp_path: Path) -> None:
    """Cancelled, a task that does not listen is killed."""
    async with ActorSystem("test") as system:
        cluster = Cluster(system, tmp_path)
        await cluster.start(cancellation_timeout_s=0.05)
        cluster.deploy("blocks")
        pid = (await cluster.next(TaskProgress)).progress
        cluster.cancel()
        assert (await cluster.ended()).state == "CANCELED"
        assert not is_alive(pid)


async def test_a_polite_task_ends_when_cancelled(cluster: Cluster) -> None:
    """A task that awaits is cancelled as asyncio does it."""
    cluster.deploy("waits")
    await cluster.next(TaskProgress)
    cluster.cancel()
    assert (await cluster.ended()).state == "CANCELED"


@pytest.mark.parametrize(
    ("body", "text", "recoverable"),
    [
        ("exits", "the process of t[0] ended before the task did: exit status 3", True),
        ("leaves", "SystemExit: 4", True),
        ("leaves_from_a_task_of_its_own", "ended before the task did: exit status 5", True),
        ("kills_itself", "killed by SIGKILL", True),
        ("returns_a_set", "a value of type set at ['seen']: {1}", False),
        ("no_such_body", "name 'no_such_body' is not defined", True),
    ],
)
async def test_what_goes_wrong_is_said(cluster: Cluster, body: str, text: str, recoverable: bool) -> None:
    """However a task ends itself, the report says how, and whether another attempt makes sense."""
    changed = await cluster.outcome(body)
    assert changed.state == "FAILED"
    assert text in changed.error
    assert changed.recoverable is recoverable


async def test_a_job_file_that_is_no_python(cluster: Cluster) -> None:
    """A file that cannot be imported fails its tasks for good, in the words of Python."""
    cluster.deploy("", code="def broken(")
    changed = await cluster.ended()
    assert "mine.py:job is no valid Python" in changed.error
    assert not changed.recoverable


@pytest.mark.parametrize("body", ["prints", "leaves_a_thread"])
async def test_what_a_task_leaves_behind_does_no_harm(cluster: Cluster, body: str) -> None:
    """Garbage on stdout does not get into the link; a thread left behind does not keep the process."""
    assert (await cluster.outcome(body)).result == "fine"


async def test_a_large_result(cluster: Cluster) -> None:
    """A result of megabytes comes through whole, though the process ends right after it."""
    assert (await cluster.outcome("returns_much")).result == b"x" * 3_000_000


async def test_what_a_task_started_dies_with_it(cluster: Cluster) -> None:
    """A child of the user's code belongs to the task, and is killed with it."""
    cluster.deploy("starts_a_process")
    pid = (await cluster.next(TaskProgress)).progress
    cluster.cancel()
    await cluster.ended()
    await until(lambda: not is_alive(pid))


async def test_each_attempt_has_a_process_of_its_own(cluster: Cluster) -> None:
    """Nothing of one attempt is left for the next."""
    pids = set()
    for attempt in (1, 2, 3):
        cluster.deploy("waits", attempt)
        pids.add((await cluster.next(TaskProgress)).progress)
        cluster.cancel(attempt)
        await cluster.ended()
    assert len(pids) == 3


async def test_stopping_the_task_manager_ends_its_processes(cluster: Cluster) -> None:
    """Stopped in good order, it leaves no process behind, busy or warm."""
    cluster.deploy("blocks")
    task = (await cluster.next(TaskProgress)).progress
    ours = {pid for pid in children_of(os.getpid()) if "cluster.slots" in command_of(pid)}
    assert task in ours
    cluster.leader.watch(cluster.ref)
    cluster.system.stop(cluster.ref)
    await cluster.next(Terminated)
    assert not ours & children_of(os.getpid())


LONELY = """
import asyncio, sys
sys.path[:0] = PATHS
from tests.integration.lone_task_manager import Cluster
from cluster.protocol import TaskProgress
from runtime import ActorSystem
from runtime.observability import configure_logging
from pathlib import Path

configure_logging()

async def main():
    async with ActorSystem("lonely") as system:
        cluster = Cluster(system, Path("STORAGE"))
        await cluster.start()
        cluster.deploy("blocks")
        print((await cluster.next(TaskProgress)).progress, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_killed_task_manager_takes_its_processes_with_it(tmp_path: Path) -> None:
    """After `kill -9` of a TaskManager none of its slot processes lives on, not even one that blocks."""
    code = LONELY.replace("PATHS", repr([str(Path(__file__).parents[2])])).replace("STORAGE", str(tmp_path))
    lonely = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    try:
        assert lonely.stdout is not None
        blocked = int(await lonely.stdout.readline())
        slots = children_of(lonely.pid)
        assert blocked in slots
        assert len(slots) >= 2
    finally:
        lonely.kill()
        await lonely.wait()
    await until(lambda: not any(is_alive(pid) for pid in slots))
