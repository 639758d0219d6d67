"""A machine with a configuration directory, and JobManagers, TaskManagers and commands as real processes."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from cluster.client import ClusterClient
from cluster.config import load
from tests.cluster.commands.jobs import COUNTER

COMMON = """
high-availability.lease.ttl: 30 s
taskmanager.numberOfTaskSlots: 2
rest.port: -1
restart-strategy: fixed-delay
restart-strategy.fixed-delay.attempts: 3
restart-strategy.fixed-delay.delay: 0
"""


class Machine:
    """A machine with a configuration directory and processes.

    Attributes:
        urls: Of those that serve HTTP.
        job: A file of a job that counts.
        enough: Until this file is there, the job goes on if it is told so: what a test does to it happens meanwhile,
            however busy the machine is.
    """

    def __init__(self, folder: Path, election: str) -> None:
        self.folder = folder
        self.processes: list[asyncio.subprocess.Process] = []
        self.urls: dict[asyncio.subprocess.Process, str] = {}
        self.job = folder / "job.py"
        self.job.write_text(COUNTER, encoding="utf-8")
        self.enough = folder / "enough"
        (folder / "flink-conf.yaml").write_text(f"{election}{COMMON}", encoding="utf-8")

    async def deathwatch(self, *words: str, **options: Any) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cluster", *words),
            env={**os.environ, "DEATHWATCH_CONF_DIR": str(self.folder), "TMPDIR": str(self.folder)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            **options,
        )
        self.processes.append(process)
        return process

    def counting(self, limit: int) -> list[str]:
        """Arguments of the job: it counts so far, and goes on until it is enough."""
        return [f"limit={limit}", f"until={self.enough}"]

    async def run(self, *words: str) -> tuple[int, str, str]:
        process = await self.deathwatch(*words)
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    async def member(self, role: str, *words: str) -> asyncio.subprocess.Process:
        process = await self.deathwatch(role, *words)
        assert process.stderr is not None
        while b"is up at" not in (line := await process.stderr.readline()):
            assert line, f"{role} ended before it was up"
            if b"HTTP is at" in line:
                self.urls[process] = line.split()[-1].decode()
        return process

    def client(self) -> ClusterClient:
        return ClusterClient(load(self.folder)[0])

    def leader_pid(self, election: dict[str, Any]) -> int:
        return int(election["leader"]["candidate"].split("@")[0].rpartition("-")[2])

    async def clean_up(self) -> None:
        for process in self.processes:
            if process.returncode is None:
                process.kill()
            await process.communicate()


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(120):
        while not (found := await condition()):  # noqa: ASYNC110 - of other processes, which set no event here
            await asyncio.sleep(0.05)
    return found


async def checkpoints_of(client: ClusterClient, job_id: str) -> int:
    """How many checkpoints the job has completed."""
    details = await client.job(job_id)
    return int((details.get("checkpoints") or {}).get("completed") or 0)
