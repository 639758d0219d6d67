"""`JobResult`: what became of a job that has ended, as it is stored. Pure; `cluster.store.results` keeps the bytes.

Deliberately not here: when it is written, which is before the job's record is removed (`cluster.leader.dispatcher`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgpack

from cluster.model.job import JobStatus

VERSION = 1


class UnreadableResult(ValueError):
    """Bytes that are no job result, or one of a version that this program does not know."""


@dataclass(frozen=True, slots=True)
class JobResult:
    """The end of a job.

    Attributes:
        job_id: Of the job.
        name: For people.
        status: `FINISHED`, `FAILED` or `CANCELED`.
        results: What each finished task returned, by task id.
        reason: Why it failed, else empty.
        submitted_at: Wall time, seconds since 1970.
        ended_at: Wall time, seconds since 1970.
        restarts: Under the leader that saw the end.
        details: The last description of the job, see `cluster.model.job_description`.
        digest: Of the record that was submitted: tells another job with the same id.
    """

    job_id: str
    name: str
    status: JobStatus
    results: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    submitted_at: float = 0.0
    ended_at: float = 0.0
    restarts: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""

    def to_bytes(self) -> bytes:
        """As MessagePack."""
        packed: bytes = msgpack.packb(
            {
                "version": VERSION,
                "job_id": self.job_id,
                "name": self.name,
                "status": self.status.value,
                "results": dict(self.results),
                "reason": self.reason,
                "submitted_at": self.submitted_at,
                "ended_at": self.ended_at,
                "restarts": self.restarts,
                "details": dict(self.details),
                "digest": self.digest,
            }
        )
        return packed

    @classmethod
    def from_bytes(cls, data: bytes) -> JobResult:
        """The result that `to_bytes` wrote.

        Raises:
            UnreadableResult: If it cannot be read, and why.
        """
        try:
            plain = msgpack.unpackb(data, strict_map_key=False)
            if not isinstance(plain, dict) or plain.get("version") != VERSION:
                found = plain.get("version") if isinstance(plain, dict) else type(plain).__name__
                raise UnreadableResult(f"a job result of version {VERSION} was expected, not {found!r}")
            return cls(
                job_id=str(plain["job_id"]),
                name=str(plain["name"]),
                status=JobStatus(plain["status"]),
                results=dict(plain["results"]),
                reason=str(plain["reason"]),
                submitted_at=float(plain["submitted_at"]),
                ended_at=float(plain["ended_at"]),
                restarts=int(plain["restarts"]),
                details=dict(plain["details"]),
                digest=str(plain.get("digest", "")),
            )
        except UnreadableResult:
            raise
        except (msgpack.exceptions.UnpackException, ValueError, KeyError, TypeError) as error:
            raise UnreadableResult(f"the job result cannot be read: {error!r}") from error
