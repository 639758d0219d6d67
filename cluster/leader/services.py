"""What a leader is given to work with: stores, provider, settings, clocks, its office. The composition root makes it.

The Dispatcher is started with `Props(Dispatcher, epoch, services)`; one set of services serves a whole process.
Protocols here are what the leader's actors need of the stores in `cluster.store` and of `cluster.election.service`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from actors import ActorRef
from cluster.election.driver import PointerStore
from cluster.model.cleanup import CleanupRetry
from cluster.model.completed_checkpoint import CompletedCheckpoint, Restorable, StateHandle
from cluster.model.failover import FailoverStrategy
from cluster.model.restart import RestartStrategy
from cluster.model.timeline import Takeover
from cluster.providers.base import TaskManagerProvider


class Jobs(Protocol):
    """The stored jobs, by id."""

    async def put(self, epoch: int, job_id: str, record: bytes) -> None:
        """Store a job."""

    async def remove(self, epoch: int, job_id: str) -> None:
        """Remove it; nothing happens if it is not there."""

    async def cancel(self, epoch: int, job_id: str) -> bool:
        """Note that it is to be cancelled; whether it is stored."""
        ...

    def is_cancelled(self, pointer: bytes) -> bool:
        """Whether that is noted where it is."""
        ...

    async def stored(self) -> Mapping[str, bytes]:
        """All that are stored, by id, and where each is."""
        ...

    async def load(self, job_id: str, pointer: bytes | None = None) -> bytes:
        """The stored record.

        Args:
            job_id: Of the job.
            pointer: Where it is, if that is known.

        Raises:
            Exception: If it is not there, or not what was stored.
        """
        ...


class Checkpoints(Protocol):
    """The completed checkpoints of each job."""

    async def next_id(self, epoch: int, job_id: str) -> int:
        """A number that no checkpoint of this job has had."""
        ...

    async def add(self, epoch: int, job_id: str, checkpoint: CompletedCheckpoint) -> None:
        """Store a checkpoint, and drop the oldest beyond the number retained."""

    async def restorable(self, job_id: str) -> Restorable:
        """The newest one that can be read, and what is wrong with newer ones.

        Raises:
            Exception: If there are some and none can be read.
        """
        ...

    async def discard(self, epoch: int, job_id: str, *, retain: bool = False) -> None:
        """Remove all of a job's checkpoints with their states, unless they are retained; and the counter."""

    async def drop_retained(self, epoch: int, job_id: str) -> int:
        """Remove what was retained; how many checkpoints that were."""
        ...

    async def delete_states(self, handles: tuple[StateHandle, ...]) -> None:
        """Delete states that belong to no checkpoint."""


class Results(Protocol):
    """What became of jobs that have ended."""

    async def create_dirty(self, epoch: int, job_id: str, result: bytes) -> None:
        """The job has ended; its data is still to be cleaned."""

    async def remove(self, epoch: int, job_id: str) -> None:
        """Forget it."""

    async def mark_clean(self, epoch: int, job_id: str) -> None:
        """Its data has been cleaned."""

    async def job_ids(self) -> Mapping[str, bool]:
        """All jobs that have ended, and whether each is clean."""
        ...

    async def get(self, job_id: str) -> bytes | None:
        """A job's result, clean or dirty."""
        ...


class Office(Protocol):
    """The leadership as the leader's actors see it; `cluster.election.service` implements it."""

    def may_act(self, epoch: int) -> bool:
        """Whether what is done under `epoch` may take effect now. Asked again after each wait."""
        ...

    def reachable(self, epoch: int, dispatcher: ActorRef[Any]) -> None:
        """The leader part takes messages: it may be shown to everybody."""

    def broken(self, epoch: int, error: BaseException) -> None:
        """The leader part cannot go on: the epoch is stale, or its stores fail."""

    def takeover(self, epoch: int) -> Takeover | None:
        """How this process came to lead under `epoch`; `None` if no leader was before it."""
        ...


@dataclass(frozen=True, slots=True)
class LeaderSettings:
    """What the configuration says to a leader. Times are seconds.

    Attributes:
        restart_strategy: For jobs that bring none; `None` if the key is absent.
        checkpoint_interval_s: For jobs that bring none; `None` means no checkpoints.
        attempts_history: Failures kept for people, for each job.
        resend_s: After this time without an answer a command to a TaskManager is sent again.
        cleanup: How the cleaning up behind an ended job is repeated.
        retains_on_cancel: Whether the checkpoints of a cancelled job stay.
        retains_on_failure: Whether those of a failed job do.
        ended_jobs_kept: How many ended jobs are remembered.
        ended_jobs_kept_s: For how long; `None` for ever.
        keeps_tasks: Whether tasks go on when this leader ends, for the next one to adopt.
        idle_task_manager_s: How long a TaskManager that the provider has made may have nothing to do.
        task_managers_kept: How many there shall be in any case.
        max_record_bytes: A longer job is refused: no order to run a task of it would reach a TaskManager. Nor would a
            longer description of a job reach anybody.
    """

    restart_strategy: RestartStrategy | None = None
    failover_strategy: FailoverStrategy = FailoverStrategy.REGION
    checkpoint_interval_s: float | None = None
    checkpoint_timeout_s: float = 600.0
    checkpoint_min_pause_s: float = 0.0
    checkpoint_failures_tolerated: int = 0
    slot_request_timeout_s: float = 300.0
    attempts_history: int = 16
    resend_s: float = 2.0
    cleanup: CleanupRetry = field(default_factory=CleanupRetry)
    retains_on_cancel: bool = False
    retains_on_failure: bool = False
    ended_jobs_kept: int = 1000
    ended_jobs_kept_s: float | None = 3600.0
    keeps_tasks: bool = False
    idle_task_manager_s: float = 30.0
    task_managers_kept: int = 0
    max_record_bytes: int = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LeaderServices:
    """Everything a leader uses that is not an actor.

    Attributes:
        clock: Monotonic seconds; `loop.time`.
        wall_time: Seconds since 1970, for people only.
        random: For jitter.
    """

    office: Office
    jobs: Jobs
    checkpoints: Checkpoints
    results: Results
    pointers: PointerStore
    provider: TaskManagerProvider
    clock: Callable[[], float]
    wall_time: Callable[[], float]
    random: random.Random
    settings: LeaderSettings = field(default_factory=LeaderSettings)
