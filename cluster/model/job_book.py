"""The Dispatcher's list of jobs: what each is called, where it stands, and what became of it. Pure.

Deliberately not here: the stores, which are what counts when the leader changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cluster.model.job import JobStatus
from cluster.model.job_record import JobRecord
from cluster.model.job_result import JobResult
from cluster.model.job_shortening import short_text

REASON_LISTED = 500
"""So many characters of each end of a job's reason are in the list of all: a thousand jobs may have failed with long
tracebacks, and the list is one message."""


@dataclass(slots=True)
class JobEntry:
    """One job.

    Attributes:
        record: As it was submitted; `None` for one that has ended or cannot be read.
        result: When it has ended.
        unstored: Its result, as long as that is not stored, and nobody runs it any more.
    """

    job_id: str
    name: str
    status: JobStatus
    start_time: float = 0.0
    reason: str = ""
    restarts: int = 0
    record: JobRecord | None = None
    result: JobResult | None = None
    unstored: JobResult | None = None

    def summary(self) -> dict[str, Any]:
        """For `ListJobs`."""
        return {
            "id": self.job_id,
            "name": self.name,
            "status": self.status.value,
            "start_time": self.start_time,
            "end_time": self.result.ended_at if self.result is not None else None,
            "restarts": self.restarts,
            "reason": short_text(self.reason, REASON_LISTED),
        }

    def outcome(self) -> dict[str, Any]:
        """For `GetResult`. The status is final only when the result is stored."""
        finished = list(self.result.results) if self.result is not None else []
        return {"status": self.status.value, "finished": finished, "error": self.reason}

    def task_result(self, task_id: str) -> dict[str, Any]:
        """For `GetTaskResult`."""
        if self.result is None or task_id not in self.result.results:
            return {"error": f"{task_id} of job {self.job_id} has no result", "not_found": True}
        return {"result": self.result.results[task_id]}

    def details(self) -> dict[str, Any]:
        """For `GetJob`, of a job that has ended or cannot be read."""
        result = self.result or self.unstored
        return {**(result.details if result is not None else {}), **self.summary(), "reason": self.reason}


class JobBook:
    """All jobs that a leader knows of, oldest first."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: dict[str, JobEntry] = {}

    def __iter__(self) -> Iterator[JobEntry]:
        return iter(self._entries.values())

    def find(self, job_id: str) -> JobEntry | None:
        """The job with that id, or `None`."""
        return self._entries.get(job_id)

    def run(self, record: JobRecord, start_time: float) -> JobEntry:
        """A job that is to be run."""
        entry = JobEntry(record.job_id, record.name, JobStatus.INITIALIZING, start_time, record=record)
        self._entries[record.job_id] = entry
        return entry

    def set_aside(self, job_id: str, reason: str) -> JobEntry:
        """A job that cannot be read: it is shown, and nothing of it is touched."""
        known = self._entries.get(job_id)
        entry = known or JobEntry(job_id, job_id, JobStatus.RECOVERY_FAILED)
        entry.status, entry.reason = JobStatus.RECOVERY_FAILED, reason
        self._entries[job_id] = entry
        return entry

    def forget(self, job_id: str) -> None:
        """Nothing is known of it any more."""
        self._entries.pop(job_id, None)

    def ended(self, result: JobResult) -> JobEntry:
        """A job whose result is stored."""
        entry = JobEntry(
            *(result.job_id, result.name, result.status, result.submitted_at, result.reason, result.restarts),
            result=result,
        )
        self._entries[result.job_id] = entry
        return entry

    def ends(self, result: JobResult) -> None:
        """A job has ended and nobody runs it, and its result is on its way into the store: no end until it is there."""
        self._entries[result.job_id].unstored = result

    def waits(self, result: JobResult, reason: str) -> None:
        """A cancelled job has ended, but its result cannot be stored yet."""
        entry = self._entries[result.job_id]
        entry.status, entry.reason, entry.unstored = JobStatus.CANCELLING, reason, result

    def progressed(self, job_id: str, status: JobStatus, reason: str, restarts: int) -> None:
        """A running job is in another state. Its end is shown when the result is stored, not before."""
        entry = self._entries.get(job_id)
        if entry is not None and entry.result is None and not status.is_globally_terminal:
            entry.status, entry.reason, entry.restarts = status, reason, restarts
