"""Ended jobs under one leader: shown once their result is read, cleaned up behind, and forgotten in time.

Used by the Dispatcher, with whose book it works. Deliberately not here: the cleaning (`cluster.leader.job_cleaner`),
and how long they are remembered (`cluster.model.ended_jobs`).
"""

from __future__ import annotations

from functools import partial
from typing import Any

from actors import ActorRef
from cluster.leader.beside import Beside
from cluster.leader.job_recovery import FoundEnded
from cluster.leader.messages import CleanUp
from cluster.leader.services import LeaderServices
from cluster.model.ended_jobs import EndedJobs
from cluster.model.job import JobStatus
from cluster.model.job_book import JobBook
from cluster.model.job_result import JobResult


class JobArchive:
    """The ended jobs.

    Args:
        epoch: Of the leader.
        services: What it works with.
        jobs: The Dispatcher's book.
        beside: Of the Dispatcher.
    """

    def __init__(self, epoch: int, services: LeaderServices, jobs: JobBook, beside: Beside) -> None:
        self._epoch = epoch
        self._services = services
        self._jobs = jobs
        self._beside = beside
        self._old = EndedJobs(services.settings.ended_jobs_kept, services.settings.ended_jobs_kept_s)
        self._forgetting: set[str] = set()

    def found(self, found: FoundEnded) -> list[JobResult]:
        """What former leaders left; those whose data is still to be cleaned.

        What cannot be read now is shown all the same: nobody shall think that there is no such job.
        """
        dirty: list[JobResult] = []
        for result in sorted(found.results.values(), key=lambda one: one.ended_at):
            self._jobs.ended(result)
            if found.clean[result.job_id]:
                self.cleaned(result.job_id)
            else:
                dirty.append(result)
        for job_id, reason in found.unreadable.items():
            self._jobs.set_aside(job_id, reason)
        for job_id in found.later:
            self._jobs.set_aside(job_id, "it has ended; its result cannot be read yet")
        return dirty

    def cleaning_of(self, result: JobResult) -> CleanUp:
        """What is to be removed behind a job, as the configuration says."""
        settings = self._services.settings
        retain = {JobStatus.CANCELED: settings.retains_on_cancel, JobStatus.FAILED: settings.retains_on_failure}
        return CleanUp(result.job_id, retain.get(result.status, False))

    def cleaned(self, job_id: str) -> None:
        """Nothing but its result is left."""
        self._old.add(job_id, self._services.clock())

    def drop_retained(self, job_id: str, asker: ActorRef[Any]) -> None:
        """Delete what was retained of a job for people, who need it no more; `asker` hears how much that was."""
        self._beside(
            self._services.checkpoints.drop_retained(self._epoch, job_id),
            lambda count: asker.tell({"dropped": count}),
            lambda error: asker.tell({"error": f"they cannot be deleted: {error}"}),
        )

    def forget_old(self) -> None:
        """Delete the results that were kept long enough; what fails is tried again the next time."""
        for job_id in self._old.due(self._services.clock()):
            if job_id not in self._forgetting:
                self._forgetting.add(job_id)
                removed = self._services.results.remove(self._epoch, job_id)
                self._beside(removed, partial(self._forgotten, job_id), partial(self._not_forgotten, job_id))

    def _forgotten(self, job_id: str, _: None) -> None:
        self._forgetting.discard(job_id)
        self._old.forgotten(job_id)
        self._jobs.forget(job_id)

    def _not_forgotten(self, job_id: str, _: BaseException) -> None:
        self._forgetting.discard(job_id)
