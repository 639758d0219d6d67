"""A cluster of real processes on loopback, with the sqlite election, in a temporary directory."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self

from cluster.client import ClusterClient, NoLeader, RequestRefused
from cluster.commands.jobs import make_record
from cluster.config import ClusterConfig, load
from runtime.process import Child

CONFIGURATION = """
high-availability: sqlite
high-availability.storageDir: {directory}/ha
high-availability.jobmanager.port: 0
taskmanager.numberOfTaskSlots: 2
"""
JOB = Path(__file__).parent / "endless.py"
TASK_MANAGERS = 3
PATIENCE_S = 60.0
POLL_S = 0.1


class Processes:
    """Two JobManagers, three TaskManagers with two slots each, and a job of four tasks.

    Args:
        directory: For configuration, storage and logs; must be empty.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file = directory / "flink-conf.yaml"
        self._file.write_text(CONFIGURATION.format(directory=directory), encoding="utf-8")
        self._children: dict[int, Child] = {}
        self._gone_at: dict[int, float] = {}
        self._client = ClusterClient(self.configuration())

    def configuration(self) -> ClusterConfig:
        """What all processes read."""
        return load(self._file)[0]

    async def __aenter__(self) -> Self:
        for role in ("jobmanager", "jobmanager", *["taskmanager"] * TASK_MANAGERS):
            self._start(role)
        try:
            await self._client.__aenter__()
            await self.whole()
            record = make_record(str(JOB), [])
            await self._client.submit(record.job_id, record.to_bytes())
            await self.until(self._runs(record.job_id))
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()
        await asyncio.gather(*(child.end(5.0) for child in self._children.values() if child.status is None))

    def kill(self, pid: int) -> None:
        """SIGKILL one of ours.

        Raises:
            KeyError: If it is none of ours.
        """
        self._children[pid].send_signal(signal.SIGKILL)

    async def replace(self, pid: int, role: str) -> float:
        """Start another one in place of a dead one, and wait until the cluster is whole.

        Returns:
            When the dead one's pidfd said so, in seconds of wall time: the kernel's share.
        """
        await self._children.pop(pid).wait()
        self._start(role)
        await self.whole()
        return self._gone_at[pid]

    async def whole(self) -> None:
        """Wait until there are a leader, a standby and all TaskManagers."""

        async def is_whole() -> bool:
            election, cluster = await self.election(), await self.cluster()
            return len(election["standbys"]) >= 1 and len(cluster["task_managers"]) == TASK_MANAGERS

        await self.until(is_whole)

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Wait for a condition.

        Raises:
            TimeoutError: If it takes too long; with the logs' last lines.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not await self._holds(condition):  # noqa: ASYNC110 - other processes set no event of ours
                    await asyncio.sleep(POLL_S)
        except TimeoutError as error:
            logs = [f"{log.name}: {log.read_text()[-500:]}" for log in sorted(self._directory.glob("*.log"))]
            raise TimeoutError("the cluster did not come to where it should:\n" + "\n".join(logs)) from error

    async def election(self) -> dict[str, Any]:
        """Who leads and who stands by."""
        return await self._client.election()

    async def cluster(self) -> dict[str, Any]:
        """TaskManagers and timeline."""
        return await self._client.cluster()

    async def failover(self, kind: str, name: str) -> dict[str, Any]:
        """Wait for the entry of a death in the timeline, until all tasks run again."""
        found: list[dict[str, Any]] = []

        async def is_over() -> bool:
            timeline = (await self.cluster())["timeline"]
            found[:] = [one for one in timeline if one["kind"] == kind and one["subject"].startswith(name)]
            return bool(found) and found[-1]["running_at"] is not None

        await self.until(is_over)
        return found[-1]

    def _runs(self, job_id: str) -> Callable[[], Awaitable[bool]]:
        async def runs() -> bool:
            tasks = [task for one in (await self.cluster())["task_managers"] for task in one["tasks"]]
            return len(tasks) == 4 and (await self._client.job(job_id))["status"] == "RUNNING"

        return runs

    @staticmethod
    async def _holds(condition: Callable[[], Awaitable[bool]]) -> bool:
        try:
            return await condition()
        except (NoLeader, RequestRefused, TimeoutError):
            return False

    def _start(self, role: str) -> None:
        number = len(list(self._directory.glob("*.log")))
        descriptor = os.open(self._directory / f"{number:03}-{role}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        argv = [sys.executable, "-m", "cluster", role, "--config", str(self._file)]
        child = Child(
            argv, lambda _: self._gone_at.update({child.pid: time.time()}), stdout=descriptor, stderr=descriptor
        )
        os.close(descriptor)
        self._children[child.pid] = child
