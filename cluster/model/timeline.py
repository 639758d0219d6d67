"""What happened in each failover, and when: who died, by which evidence, and when all tasks ran again. Pure data.

Times are wall time in seconds since 1970, as people and the demo's table want them; nothing decides by them. Shell: the
Dispatcher feeds it and keeps `to_plain()` in the election backend, so that the next leader goes on with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

KEPT = 32
"""How many failovers are remembered."""


@dataclass(frozen=True, slots=True)
class Takeover:
    """How a process came to lead after another.

    Attributes:
        predecessor: The former leader, for people.
        cause: Value of the `DeathCause`, or what else freed the office, such as `lease-expired` or `resigned`.
        detail: The evidence, for people.
        suspected_at: When the first sign was seen, or `None`.
        convicted_at: When the death was known, or `None` if only the office was found free.
        elected_at: When the epoch was granted.
    """

    predecessor: str
    cause: str
    detail: str
    suspected_at: float | None
    convicted_at: float | None
    elected_at: float


@dataclass(slots=True)
class FailoverRecord:
    """One failover. A time is `None` until it is known, or where it does not apply.

    Attributes:
        kind: `task-manager` or `leader`.
        subject: Who died, for people.
        epoch: Of the leader that dealt with it.
        cause: Value of the `DeathCause`.
        detail: The evidence, for people.
        suspected_at: First sign.
        convicted_at: The verdict.
        elected_at: A new leader was granted its epoch.
        confirmed_at: The new leader was published: the first write under its epoch. It read its jobs meanwhile.
        task_managers_at: The newest registration of a TaskManager before all tasks ran.
        task_managers: How many were registered then.
        recovered_at: All stored jobs had been read back.
        running_at: All tasks of all jobs concerned ran again.
        jobs: Ids of the jobs concerned.
        waiting: Those of them that do not run yet.
    """

    kind: str
    subject: str
    epoch: int
    cause: str
    detail: str
    suspected_at: float | None = None
    convicted_at: float | None = None
    elected_at: float | None = None
    confirmed_at: float | None = None
    task_managers_at: float | None = None
    task_managers: int = 0
    recovered_at: float | None = None
    running_at: float | None = None
    jobs: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)

    def to_plain(self) -> dict[str, Any]:
        """As MessagePack and JSON values."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> FailoverRecord:
        """What `to_plain` described; unknown fields of a later version are left out."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in plain.items() if name in known})


class Timeline:
    """The newest failovers of a cluster.

    Attributes:
        records: Oldest first.
    """

    __slots__ = ("records",)

    def __init__(self, records: Collection[FailoverRecord] = ()) -> None:
        self.records = list(records)[-KEPT:]

    def leader_failed(self, takeover: Takeover, epoch: int) -> None:
        """A new leader has begun its work under `epoch`."""
        for record in self.records:
            record.waiting.clear()  # their jobs are this failover's now
        self._add(
            FailoverRecord(
                kind="leader",
                subject=takeover.predecessor,
                epoch=epoch,
                cause=takeover.cause,
                detail=takeover.detail,
                suspected_at=takeover.suspected_at,
                convicted_at=takeover.convicted_at,
                elected_at=takeover.elected_at,
            )
        )

    def leader_recovered(self, epoch: int, jobs: Collection[str], at: float) -> None:
        """The new leader has read back all jobs, and runs those in `jobs`."""
        for record in self._of_leader(epoch):
            record.recovered_at = at
            record.jobs = list(jobs)
            record.waiting = list(jobs)

    def leader_confirmed(self, epoch: int, at: float) -> bool:
        """The new leader is visible to everybody; whether it came by a failover."""
        concerned = self._of_leader(epoch)
        for record in concerned:
            record.confirmed_at = at
        return bool(concerned)

    def task_manager_lost(
        self,
        subject: str,
        epoch: int,
        cause: str,
        detail: str,
        at: float,
        jobs: Collection[str],
        suspected_at: float | None = None,
    ) -> None:
        """A TaskManager died, on which tasks of `jobs` ran or were to run."""
        self._add(
            FailoverRecord(
                kind="task-manager",
                subject=subject,
                epoch=epoch,
                cause=cause,
                detail=detail,
                suspected_at=suspected_at,
                convicted_at=at,
                jobs=list(jobs),
                waiting=list(jobs),
            )
        )

    def task_manager_registered(self, count: int, at: float) -> bool:
        """A TaskManager registered; there are `count` now. Whether that belongs to a failover."""
        concerned = [one for one in self.records if one.waiting]
        for record in concerned:
            record.task_managers_at = at
            record.task_managers = count
        return bool(concerned)

    def job_running(self, job_id: str, at: float) -> bool:
        """All tasks of a job run; whether that ended a failover."""
        return self._no_longer_waiting(job_id, at, runs=True)

    def job_ended(self, job_id: str, at: float) -> bool:
        """A job has ended and will not run again; whether that ended a failover."""
        return self._no_longer_waiting(job_id, at, runs=False)

    def to_plain(self) -> list[dict[str, Any]]:
        """As MessagePack and JSON values, oldest first."""
        return [record.to_plain() for record in self.records]

    @classmethod
    def from_plain(cls, plain: Collection[Mapping[str, Any]]) -> Timeline:
        """What `to_plain` described."""
        return cls([FailoverRecord.from_plain(one) for one in plain])

    def _add(self, record: FailoverRecord) -> None:
        self.records.append(record)
        del self.records[:-KEPT]

    def _of_leader(self, epoch: int) -> list[FailoverRecord]:
        return [record for record in self.records if record.kind == "leader" and record.epoch == epoch]

    def _no_longer_waiting(self, job_id: str, at: float, *, runs: bool) -> bool:
        ended = False
        for record in self.records:
            if job_id in record.waiting:
                record.waiting.remove(job_id)
                if not record.waiting:
                    ended = True
                    record.running_at = at if runs or len(record.jobs) > 1 else None
        return ended
