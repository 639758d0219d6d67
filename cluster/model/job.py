"""What users write: `Job`, `TaskSpec` and `Task`; and what a running task is given, `TaskContext`. Pure.

Deliberately not here: how a job is stored (`cluster.model.job_record`), how it is found in a file, how a task is run.
"""

from __future__ import annotations

import enum
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from cluster.model.restart import RestartStrategy

MAX_NAME = 1_000
"""Characters of a job's name, and of a task's: the list of all jobs is one message, and so is what is said of one."""
MAX_INSTANCES = 32_768
"""Of all tasks of one job together: as many as Flink runs of one task. A leader keeps each in mind."""


class JobError(ValueError):
    """A job that cannot be run as described. The text names the job or task, what was given and what is accepted."""


class JobStatus(enum.Enum):
    """Where a job is in its life; Flink's words, and `RECOVERY_FAILED`.

    `RECOVERY_FAILED` is ours: the stored job cannot be read by this leader. It is set aside, untouched, while the
    others are recovered; Flink ends the whole process instead.
    """

    INITIALIZING = "INITIALIZING"
    CREATED = "CREATED"
    RUNNING = "RUNNING"
    FAILING = "FAILING"
    FAILED = "FAILED"
    CANCELLING = "CANCELLING"
    CANCELED = "CANCELED"
    FINISHED = "FINISHED"
    RESTARTING = "RESTARTING"
    SUSPENDED = "SUSPENDED"
    RECOVERY_FAILED = "RECOVERY_FAILED"

    @property
    def is_globally_terminal(self) -> bool:
        """Whether no leader will ever run the job again: `FINISHED`, `CANCELED` or `FAILED`.

        `SUSPENDED` and `RECOVERY_FAILED` end it for one leader only: its stored data must stay.
        """
        return self in (JobStatus.FINISHED, JobStatus.CANCELED, JobStatus.FAILED)


class TaskLog(Protocol):
    """The log that a task is given: structured, with `job`, `task` and `attempt` bound already."""

    def debug(self, event: str, **values: Any) -> Any:
        """Say something for developers."""
        ...

    def info(self, event: str, **values: Any) -> Any:
        """Say something."""
        ...

    def warning(self, event: str, **values: Any) -> Any:
        """Say something that should be looked at."""
        ...

    def error(self, event: str, **values: Any) -> Any:
        """Say that something went wrong."""
        ...


class TaskContext(Protocol):
    """What a running task knows of itself. Read only; the runtime of the slots makes it."""

    @property
    def index(self) -> int:
        """Number of this parallel instance, from 0."""
        ...

    @property
    def parallelism(self) -> int:
        """How many parallel instances the task has."""
        ...

    @property
    def attempt(self) -> int:
        """Number of this execution: 1 at first, higher after each restart."""
        ...

    @property
    def config(self) -> Mapping[str, Any]:
        """The `config` of the `TaskSpec`."""
        ...

    @property
    def job_id(self) -> str:
        """Id of the job, the same over all restarts and failovers."""
        ...

    @property
    def log(self) -> TaskLog:
        """Where to say things."""
        ...

    def report(self, progress: Any) -> None:
        """Tell people how far this task is: any MessagePack value. The newest counts, and any may be lost."""


class Task(ABC):
    """Base of the user's tasks. Made without arguments, once for each attempt, in its slot."""

    @abstractmethod
    async def run(self, context: TaskContext) -> Any:
        """Do the work.

        Args:
            context: Who this instance is, and its configuration.

        Returns:
            The task's result, a MessagePack value of at most 490,000 values, 200 deep. A service does not return.
        """

    def snapshot(self) -> Any:
        """The state to continue from, a MessagePack value. Called between two steps of `run`, never during one."""
        return None

    def restore(self, state: Any) -> None:  # noqa: B027 - a task without state has nothing to take
        """Take the state that an earlier attempt's `snapshot` returned. Called before `run`, on recovery only."""


class TaskSpec:
    """One kind of task of a job.

    Attributes:
        name: Unique in the job.
        task: The class, a `Task`.
        parallelism: How many instances run, 1 or more; each takes one slot.
        config: Plain data (MessagePack values) for `context.config`.
    """

    __slots__ = ("config", "name", "parallelism", "task")

    def __init__(
        self, name: str, task: type[Task], parallelism: int = 1, config: Mapping[str, Any] | None = None
    ) -> None:
        _check_name("task", name)
        if any(character in name for character in "[]/#"):
            raise JobError(f"task {name!r}: a task's name must not contain any of [ ] / #")
        _check_task_class(name, task)
        _check_parallelism(name, parallelism)
        if config is not None and not isinstance(config, Mapping):
            raise JobError(f"task {name!r}: config must be a mapping, not {config!r}")
        self.name = name
        self.task = task
        self.parallelism = parallelism
        self.config: dict[str, Any] = dict(config or {})


class Job:
    """What is submitted: named tasks, how often their state is kept, and what happens when one fails.

    Attributes:
        name: For people; need not be unique.
        tasks: At least one, with different names.
        checkpoint_interval_s: Seconds between two checkpoints, more than 0; `None` means that no state is kept.
        restart_strategy: `None` means the cluster's.
    """

    __slots__ = ("checkpoint_interval_s", "name", "restart_strategy", "tasks")

    def __init__(
        self,
        name: str,
        tasks: Iterable[TaskSpec],
        checkpoint_interval_s: float | None = None,
        restart_strategy: RestartStrategy | None = None,
    ) -> None:
        _check_name("job", name)
        specs = tuple(tasks)
        if not specs:
            raise JobError(f"job {name!r} has no tasks")
        seen: set[str] = set()
        for spec in specs:
            if not isinstance(spec, TaskSpec):
                raise JobError(f"job {name!r}: each task must be a TaskSpec, not {spec!r}")
            if spec.name in seen:
                raise JobError(f"job {name!r} has two tasks called {spec.name!r}")
            seen.add(spec.name)
        instances = sum(spec.parallelism for spec in specs)
        if instances > MAX_INSTANCES:
            raise JobError(f"job {name!r} has {instances} instances of tasks; at most {MAX_INSTANCES} are accepted")
        if checkpoint_interval_s is not None and not _is_positive(checkpoint_interval_s):
            raise JobError(
                f"job {name!r}: checkpoint_interval_s must be more than 0 seconds, or None, "
                f"not {checkpoint_interval_s!r}"
            )
        if restart_strategy is not None and not isinstance(restart_strategy, RestartStrategy):
            raise JobError(
                f"job {name!r}: restart_strategy must be FixedDelay, FailureRate, ExponentialDelay or NoRestart, "
                f"not {restart_strategy!r}"
            )
        self.name = name
        self.tasks = specs
        self.checkpoint_interval_s = checkpoint_interval_s
        self.restart_strategy = restart_strategy

    def task(self, name: str) -> TaskSpec:
        """The task called `name`.

        Raises:
            KeyError: If there is none.
        """
        for spec in self.tasks:
            if spec.name == name:
                return spec
        raise KeyError(name)


def _check_name(what: str, name: object) -> None:
    if not isinstance(name, str) or not name.strip():
        raise JobError(f"a {what}'s name must be a text that is not empty, not {name!r}")
    if len(name) > MAX_NAME:
        raise JobError(f"a {what}'s name must have at most {MAX_NAME} characters, not {len(name)}: {name[:40]!r}...")


def _check_task_class(name: str, task: object) -> None:
    if not (isinstance(task, type) and issubclass(task, Task)):
        raise JobError(f"task {name!r}: expected a class derived from cluster.Task, not {task!r}")
    if getattr(task, "__abstractmethods__", None):
        raise JobError(f"task {name!r}: {task.__qualname__} has no run()")


def _check_parallelism(name: str, parallelism: object) -> None:
    if isinstance(parallelism, bool) or not isinstance(parallelism, int) or parallelism < 1:
        raise JobError(f"task {name!r}: parallelism must be a whole number of 1 or more, not {parallelism!r}")


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
