"""What is to be done for a running job: the effects of `cluster.model.execution.Execution`. Pure data.

The JobMaster performs them in their order. Deliberately not here: how.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cluster.model.checkpoints import DiscardStates, StoreCheckpoint
from cluster.model.completed_checkpoint import StateHandle
from cluster.model.failures import Failure
from cluster.model.job import JobStatus


@dataclass(frozen=True, slots=True)
class DeclareNeed:
    """Tell the ResourceManager which tasks wait for a slot; replaces what it was told before."""

    waiting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReleaseSlot:
    """Tell the ResourceManager that a slot is no longer used."""

    task_id: str
    task_manager: str
    slot: int


@dataclass(frozen=True, slots=True)
class Deploy:
    """Tell a TaskManager to run an attempt; also again, when it did not answer.

    Attributes:
        restore: Checkpoint id and state to begin with, or `None` to begin from nothing.
    """

    task_id: str
    task: str
    index: int
    parallelism: int
    attempt: int
    task_manager: str
    slot: int
    restore: tuple[int, StateHandle] | None


@dataclass(frozen=True, slots=True)
class Adopt:
    """Tell a TaskManager that an attempt it holds goes on under this leader; also to hear whether it runs still."""

    task_id: str
    attempt: int
    task_manager: str


@dataclass(frozen=True, slots=True)
class Disown:
    """Have a TaskManager end whatever attempt of a task it holds; its slot is free when that has ended."""

    task_id: str
    task_manager: str


@dataclass(frozen=True, slots=True)
class CancelAttempt:
    """Tell a TaskManager to end an attempt; also again, when it did not answer."""

    task_id: str
    attempt: int
    task_manager: str


@dataclass(frozen=True, slots=True)
class ScheduleRestart:
    """Come back with `RestartDue(restart_id)` after the delay."""

    restart_id: int
    delay_s: float


@dataclass(frozen=True, slots=True)
class DrawCheckpointId:
    """Get a new id from the store; come back with `CheckpointIdDrawn` or `CheckpointIdFailed`."""


@dataclass(frozen=True, slots=True)
class FindCheckpoint:
    """Look in the store for the newest checkpoint that can be read; come back with `CheckpointFound`."""


@dataclass(frozen=True, slots=True)
class TriggerCheckpoint:
    """Ask each of `targets` (task id, attempt, TaskManager) for its state."""

    checkpoint_id: int
    targets: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The job is in another state."""

    status: JobStatus
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AllRunning:
    """Every task that has not finished is running (again)."""


@dataclass(frozen=True, slots=True)
class CheckpointFailed:
    """A checkpoint came to nothing; for people."""

    checkpoint_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class JobEnded:
    """The job has ended for all leaders, and nothing of it runs: `FINISHED`, `FAILED` or `CANCELED`."""

    status: JobStatus
    results: Mapping[str, Any]
    reason: str = ""


Effect: TypeAlias = (
    DeclareNeed
    | ReleaseSlot
    | Deploy
    | Adopt
    | Disown
    | CancelAttempt
    | ScheduleRestart
    | DrawCheckpointId
    | FindCheckpoint
    | TriggerCheckpoint
    | StoreCheckpoint
    | DiscardStates
    | CheckpointFailed
    | Failure
    | StatusChanged
    | AllRunning
    | JobEnded
)
