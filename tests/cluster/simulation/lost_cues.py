"""Safeguards whose lack needs two things within milliseconds: `cues` misses them, or a rule that came with it does."""

from __future__ import annotations

from typing import Any

from actors import ActorPath
from cluster.leader.cancellations import Cancellations
from cluster.leader.registrations import Registrations
from cluster.model.execution import Execution
from cluster.model.execution_events import Cancel
from cluster.model.job import JobStatus
from cluster.store.blobs import BlobCorrupt, BlobMissing
from cluster.store.checkpoints import CheckpointStore
from cluster.store.places import StorageError
from cluster.taskmanager.task_manager import TaskManager
from tests.simulation.ablation import Ablation, wrapped


async def _like_others(original: Any, store: CheckpointStore, epoch: int, job_id: str, checkpoint: Any) -> None:
    store._unreadable.pop(job_id, None)
    await original(store, epoch, job_id, checkpoint)


def _whoever(original: Any, worker: TaskManager, by: Any, detail: str) -> None:
    leader = worker._bond.leader
    original(worker, by if leader is None else ActorPath.parse(leader.address).address, detail)


def _any_job(cancellations: Cancellations, job_id: str, error: BaseException) -> bool:
    return isinstance(error, StorageError) and not isinstance(error, BlobMissing | BlobCorrupt)


def _from_before(original: Any, manager: Registrations, offer: Any) -> None:
    known = manager._members.find(offer.task_manager)
    before = None if known is None else known.granted_at
    original(manager, offer)
    if known is not None and before is not None:
        known.granted_at = before


def _whenever(original: Any, execution: Execution, failure: Any, **more: Any) -> None:
    if execution.status in (JobStatus.CANCELLING, JobStatus.FAILING):
        execution.status = JobStatus.RUNNING
    original(execution, failure, **more)


def _at_once(original: Any, execution: Execution, event: Any, now: float) -> None:
    if isinstance(event, Cancel):
        execution._end_tasks(JobStatus.CANCELLING, "", now)
    else:
        original(execution, event, now)


WHILE_IT_ENDS = """
0.1 disk-slow for=20.0 seconds=0.2
0.2 cancel-job@write.completed-checkpoints.begins for=1.0 nth=2 after=0.001 each=1
0.2 disk-full@job.CANCELLING for=0.3 nth=1 after=0.0 each=1
"""
BEFORE_IT_IS_KNOWN = """
0.1 disk-slow for=20.0 seconds=0.05
1.5 cancel-job@ReclaimTasks.comes for=1.0 nth=1 after=-1.0 each=1
2.95 freeze tm1 for=0.8
3.0 kill leader for=1.0
"""

LOST_CUES = [
    Ablation(
        "a lease that is granted once more counts from before",
        [wrapped(Registrations, "offered", _from_before)],
        8988001,
        "I15",
        "cues",
    ),
    Ablation(
        "rotten checkpoints are retained like others",
        [wrapped(CheckpointStore, "add", _like_others)],
        8981000,
        "I15",
        "rot",
    ),
    Ablation(
        "whoever takes a TaskManager for dead makes it start again",
        [wrapped(TaskManager, "_condemned", _whoever)],
        8981001,
        "I15",
        "late",
    ),
    Ablation(
        "the result of any job may wait for the disk",
        [(Cancellations, "may_wait", _any_job)],
        8988000,
        "I16",
        "cues",
        faults="0.2 disk-full@write.job-results.begins for=1.5 nth=1 after=0.0 each=1",
    ),
    Ablation(
        "a failure restarts a job that is ending",
        [wrapped(Execution, "_fail", _whenever)],
        8988012,
        "I12",
        "cues",
        faults=WHILE_IT_ENDS,
    ),
    Ablation(
        "a job is cancelled before it is known what runs",
        [wrapped(Execution, "_take", _at_once)],
        8988000,
        "I11 I12",
        "cues",
        faults=BEFORE_IT_IS_KNOWN,
    ),
]
