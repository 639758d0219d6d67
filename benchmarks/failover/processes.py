"""A cluster of real processes in a temporary directory: JobManagers, TaskManagers, a counting job and its ledger.

Deliberately not here: hurting it (`faults`), and what is measured (`trials`).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self

from benchmarks.failover.variants import Variant
from benchmarks.ledger import Line, read
from cluster.client import ClusterClient, NoLeader, RequestRefused
from cluster.commands.jobs import make_record
from cluster.config import ClusterConfig, load
from runtime.process import Child

JOB = Path(__file__).parents[1] / "counting.py"
TASKS = 4
TASK_MANAGERS = 4
JOB_MANAGERS = 2
PATIENCE_S = 60.0
POLL_S = 0.05


class Processes:
    """Two JobManagers, four TaskManagers with two slots each, and a job of four tasks.

    Args:
        directory: For configuration, storage, ledger and logs; must be empty.
        variant: How it is set up.
        hosts: Of the ensemble.
        host: The address that processes listen on.
        jobmanager_places: Commands in front of each JobManager's own, and its address, where it is to live elsewhere.
    """

    def __init__(
        self,
        directory: Path,
        variant: Variant,
        hosts: str = "",
        host: str = "127.0.0.1",
        jobmanager_places: list[tuple[list[str], str]] | None = None,
    ) -> None:
        self._directory = directory
        self._file = directory / "flink-conf.yaml"
        text = variant.configuration(str(directory), hosts, uuid.uuid4().hex, host)
        self._file.write_text(text, encoding="utf-8")
        self._ledger = directory / "ledger"
        self._ledger.mkdir()
        self._places = jobmanager_places or [([], "")] * JOB_MANAGERS
        self.children: dict[int, Child] = {}
        self._gone_at: dict[int, float] = {}
        self._started = 0
        self._client = ClusterClient(self.configuration())
        self.job_id = ""

    def configuration(self) -> ClusterConfig:
        """What all processes read."""
        return load(self._file)[0]

    async def __aenter__(self) -> Self:
        for place in self._places:
            self.start("jobmanager", place)
        for _ in range(TASK_MANAGERS):
            self.start("taskmanager")
        try:
            await self._client.__aenter__()
            await self.whole()
            record = make_record(str(JOB), [f"ledger={self._ledger}", f"tasks={TASKS}"])
            self.job_id = record.job_id
            await self._client.submit(record.job_id, record.to_bytes())
            await self.until(self.runs)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()
        for child in self.children.values():
            child.send_signal(signal.SIGCONT)  # a frozen one cannot leave
        await asyncio.gather(*(child.end(5.0) for child in self.children.values() if child.status is None))

    def start(self, role: str, place: tuple[list[str], str] = ([], "")) -> None:
        """Start one process."""
        before, host = place
        self._started += 1
        own = ["-D", f"jobmanager.rpc.address={host}"] if host else []
        argv = [*before, sys.executable, "-m", "cluster", role, "--config", str(self._file), *own]
        with open(self._directory / f"{self._started:03}-{role}.log", "ab") as log:
            child = Child(
                argv,
                lambda _: self._gone_at.update({child.pid: time.time()}),
                stdout=log.fileno(),
                stderr=log.fileno(),
                env={**os.environ, "PYTHONPATH": str(JOB.parents[1])},
            )
        self.children[child.pid] = child

    async def replace(self, pid: int, role: str) -> float:
        """Start another one in place of a dying one.

        Returns:
            When the dead one's pidfd said so, in seconds of wall time: the kernel's share.
        """
        await self.children.pop(pid).wait()
        self.start(role)
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
            logs = [f"{log.name}: {log.read_text()[-1500:]}" for log in sorted(self._directory.glob("*.log"))]
            raise TimeoutError("the cluster did not come to where it should:\n" + "\n".join(logs)) from error

    async def election(self) -> dict[str, Any]:
        """Who leads and who stands by."""
        return await self._client.election()

    async def cluster(self) -> dict[str, Any]:
        """TaskManagers and timeline."""
        return await self._client.cluster()

    async def job(self) -> dict[str, Any]:
        """The job's details."""
        return await self._client.job(self.job_id)

    async def runs(self) -> bool:
        """Whether all tasks of the job run."""
        job = await self._client.job(self.job_id)
        return job["status"] == "RUNNING" and all(task["state"] == "RUNNING" for task in job["tasks"])

    def ledger(self, newest_bytes: int | None = None) -> dict[int, list[Line]]:
        """What the tasks have done, or the newest of it."""
        return read(self._ledger, newest_bytes)

    @staticmethod
    async def _holds(condition: Callable[[], Awaitable[bool]]) -> bool:
        try:
            return await condition()
        except (NoLeader, RequestRefused, TimeoutError):
            return False
