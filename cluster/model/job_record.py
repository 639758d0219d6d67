"""`JobRecord`: a submitted job as it is stored and shipped, plain data with a version. Pure.

It says what a leader must know to run the job without importing user code. Shell: `cluster.store.jobs` keeps the bytes,
the Dispatcher reads them back after a failover.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgpack

from cluster.model.job import MAX_INSTANCES, Job
from cluster.model.job_source import JobSource
from cluster.model.restart import RestartStrategy, strategy_from_plain

VERSION = 1
MOST_S = 60_000_000_000.0
"""From 1970, either way: some 1,900 years, of which every calendar knows."""


class UnreadableJob(ValueError):
    """Bytes that are no job record, or one of a version that this program does not know."""


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """One `TaskSpec` without its class.

    Attributes:
        name: Unique in the job.
        parallelism: 1 or more.
        config: Plain data.
    """

    name: str
    parallelism: int
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job as submitted.

    Attributes:
        job_id: Chosen by the client, unchanged for ever.
        name: For people.
        source: Where the task classes come from.
        tasks: At least one.
        checkpoint_interval_s: Seconds, or `None` without checkpoints.
        restart_strategy: The job's own, or `None` for the cluster's.
        submitted_at: Wall time of the submission, seconds since 1970, for people only.
    """

    job_id: str
    name: str
    source: JobSource
    tasks: tuple[TaskRecord, ...]
    checkpoint_interval_s: float | None = None
    restart_strategy: RestartStrategy | None = None
    submitted_at: float = 0.0

    @classmethod
    def of(cls, job: Job, job_id: str, source: JobSource, submitted_at: float = 0.0) -> JobRecord:
        """The record of `job`."""
        return cls(
            job_id=job_id,
            name=job.name,
            source=source,
            tasks=tuple(TaskRecord(spec.name, spec.parallelism, spec.config) for spec in job.tasks),
            checkpoint_interval_s=job.checkpoint_interval_s,
            restart_strategy=job.restart_strategy,
            submitted_at=submitted_at,
        )

    @property
    def slots_needed(self) -> int:
        """How many slots the whole job takes: one for each parallel instance of each task."""
        return sum(task.parallelism for task in self.tasks)

    def to_bytes(self) -> bytes:
        """As MessagePack.

        Raises:
            TypeError: If a task's `config` holds what MessagePack cannot carry.
        """
        packed: bytes = msgpack.packb(
            {
                "version": VERSION,
                "job_id": self.job_id,
                "name": self.name,
                "source": self.source.to_wire(),
                "tasks": [[task.name, task.parallelism, dict(task.config)] for task in self.tasks],
                "checkpoint_interval_s": self.checkpoint_interval_s,
                "restart_strategy": None if self.restart_strategy is None else self.restart_strategy.to_plain(),
                "submitted_at": self.submitted_at,
            }
        )
        return packed

    @classmethod
    def from_bytes(cls, data: bytes) -> JobRecord:
        """The record that `to_bytes` wrote.

        Raises:
            UnreadableJob: If it cannot be read, and why.
        """
        try:
            plain = msgpack.unpackb(data, strict_map_key=False)
            if not isinstance(plain, dict) or plain.get("version") != VERSION:
                found = plain.get("version") if isinstance(plain, dict) else type(plain).__name__
                raise UnreadableJob(f"a job record of version {VERSION} was expected, not {found!r}")
            strategy = plain["restart_strategy"]
            interval_s = plain["checkpoint_interval_s"]
            if interval_s is not None and not 0 < float(interval_s) < math.inf:
                raise UnreadableJob(f"a job record's checkpoint interval must be more than 0 s, not {interval_s!r}")
            if not abs(submitted_at := float(plain["submitted_at"])) <= MOST_S:
                raise UnreadableJob(f"a job record must not have been submitted at {submitted_at}")
            return cls(
                job_id=str(plain["job_id"]),
                name=str(plain["name"]),
                source=JobSource.from_wire(plain["source"]),
                tasks=_tasks(plain["tasks"]),
                checkpoint_interval_s=None if interval_s is None else float(interval_s),
                restart_strategy=None if strategy is None else strategy_from_plain(strategy),
                submitted_at=submitted_at,
            )
        except UnreadableJob:
            raise
        except (msgpack.exceptions.UnpackException, ValueError, KeyError, TypeError) as error:
            raise UnreadableJob(f"the job record cannot be read: {error!r}") from error


def _tasks(plain: Any) -> tuple[TaskRecord, ...]:
    """Whoever submits a record need not have made it of a `Job`, and no leader must break at it."""
    tasks = tuple(TaskRecord(str(name), count, dict(config)) for name, count, config in plain)
    if not tasks or not all(type(task.parallelism) is int and task.parallelism > 0 for task in tasks):
        raise UnreadableJob("a job record must have tasks with a parallelism of 1 or more")
    if len({task.name for task in tasks}) < len(tasks):
        raise UnreadableJob("a job record must not have two tasks of one name")
    if sum(task.parallelism for task in tasks) > MAX_INSTANCES:
        raise UnreadableJob(f"a job record must not have more than {MAX_INSTANCES} instances of tasks")
    return tasks
