"""Safeguards of TaskManagers that a provider makes, and of what is kept for a time: taken out, `fleets` misses them."""

from __future__ import annotations

from typing import Any

from cluster.leader.idle_members import IdleMembers
from cluster.model.ended_jobs import EndedJobs
from cluster.model.idleness import Idleness
from cluster.providers.process import ProcessProvider
from cluster.store.checkpoints import CheckpointStore, checkpoint_key
from cluster.taskmanager.task_manager import TaskManager
from tests.simulation.ablation import Ablation, wrapped


class _Empty:
    """A pool of slots, in which nobody seems to have a task."""

    def __init__(self, pool: Any) -> None:
        self.suspect = pool.suspect

    def slots_of(self, _: str) -> tuple[()]:
        return ()


def _whoever(original: Any, idle: IdleMembers, log: Any) -> None:
    pool, idle._pool = idle._pool, _Empty(idle._pool)  # type: ignore[assignment]
    original(idle, log)
    idle._pool = pool


def _soon(original: Any, ended: EndedJobs, now: float) -> Any:
    return original(ended, now + (ended._keep_s or 0.0) / 2)


def _one_less(original: Any, ended: EndedJobs, now: float) -> Any:
    ended._most -= 1
    due = original(ended, now)
    ended._most += 1
    return due


async def _only_said(_: Any, store: CheckpointStore, epoch: int, job_id: str) -> int:
    return len(await store._pointers.list(f"retained/{checkpoint_key(job_id)}"))


def _anew(worker: TaskManager) -> None:
    worker.context.timers.cancel("give up")
    _give_up_later(worker)


def _only_missed(provider: ProcessProvider, epoch: int, resource_id: str) -> None:
    provider._fleet.lost(provider._loop.time(), epoch, resource_id)


_give_up_later = TaskManager._give_up_later

LOST_FLEETS = [
    Ablation("who has tasks is let go, too", [wrapped(IdleMembers, "look", _whoever)], 1000, "I18", "fleets"),
    Ablation("who is idle stays", [(Idleness, "look", lambda *_: [])], 1001, "I18", "fleets"),
    Ablation(
        "whom people have started is let go", [(ProcessProvider, "has_made", lambda *_: True)], 1000, "I18", "fleets"
    ),
    Ablation(
        "a TaskManager waits anew for each leader", [(TaskManager, "_give_up_later", _anew)], 1003, "I18", "fleets"
    ),
    Ablation(
        "ended jobs are remembered for half their time", [wrapped(EndedJobs, "due", _soon)], 1000, "I19", "fleets"
    ),
    Ablation(
        "who is taken for dead is not ended", [(ProcessProvider, "lost", _only_missed)], 10100022, "I18", "fleets"
    ),
    Ablation("one ended job less is remembered", [wrapped(EndedJobs, "due", _one_less)], 1003, "I19", "fleets"),
    Ablation(
        "what is dropped is only said to be",
        [wrapped(CheckpointStore, "drop_retained", _only_said)],
        1000,
        "I13",
        "fleets",
    ),
]
