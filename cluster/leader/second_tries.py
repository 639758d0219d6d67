"""Jobs that are set aside and tried again because somebody asks for it: what was unreadable may be readable by now.

Used by the Dispatcher. Deliberately not here: what is set aside, and why (`cluster.leader.job_recovery`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from actors import ActorRef
from cluster.leader.beside import Beside
from cluster.leader.services import LeaderServices
from cluster.model.job import JobStatus
from cluster.model.job_book import JobBook, JobEntry
from cluster.model.job_record import JobRecord


class SecondTries:
    """The tries.

    Args:
        services: What the leader works with.
        jobs: The Dispatcher's book.
        beside: Of the Dispatcher.
        has_tasks: Asks whether a TaskManager has a task of that job.
        run: Called with each job that can be run.
    """

    def __init__(
        self,
        services: LeaderServices,
        jobs: JobBook,
        beside: Beside,
        has_tasks: Callable[[str], Awaitable[bool]],
        run: Callable[[JobRecord], None],
    ) -> None:
        self._services = services
        self._jobs = jobs
        self._beside = beside
        self._has_tasks = has_tasks
        self._run = run

    def retry(self, entry: JobEntry, asker: ActorRef[Any]) -> None:
        """Read a job again, and run it; `asker` hears of it."""
        job_id = entry.job_id
        if entry.status is not JobStatus.RECOVERY_FAILED:
            asker.tell({"error": f"job {job_id} is {entry.status.value}: there is nothing to retry"})
            return

        def found(record: JobRecord) -> None:
            known = self._jobs.find(job_id)
            if known is not None and known.status is JobStatus.RECOVERY_FAILED:  # else another has asked
                self._run(record)
            asker.tell({"status": JobStatus.INITIALIZING.value})

        def refuse(error: BaseException) -> None:
            asker.tell({"error": f"job {job_id} still cannot be recovered: {error}"})

        self._beside(self._read(job_id), found, refuse)

    async def _read(self, job_id: str) -> JobRecord:
        """Not while a former task of it lives: its tasks would wait for slots; if cancelled then, it would end at once.

        Raises:
            Exception: If it cannot be read, and why.
        """
        if await self._has_tasks(job_id):
            raise RuntimeError("its former tasks have not ended yet")
        return JobRecord.from_bytes(await self._services.jobs.load(job_id))
