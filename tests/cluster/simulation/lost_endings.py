"""Safeguards of what is under way when a job ends or a leader begins: `endings` misses them, by rules of its own."""

from __future__ import annotations

from typing import Any

from cluster.leader.cancellations import Cancellations
from cluster.leader.job_archive import JobArchive
from cluster.leader.job_master import JobMaster
from cluster.model.checkpoints import CheckpointCoordinator
from tests.simulation.ablation import Ablation, wrapped


def _whatever_is_written(original: Any, master: JobMaster) -> None:
    master._writing = 0
    original(master)


def _not_later(original: Any, archive: JobArchive, found: Any) -> Any:
    dirty = original(archive, found)
    for job_id in found.later:
        archive._jobs.forget(job_id)
    return dirty


def _without_a_result(original: Any, keeper: CheckpointCoordinator, task_id: str, result: Any, now: float) -> Any:
    pending = keeper._pending
    if pending is None or task_id not in pending.waiting:
        return []
    pending.waiting.discard(task_id)
    return keeper._complete(now)


LOST_ENDINGS = [
    Ablation(
        "a job ends while a checkpoint is on its way into the store",
        [wrapped(JobMaster, "_tell_end", _whatever_is_written)],
        9120100,
        "I15",
        "endings",
    ),
    Ablation(
        "an ended job whose result cannot be read yet is not shown",
        [wrapped(JobArchive, "found", _not_later)],
        9120100,
        "I16",
        "endings",
    ),
    Ablation(
        "who finishes while a checkpoint is made is in it with nothing",
        [wrapped(CheckpointCoordinator, "task_finished", _without_a_result)],
        9120100,
        "I12",
        "endings",
    ),
    Ablation(
        "the result of a job that its leader has cancelled does not wait for the disk",
        [wrapped(Cancellations, "may_wait", lambda *_: False)],
        9953106,
        "I15",
        "cues",
    ),
]
