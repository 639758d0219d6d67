"""What happens to a running job: the events of `cluster.model.execution.Execution`. Pure data.

The JobMaster makes them of messages and timers. Deliberately not here: the answers (`cluster.model.execution_effects`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from cluster.model.completed_checkpoint import CompletedCheckpoint, StateHandle
from cluster.model.vertex import TaskState


@dataclass(frozen=True, slots=True)
class Start:
    """Run the job, from `restored` if a checkpoint was found.

    Attributes:
        reunite: A former leader ran it: start nothing before `AllReturned`, for its tasks may be running.
    """

    restored: CompletedCheckpoint | None = None
    reunite: bool = False


@dataclass(frozen=True, slots=True)
class TaskFound:
    """A TaskManager holds an attempt that a former leader started.

    Attributes:
        origin: Epoch of that leader.
        slot: Where it runs, -1 if it has ended.
    """

    task_id: str
    origin: int
    attempt: int
    task_manager: str
    slot: int

    @property
    def rank(self) -> tuple[int, int]:
        """The higher, the younger."""
        return (self.origin, self.attempt)


@dataclass(frozen=True, slots=True)
class AllReturned:
    """No attempt of a former leader runs but those that were found."""


@dataclass(frozen=True, slots=True)
class SlotOffered:
    """The ResourceManager gives a slot to a task."""

    task_id: str
    task_manager: str
    slot: int


@dataclass(frozen=True, slots=True)
class TaskReported:
    """A TaskManager says what an attempt has come to: `RUNNING`, `FINISHED`, `CANCELED` or `FAILED`."""

    task_id: str
    attempt: int
    state: TaskState
    result: Any = None
    error: str = ""
    recoverable: bool = True

    @property
    def reason(self) -> str:
        """For people: why an attempt has ended that was not asked to, and has not finished."""
        return self.error or f"{self.task_id} ended as {self.state.value} although nobody asked for it"


@dataclass(frozen=True, slots=True)
class TaskManagerLost:
    """A TaskManager is dead, by the evidence named. Whatever ran there has ended, and counts as one failure."""

    task_manager: str
    cause: str
    detail: str = ""

    @property
    def reason(self) -> str:
        """For people."""
        why = f"{self.cause}: {self.detail}" if self.detail else self.cause
        return f"TaskManager {self.task_manager} was lost ({why})"


@dataclass(frozen=True, slots=True)
class Cancel:
    """Somebody wants the job to end."""


@dataclass(frozen=True, slots=True)
class RestartDue:
    """The delay of a `ScheduleRestart` is over."""

    restart_id: int


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed: look for what has waited too long."""


@dataclass(frozen=True, slots=True)
class CheckpointTick:
    """The checkpoint interval has passed."""


@dataclass(frozen=True, slots=True)
class CheckpointIdDrawn:
    """The id that `DrawCheckpointId` asked for."""

    checkpoint_id: int


@dataclass(frozen=True, slots=True)
class CheckpointIdFailed:
    """The store gave no id."""

    reason: str


@dataclass(frozen=True, slots=True)
class CheckpointFound:
    """The store has looked at its checkpoints.

    Attributes:
        checkpoint: The newest that can be read; `None` if that cannot be said now.
    """

    checkpoint: CompletedCheckpoint | None = None


@dataclass(frozen=True, slots=True)
class CheckpointAcked:
    """An attempt has written its state."""

    task_id: str
    attempt: int
    checkpoint_id: int
    handle: StateHandle


@dataclass(frozen=True, slots=True)
class CheckpointDeclined:
    """An attempt could not give its state."""

    task_id: str
    attempt: int
    checkpoint_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class CheckpointStored:
    """The store has the checkpoint.

    Attributes:
        completed_at: Wall time that it was stored with.
    """

    checkpoint_id: int
    completed_at: float = 0.0


@dataclass(frozen=True, slots=True)
class CheckpointStoreFailed:
    """The store has refused the checkpoint, or its answer is lost."""

    checkpoint_id: int
    reason: str


Event: TypeAlias = (
    Start
    | TaskFound
    | AllReturned
    | SlotOffered
    | TaskReported
    | TaskManagerLost
    | Cancel
    | RestartDue
    | Tick
    | CheckpointTick
    | CheckpointIdDrawn
    | CheckpointIdFailed
    | CheckpointFound
    | CheckpointAcked
    | CheckpointDeclined
    | CheckpointStored
    | CheckpointStoreFailed
)
