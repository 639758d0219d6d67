"""Submissions on their way into the store: each id is accepted once, however often it comes.

Used by the Dispatcher. Deliberately not here: jobs that are accepted (`cluster.model.job_book`).
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from actors import ActorRef
from cluster.election.driver import ElectionUnavailable, StaleEpoch
from cluster.leader.beside import Beside
from cluster.leader.services import LeaderServices
from cluster.model.job import MAX_NAME
from cluster.model.job_book import JobEntry
from cluster.model.job_record import JobRecord, UnreadableJob

_JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")


def digest_of(data: bytes) -> str:
    """Tells one job from another that has its id. When it was submitted makes no difference."""
    with contextlib.suppress(UnreadableJob):
        data = replace(JobRecord.from_bytes(data), submitted_at=0.0).to_bytes()
    return hashlib.sha256(data).hexdigest()


class Submissions:
    """The jobs that are being stored, and who waits to hear of it.

    Args:
        epoch: Of the leader.
        services: What it works with.
        beside: Of the Dispatcher.
        accept: Called with each job that is stored, before anybody hears of it.
    """

    def __init__(
        self, epoch: int, services: LeaderServices, beside: Beside, accept: Callable[[JobRecord], None]
    ) -> None:
        self._epoch = epoch
        self._services = services
        self._beside = beside
        self._accept = accept
        self._waiting: dict[str, tuple[str, list[ActorRef[Any]]]] = {}

    def submit(self, job_id: str, data: bytes, known: JobEntry | None, asker: ActorRef[Any]) -> None:
        """Accept a job, unless that was done; `asker` hears of it in any case.

        Args:
            job_id: Of the job.
            data: Its record.
            known: What is known under that id already.
            asker: Who submitted it.
        """
        digest = digest_of(data)
        former, waiting = self._waiting.get(job_id, (_digest_of_known(known), None))
        if (known is not None or waiting is not None) and former not in ("", digest):
            asker.tell({"error": f"another job has the id {job_id} already", "taken": True})
        elif known is not None:
            asker.tell({"job_id": job_id})
        elif waiting is not None:
            waiting.append(asker)
        else:
            try:
                record = _read(job_id, data, self._services.settings.max_record_bytes)
            except UnreadableJob as error:
                asker.tell({"error": str(error)})
                return
            self._waiting[job_id] = (digest, [asker])
            put = self._services.jobs.put(self._epoch, job_id, data)
            self._beside(put, lambda _: self._stored(record), lambda error: self._refuse(job_id, error))

    def _stored(self, record: JobRecord) -> None:
        self._accept(record)
        for submitter in self._waiting.pop(record.job_id)[1]:
            submitter.tell({"job_id": record.job_id})

    def _refuse(self, job_id: str, error: BaseException) -> None:
        submitters = self._waiting.pop(job_id)[1]
        if isinstance(error, StaleEpoch):
            self._services.office.broken(self._epoch, error)
        elif not isinstance(error, ElectionUnavailable):  # else it may be stored: no answer, and the client asks again
            for submitter in submitters:
                submitter.tell({"error": f"the job could not be stored: {error}", "unstored": True})


def _read(job_id: str, data: bytes, max_bytes: int) -> JobRecord:
    if len(data) > max_bytes:
        text = f"a job of {len(data)} bytes is longer than the {max_bytes} that fit into an order to run a task of it"
        raise UnreadableJob(f"{text}; install what it needs, and name its module")
    record = JobRecord.from_bytes(data)
    if record.job_id != job_id or not _JOB_ID.fullmatch(job_id):
        raise UnreadableJob(f"{record.job_id!r}, submitted as {job_id!r}, cannot be a job's id")
    if any(len(name) > MAX_NAME for name in (record.name, *(task.name for task in record.tasks))):
        raise UnreadableJob(f"a name of more than {MAX_NAME} characters is in job {job_id}")
    return record


def _digest_of_known(entry: JobEntry | None) -> str:
    """Of the record that was accepted; empty if that is not known any more, as while its bytes are away.

    Then whoever submits is believed. Another job under that id is told that it is accepted, which is wrong; most who
    ask do so again, since the answer was lost with a leader, and an error would be wrong for all of them.
    """
    if entry is None:
        return ""
    if entry.record is not None:
        return digest_of(entry.record.to_bytes())
    return entry.result.digest if entry.result is not None else ""
