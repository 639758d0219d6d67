"""Safeguards of where work is done: taken out, the scenarios of work miss them (`slots`, `late`, `stores` ...)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cluster.leader.dispatcher import Dispatcher
from cluster.leader.losses import Losses
from cluster.leader.member_record import MemberRecord
from cluster.leader.members import Member
from cluster.leader.submissions import Submissions
from cluster.model.checkpoints import CheckpointCoordinator
from cluster.model.execution import Execution
from cluster.model.pending_restarts import PendingRestarts
from cluster.model.restart_judges import ExponentialDelayJudge, FailureRateJudge, FixedDelayJudge, Restart
from cluster.model.slots import SlotPool
from cluster.model.vertices import Vertices
from cluster.protocol import ListJobs
from cluster.simulation.slot import SlotHouse, _Program
from cluster.store import checkpoints
from cluster.store.blobs import BlobStore
from cluster.store.jobs import JobStore
from cluster.store.pointed import PointedBlobs, Pointer
from cluster.store.results import ResultStore
from cluster.taskmanager.registration import Registration
from cluster.taskmanager.task_manager import TaskManager
from cluster.taskmanager.task_slots import TaskSlots
from tests.simulation.ablation import Ablation, wrapped


def _whatever_attempt(original: Any, execution: Execution, report: Any, now: float) -> None:
    one = execution.vertices.find(report.task_id)
    original(execution, report if one is None else replace(report, attempt=one.attempt), now)


def _whatever_checkpoint(
    original: Any, keeper: CheckpointCoordinator, task_id: str, attempt: int, number: int, handle: Any, now: float
) -> Any:
    pending = keeper._pending
    return original(keeper, task_id, attempt, number if pending is None else pending.checkpoint_id, handle, now)


def _as_if_new(original: Any, submissions: Submissions, job_id: str, data: bytes, known: Any, asker: Any) -> None:
    original(submissions, job_id, data, None, asker)


class _Unseen(dict[str, bool]):
    """Ended jobs that are shown, and are run all the same."""

    def __contains__(self, _: object) -> bool:
        return False

    def __iter__(self) -> Iterator[str]:
        return super().__iter__()


async def _unseen(original: Any, results: ResultStore) -> Any:
    return _Unseen(await original(results))


def _from_the_answer(original: Any, task_manager: TaskManager, asked_at: float) -> None:
    original(task_manager, task_manager._now())


def _counting_at_once(original: Any, keeper: CheckpointCoordinator, now: float) -> Any:
    effects = original(keeper, now)
    if keeper._storing is not None:
        keeper.latest = keeper._storing
    return effects


def _from_one(original: Any, vertices: Vertices, checkpoint: Any, attempts_before: int, now: float) -> None:
    original(vertices, None if checkpoint is None else replace(checkpoint, attempts={}), attempts_before, now)


async def _bytes_first(original: Any, pointed: PointedBlobs, key: str, epoch: int) -> Any:
    pointer = await pointed.pointers.get(key)
    if pointer is not None:
        await pointed._blobs.delete(Pointer.from_bytes(pointer).handle)
    return await original(pointed, key, epoch)


def _as_if_all_were_now(original: Any, judge: FailureRateJudge, now: float, jitter: float) -> Any:
    return original(judge, 0.0, jitter)


def _at_once(original: Any, restarts: PendingRestarts, tasks: Any) -> int:
    number: int = original(restarts, tasks)
    restarts.delay_over(number)
    return number


def _without_the_ended(original: Any, dispatcher: Dispatcher, message: Any) -> Any:
    if isinstance(message, ListJobs):
        dispatcher.reply([entry.summary() for entry in dispatcher._jobs])
        return None
    return original(dispatcher, message)


def _if_over(original: Any, worker: TaskManager) -> None:
    if worker._lease.is_over(worker._now()):
        original(worker)


def _a_moment_later(slots: SlotHouse, host: str) -> None:
    for name in slots.living(host):
        slots.kill_later(name, 0.0002, 0.003)


async def _none_newer(*_: Any) -> list[Any]:
    return []


LOST_WORK = [
    Ablation(
        "a lease is not waited for",
        [(Member, "lease_over_at", property(lambda member: 0.0))],
        0,
        "I7 I12 I15",
        "late",
    ),
    Ablation(
        "a report of an earlier attempt is taken for one of the present",
        [wrapped(Execution, "_reported", _whatever_attempt)],
        28,
        "I12",
        "late",
    ),
    Ablation(
        "a state counts for another checkpoint than it was taken for",
        [wrapped(CheckpointCoordinator, "acknowledged", _whatever_checkpoint)],
        43,
        "I6",
        "late",
    ),
    Ablation(
        "a lease counts from the answer", [wrapped(TaskManager, "_lengthen", _from_the_answer)], 34, "I7 I15", "late"
    ),
    Ablation(
        "no lease ends, neither the TaskManager's nor the slot's",
        [(TaskManager, "_lease_over", lambda worker: None), (_Program, "_look", lambda program: None)],
        2,
        "I7 I15",
        "late",
    ),
    Ablation(
        "a TaskManager offers itself while its tasks die",
        [(TaskSlots, "is_clear", property(lambda slots: True))],
        1023,
        "I7 I12",
        "slots",
    ),
    Ablation(
        "who has stopped its tasks is taken again before all jobs have heard of it",
        [(Losses, "holds", lambda losses, offer: False)],
        8100059,
        "I7 I11",
        "visitors",
    ),
    Ablation("slots have no leash", [(SlotHouse, "orphaned", _a_moment_later)], 8000007, "I7 I15", "stores"),
    Ablation(
        "a job that is submitted twice is run twice",
        [wrapped(Submissions, "submit", _as_if_new)],
        1,
        "I11 I13",
        "clients",
    ),
    Ablation("a job that has ended is run again", [wrapped(ResultStore, "job_ids", _unseen)], 2, "I11 I15", "clients"),
    Ablation(
        "who cancels is forgotten with the leader",
        [(JobStore, "is_cancelled", lambda store, pointer: False)],
        72,
        "I11",
        "clients",
    ),
    Ablation(
        "bytes are not compared with what was written",
        [(BlobStore, "_check_sha256", lambda *_: None), (BlobStore, "_check_size", lambda *_: None)],
        4,
        "I6",
        "rot",
    ),
    Ablation(
        "what no pointer names is not looked for",
        [(checkpoints, "newer_metadata", _none_newer)],
        1023,
        "I6",
        "rot",
    ),
    Ablation(
        "a checkpoint counts before it is stored",
        [wrapped(CheckpointCoordinator, "_complete", _counting_at_once)],
        7001,
        "I6",
        "stores",
    ),
    Ablation(
        "tasks start while their checkpoint is being replaced",
        [(CheckpointCoordinator, "is_storing", property(lambda keeper: False))],
        7003,
        "I6",
        "stores",
    ),
    Ablation(
        "orders of an earlier epoch are obeyed",
        [(Registration, "is_current", lambda bond, epoch: bond.leader is not None)],
        7000,
        "I4",
        "late",
    ),
    Ablation("suspects get tasks", [(SlotPool, "suspect", lambda pool, key: None)], 7007, "I15", "late"),
    Ablation(
        "attempts begin again with each leader", [wrapped(Vertices, "restore", _from_one)], 7001, "I7 I15", "slots"
    ),
    Ablation(
        "bytes are deleted before their pointer", [wrapped(PointedBlobs, "delete", _bytes_first)], 7000, "I6", "slots"
    ),
    Ablation(
        "restarts are not counted",
        [(FixedDelayJudge, "on_failure", lambda judge, now, jitter: Restart(judge._delay_s))],
        0,
        "I17",
        "visitors",
    ),
    Ablation(
        "the delay of a restart is not waited for", [wrapped(PendingRestarts, "add", _at_once)], 3, "I17", "visitors"
    ),
    Ablation(
        "jobs are listed before those that have ended are known",
        [wrapped(Dispatcher, "receive", _without_the_ended)],
        2,
        "I16",
        "visitors",
    ),
    Ablation("who is dead stays recorded", [(MemberRecord, "drop", lambda record, *paths: None)], 2, "I13", "visitors"),
    Ablation(
        "delays of restarts do not grow",
        [(ExponentialDelayJudge, "_delay_s", lambda judge, jitter: judge._initial_s)],
        2,
        "I17",
        "restarts",
    ),
    Ablation(
        "failures of long ago count still",
        [wrapped(FailureRateJudge, "on_failure", _as_if_all_were_now)],
        0,
        "I17",
        "restarts",
    ),
    Ablation("a job does not look at the clock", [(Execution, "_tick", lambda *_: None)], 0, "I12", "late"),
    Ablation(
        "a timer that comes early is not set again", [wrapped(TaskManager, "_lease_over", _if_over)], 2, "I15", "ticks"
    ),
]
