"""One parallel instance of a task: its attempts, and the table of states that an attempt goes through. Pure.

Deliberately not here: what follows for the job (`cluster.model.execution`).
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any


class TaskState(enum.Enum):
    """Where an attempt is; Flink's words."""

    CREATED = "CREATED"
    SCHEDULED = "SCHEDULED"
    """It waits for a slot."""
    DEPLOYING = "DEPLOYING"
    """Its TaskManager was told to run it."""
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    CANCELING = "CANCELING"
    """Its TaskManager was told to end it."""
    CANCELED = "CANCELED"
    FAILED = "FAILED"

    @property
    def is_ended(self) -> bool:
        """Whether nothing of the attempt runs any more."""
        return self in (TaskState.FINISHED, TaskState.CANCELED, TaskState.FAILED)

    @property
    def is_placed(self) -> bool:
        """Whether the attempt has a slot, and may be running there."""
        return self in (TaskState.DEPLOYING, TaskState.RUNNING, TaskState.CANCELING)


_NEXT: dict[TaskState, frozenset[TaskState]] = {
    TaskState.CREATED: frozenset({TaskState.SCHEDULED, TaskState.FINISHED, TaskState.CANCELED}),
    TaskState.SCHEDULED: frozenset({TaskState.DEPLOYING, TaskState.CANCELED, TaskState.FAILED}),
    TaskState.DEPLOYING: frozenset({TaskState.RUNNING, TaskState.FINISHED, TaskState.CANCELING, TaskState.FAILED}),
    TaskState.RUNNING: frozenset({TaskState.FINISHED, TaskState.CANCELING, TaskState.FAILED}),
    TaskState.CANCELING: frozenset({TaskState.CANCELED}),
    TaskState.FINISHED: frozenset({TaskState.CREATED}),
    TaskState.CANCELED: frozenset({TaskState.CREATED}),
    TaskState.FAILED: frozenset({TaskState.CREATED}),
}
"""`FINISHED` from `CREATED`: restored from a checkpoint. `CREATED` again: the next attempt."""


class Vertex:
    """One parallel instance of a task.

    Attributes:
        task: Name of the task.
        index: From 0.
        parallelism: Of the task.
        task_id: `name[index]`, unique in the job.
        attempt: Of the present or last attempt; 0 before the first.
        state: Of that attempt.
        since: Monotonic time at which it reached that state, or was last told to.
        task_manager: Id of where it is placed, else empty.
        slot: Number of the slot there, -1 when not placed.
        adopted: Whether the attempt was started by a former leader.
        result: What it returned, when finished.
        asked_at: When its TaskManager was last asked whether it runs still.
        number: In the job, from 0.
        moved: Called with it and its former state whenever it has gone to another.
    """

    __slots__ = (
        "adopted",
        "asked_at",
        "attempt",
        "index",
        "moved",
        "number",
        "parallelism",
        "result",
        "since",
        "slot",
        "state",
        "task",
        "task_id",
        "task_manager",
    )

    def __init__(self, task: str, index: int, parallelism: int) -> None:
        self.task = task
        self.index = index
        self.parallelism = parallelism
        self.task_id = f"{task}[{index}]"
        self.attempt = 0
        self.state = TaskState.CREATED
        self.since = self.asked_at = 0.0
        self.task_manager = ""
        self.slot = -1
        self.adopted = False
        self.result: Any = None
        self.number = index
        self.moved: Callable[[Vertex, TaskState], None] | None = None

    def move(self, state: TaskState, now: float) -> None:
        """Go to `state`.

        Raises:
            ValueError: If the table does not allow it.
        """
        if state not in _NEXT[self.state]:
            raise ValueError(f"{self.task_id} cannot go from {self.state.value} to {state.value}")
        before, self.state = self.state, state
        self.since = now
        if not state.is_placed:
            self.task_manager, self.slot = "", -1
        if self.moved is not None:
            self.moved(self, before)

    def schedule(self, now: float) -> None:
        """Begin the next attempt: it waits for a slot."""
        if self.state.is_ended:
            self.move(TaskState.CREATED, now)
        self.result = None
        self.adopted = False
        self.attempt += 1
        self.move(TaskState.SCHEDULED, now)

    def place(self, task_manager: str, slot: int, now: float) -> None:
        """It has a slot, and its TaskManager is told to run it."""
        self.move(TaskState.DEPLOYING, now)
        self.task_manager, self.slot = task_manager, slot

    def adopt(self, attempt: int, task_manager: str, slot: int, now: float) -> None:
        """An attempt of a former leader goes on, where it is."""
        self.move(TaskState.SCHEDULED, now)
        self.place(task_manager, slot, now)
        self.attempt, self.adopted = attempt, True

    def end(self, now: float) -> bool:
        """Nobody wants its attempt any more; whether its TaskManager has to be told."""
        if self.state in (TaskState.CREATED, TaskState.SCHEDULED):
            self.move(TaskState.CANCELED, now)
        if self.state not in (TaskState.DEPLOYING, TaskState.RUNNING):
            return False
        self.move(TaskState.CANCELING, now)
        return True

    def finish(self, result: Any, now: float) -> None:
        """It ended well."""
        self.move(TaskState.FINISHED, now)
        self.result = result
