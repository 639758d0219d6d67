"""Jobs that are to be cancelled: noted in the store first, and then done, by this leader or by a later one.

So a job that somebody was told is cancelled does not run again, whatever dies; and its result may wait for the storage
directory without harm, since it cannot run twice. Used by the Dispatcher. Deliberately not here: how its tasks end
(`cluster.leader.job_master`). Differs from Flink: there the next leader runs a job again whose cancellation its leader
did not finish.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from actors import ActorRef
from cluster.election.driver import StaleEpoch
from cluster.leader.beside import Beside
from cluster.leader.services import LeaderServices
from cluster.model.job import JobStatus
from cluster.model.job_book import JobBook
from cluster.protocol import CancelJob
from cluster.store.blobs import BlobCorrupt, BlobMissing
from cluster.store.places import StorageError

RESULT_AGAIN_S = 1.0
"""Between two tries to store the result of a cancelled job."""


class Cancellations:
    """The jobs that are to be cancelled.

    Args:
        epoch: Of the leader.
        services: What it works with.
        jobs: The Dispatcher's book.
        masters: Who runs each job.
        beside: Of the Dispatcher.
    """

    def __init__(
        self,
        epoch: int,
        services: LeaderServices,
        jobs: JobBook,
        masters: Mapping[str, ActorRef[Any]],
        beside: Beside,
    ) -> None:
        self._epoch = epoch
        self._services = services
        self._jobs = jobs
        self._masters = masters
        self._beside = beside
        self._noted: set[str] = set()

    def __contains__(self, job_id: str) -> bool:
        """Whether it is noted."""
        return job_id in self._noted

    def found(self, job_ids: Iterable[str]) -> None:
        """What former leaders have noted."""
        self._noted.update(job_ids)

    def cancel(self, order: CancelJob, asker: ActorRef[Any]) -> None:
        """Note that a job is to be cancelled, and let whoever runs it do so; `asker` hears of it.

        Not if another leads: then the asker asks that one.
        """
        job_id = order.job_id
        if job_id in self._noted or job_id not in self._masters:
            self._pass_on(order, asker)
            return

        def noted(was_stored: bool) -> None:
            entry = self._jobs.find(job_id)
            if was_stored and entry is not None and entry.result is None:  # else it has ended meanwhile
                self._noted.add(job_id)
            self._pass_on(order, asker)

        def failed(error: BaseException) -> None:
            if isinstance(error, StaleEpoch):
                self._services.office.broken(self._epoch, error)
            else:
                reason = f"job {job_id} is not cancelled, as that cannot be stored now: {error}"
                asker.tell({"error": reason, "unstored": True})

        self._beside(self._services.jobs.cancel(self._epoch, job_id), noted, failed)

    def _pass_on(self, order: CancelJob, asker: ActorRef[Any]) -> None:
        master, entry = self._masters.get(order.job_id), self._jobs.find(order.job_id)
        if master is not None:
            master.tell(order, asker)
        elif entry is None:
            asker.tell({"error": f"there is no job {order.job_id}", "not_found": True})
        elif entry.unstored is not None and entry.status is not JobStatus.CANCELLING:
            pass  # how it has ended is about to be stored: whoever asks again hears of it
        elif order.job_id in self._noted:
            asker.tell({"status": entry.status.value})
        else:
            asker.tell({"error": f"job {order.job_id} is {entry.status.value} already", "status": entry.status.value})

    def may_wait(self, job_id: str, error: BaseException) -> bool:
        """Whether a job's result, which could not be stored, can be stored later: nobody would run the job again."""
        unreadable = isinstance(error, BlobMissing | BlobCorrupt)
        return job_id in self._noted and isinstance(error, StorageError) and not unreadable

    def ended(self, job_id: str) -> None:
        """Its result is stored."""
        self._noted.discard(job_id)
