"""Jobs that are set aside and tried again because somebody asks for it: what was unreadable may be readable by now.

A job that has ended, and whose result could not be read, does not run again: its result is read again. Used by the
Dispatcher. Deliberately not here: what is set aside, and why (`cluster.leader.job_recovery`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from actors import ActorRef
from cluster.leader.beside import Beside
from cluster.leader.job_recovery import FoundEnded, find_ended
from cluster.leader.services import LeaderServices
from cluster.model.job import JobStatus
from cluster.model.job_book import JobBook, JobEntry
from cluster.model.job_record import JobRecord

TRIES_REMEMBERED = 4096
"""Of so many jobs that are known no more: as many tasks as a TaskManager remembers to have begun."""


class Tries:
    """How often each job was run under one leader, whose epoch uses no number of an attempt twice.

    A job that is forgotten may be submitted again under its id.

    Args:
        jobs: The Dispatcher's book.
    """

    def __init__(self, jobs: JobBook) -> None:
        self._jobs = jobs
        self._begun: dict[str, int] = {}

    def begins(self, job_id: str) -> int:
        """It is run once more: how often it was before."""
        before = self._begun.pop(job_id, -1) + 1
        self._begun[job_id] = before  # what has begun last is the last to be forgotten
        if len(self._begun) > TRIES_REMEMBERED:
            gone = next((one for one in self._begun if self._jobs.find(one) is None), None)
            if gone is not None:
                del self._begun[gone]
        return before


class SecondTries:
    """The tries.

    Args:
        services: What the leader works with.
        jobs: The Dispatcher's book.
        beside: Of the Dispatcher.
        may_have_tasks: Asks whether a TaskManager may have a task of that job.
        run: Called with each job that can be run.
        show: Called with what is found of one that has ended.
    """

    def __init__(
        self,
        services: LeaderServices,
        jobs: JobBook,
        beside: Beside,
        may_have_tasks: Callable[[str], Awaitable[bool]],
        run: Callable[[JobRecord], None],
        show: Callable[[FoundEnded], None],
    ) -> None:
        self._services = services
        self._jobs = jobs
        self._beside = beside
        self._may_have_tasks = may_have_tasks
        self._run = run
        self._show = show

    def retry(self, entry: JobEntry, asker: ActorRef[Any]) -> None:
        """Read a job again, and run it; `asker` hears of it."""
        job_id = entry.job_id
        if entry.status is not JobStatus.RECOVERY_FAILED:
            asker.tell({"error": f"job {job_id} is {entry.status.value}: there is nothing to retry"})
            return

        def found(read: JobRecord | FoundEnded) -> None:
            known = self._jobs.find(job_id)
            if known is not None and known.status is JobStatus.RECOVERY_FAILED:  # else another has asked
                if isinstance(read, FoundEnded):
                    self._show(read)
                else:
                    self._run(read)
            now = self._jobs.find(job_id)
            if now is not None and now.status is JobStatus.RECOVERY_FAILED:
                refuse(RuntimeError(now.reason))
            else:
                asker.tell({"status": now.status.value if now is not None else JobStatus.INITIALIZING.value})

        def refuse(error: BaseException) -> None:
            asker.tell({"error": f"job {job_id} still cannot be recovered: {error}"})

        self._beside(self._read(job_id), found, refuse)

    async def _read(self, job_id: str) -> JobRecord | FoundEnded:
        """The job, if it has not ended.

        Not while a former task of it may live: its tasks would run beside that, or wait for slots; if cancelled then,
        it would end at once. That is asked last, for reading takes a while.

        Raises:
            Exception: If it cannot be read, and why.
        """
        ended = await self._services.results.job_ids()
        if job_id in ended:
            return await find_ended(self._services, {job_id: ended[job_id]})
        record = JobRecord.from_bytes(await self._services.jobs.load(job_id))
        if await self._may_have_tasks(job_id):
            raise RuntimeError("its former tasks may not have ended yet")
        return record
