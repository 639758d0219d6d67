"""What the leader's actors say to each other: Dispatcher, ResourceManager and JobMasters. Pure data.

None of it crosses the wire: they live and die together in one process, under one epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actors import ActorRef, Request
from cluster.model.execution_events import TaskFound
from cluster.model.job import JobStatus
from cluster.model.job_result import JobResult
from cluster.model.timeline import FailoverRecord

# --- contender -> Dispatcher ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeadershipConfirmed:
    """The leader is published: others see it."""

    epoch: int


# --- JobMaster -> ResourceManager -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeclareSlots:
    """These tasks of the job wait for a slot; replaces what was said before."""

    job_id: str
    waiting: tuple[str, ...]
    job_master: ActorRef[Any]


@dataclass(frozen=True, slots=True)
class SlotReleased:
    """A task's slot is no longer used."""

    job_id: str
    task_id: str
    task_manager: str


@dataclass(frozen=True, slots=True)
class ReclaimTasks:
    """A recovered job asks for what TaskManagers bring back of it: `TaskReturned` for each, then `AllReturned`."""

    job_id: str
    job_master: ActorRef[Any]


@dataclass(frozen=True, slots=True)
class DisownTask:
    """An attempt of a former leader is not wanted: it is to be ended."""

    job_id: str
    task_id: str
    task_manager: str


@dataclass(frozen=True, slots=True)
class JobGone:
    """The job has no master any more: it needs nothing, and whatever of it is in a slot is to end."""

    job_id: str


# --- ResourceManager -> JobMaster -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SlotGiven:
    """A task may use a slot.

    Attributes:
        task_manager: Id of the TaskManager's incarnation.
        ref: The TaskManager.
    """

    task_id: str
    task_manager: str
    slot: int
    ref: ActorRef[Any]


@dataclass(frozen=True, slots=True)
class TaskReturned:
    """A TaskManager has an attempt of the job that a former leader started.

    Attributes:
        ref: The TaskManager.
    """

    found: TaskFound
    ref: ActorRef[Any]


@dataclass(frozen=True, slots=True)
class AllReturned:
    """No attempt of a former leader runs that the jobs have not heard of."""


@dataclass(frozen=True, slots=True)
class TaskManagerDied:
    """A TaskManager is dead, and by which evidence; or it has stopped all its tasks, which is the same to a job.

    A JobMaster sends it back when it has taken it: none of its orders to that TaskManager comes after that.
    """

    task_manager: str
    cause: str
    detail: str


# --- Dispatcher -> ResourceManager ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AwaitFormer:
    """There was a leader before.

    Attributes:
        former: Its TaskManagers, by path, and the lease of each one's tasks.
        job_ids: Jobs that are recovered: their tasks may go on.
    """

    former: Mapping[str, float]
    job_ids: frozenset[str]


# --- ResourceManager -> Dispatcher ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TaskManagerJoined:
    """A TaskManager has registered; there are `count` now."""

    count: int


@dataclass(frozen=True, slots=True)
class TaskManagerLeft:
    """A TaskManager is dead; for the timeline.

    Attributes:
        suspected_at: Wall time of the first sign, or `None`.
        jobs: Ids of the jobs that had slots there.
    """

    resource_id: str
    cause: str
    detail: str
    suspected_at: float | None
    jobs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FailoverEnded:
    """Published on the event stream, for metrics: nothing more will happen to a failover."""

    record: FailoverRecord


@dataclass(frozen=True, slots=True)
class DescribeTaskManagers(Request[Any]):
    """Asked by the Dispatcher; answered with `task_managers` (a list), and `slots_missing` and `provider_...`."""


@dataclass(frozen=True, slots=True)
class MayHaveTasks(Request[bool]):
    """Asked by the Dispatcher: whether a task of the job is in a slot, or may be where a former leader had put it."""

    job_id: str


# --- JobMaster -> Dispatcher ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JobStatusChanged:
    """A job is in another state."""

    job_id: str
    status: JobStatus
    reason: str
    restarts: int


@dataclass(frozen=True, slots=True)
class JobRunning:
    """All tasks of a job run (again)."""

    job_id: str


@dataclass(frozen=True, slots=True)
class JobDone:
    """A job has ended, and nothing of it runs; its result is still to be stored."""

    result: JobResult


@dataclass(frozen=True, slots=True)
class JobUnreadable:
    """A job's checkpoint cannot be read: it is set aside, untouched."""

    job_id: str
    reason: str


# --- Dispatcher -> JobCleaner -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CleanUp:
    """A job has ended and its result is stored: remove everything else of it.

    Attributes:
        retain: Keep its checkpoints for people.
    """

    job_id: str
    retain: bool = False


@dataclass(frozen=True, slots=True)
class JobCleaned:
    """Answered by the JobCleaner: nothing but the result is left of a job."""

    job_id: str
