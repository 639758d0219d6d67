"""From SIGKILL of a TaskManager, and of the leading JobManager, to the verdict, the new leader, and all tasks running.

The processes note their moments on the machine's wall clock, which all of them share with us.
"""

from __future__ import annotations

import asyncio
import functools
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.failover.processes import Processes
from benchmarks.loops import run_on
from benchmarks.records import Record, spread

KILLS = 20
SETTLE_S = (0.7, 1.7)
"""Between two kills, at random: the phases of heartbeats and renewals must not line up with ours."""

Moments = dict[str, float | None]


def run(loop: str, scale: float = 1.0) -> list[Record]:
    """Measure both kinds of kill.

    Args:
        loop: Of this process; the others choose theirs.
        scale: Share of the usual number of kills.
    """
    return run_on(loop, functools.partial(failovers, loop, max(1, int(KILLS * scale))))


async def failovers(loop: str, count: int) -> list[Record]:
    """Kill that many TaskManagers, then that many leaders."""
    rng = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="deathwatch-bench-") as directory:
        async with Processes(Path(directory)) as processes:
            members = [await kill_task_manager(processes, rng) for _ in range(count)]
            leaders = [await kill_leader(processes, rng) for _ in range(count)]
    return [
        *_records(loop, "TaskManager", members, {"convicted_at": "Terminated in the JobManager"}),
        *_records(
            loop,
            "leader",
            leaders,
            {
                "convicted_at": "Terminated in a standby",
                "elected_at": "new leader elected",
                "recovered_at": "jobs recovered",
                "confirmed_at": "new leader confirmed",
            },
        ),
    ]


async def kill_task_manager(processes: Processes, rng: random.Random) -> dict[str, Any]:
    """Kill a TaskManager that runs tasks; what the timeline says, with `killed_at` and `gone_at`."""
    await asyncio.sleep(rng.uniform(*SETTLE_S))
    busy = [one for one in (await processes.cluster())["task_managers"] if one["tasks"]]
    victim = rng.choice(busy)
    killed_at = time.time()
    processes.kill(victim["pid"])
    entry = await processes.failover("task-manager", victim["id"])
    gone_at = await processes.replace(victim["pid"], "taskmanager")
    return {**entry, "killed_at": killed_at, "gone_at": gone_at}


async def kill_leader(processes: Processes, rng: random.Random) -> dict[str, Any]:
    """Kill the leading JobManager; what the timeline says, with `killed_at` and `gone_at`."""
    await asyncio.sleep(rng.uniform(*SETTLE_S))
    candidate = str((await processes.election())["candidate"])
    pid = int(candidate.partition("@")[0].rpartition("-")[2])
    killed_at = time.time()
    processes.kill(pid)
    entry = await processes.failover("leader", candidate)
    gone_at = await processes.replace(pid, "jobmanager")
    return {**entry, "killed_at": killed_at, "gone_at": gone_at}


def _records(loop: str, victim: str, entries: list[dict[str, Any]], moments: dict[str, str]) -> list[Record]:
    records = []
    for key, text in {"gone_at": "kernel teardown", **moments, "running_at": "all tasks running"}.items():
        samples = [(entry[key] - entry["killed_at"]) * 1000 for entry in entries if entry[key] is not None]
        if samples:
            records.append(spread("failover", f"{victim} killed: {text}", loop, samples))
    return records
