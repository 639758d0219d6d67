"""Safeguards on lines that no older scenario reaches: taken out, `misfits` misses them, or a rule that came with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cluster.election.service import Contender
from cluster.leader.dispatcher import Dispatcher
from cluster.model.checkpoints import CheckpointCoordinator
from cluster.model.leadership import Role
from cluster.model.task_reunion import TaskReunion, disown
from cluster.model.vertices import Vertices
from cluster.slots.slot_link import SnapshotFailed
from cluster.slots.task_runner import TaskRunner
from cluster.taskmanager.task_attempts import key_of
from cluster.taskmanager.task_slots import TaskSlots
from tests.simulation.ablation import Ablation, wrapped


def _the_first(original: Any, reunion: TaskReunion, found: Any) -> Any:
    return disown(found) if found.task_id in reunion._best else original(reunion, found)


def _for_life(original: Any, keeper: CheckpointCoordinator, *stored: Any) -> Any:
    row = keeper._failures_in_a_row
    effects = original(keeper, *stored)
    keeper._failures_in_a_row = row
    return effects


def _one_less(original: Any, keeper: CheckpointCoordinator, *lost: Any, counts: bool) -> Any:
    effect = original(keeper, *lost, counts=counts)
    return replace(effect, intolerable=counts and keeper._failures_in_a_row >= keeper._settings.tolerable_failures)


async def _silently(original: Any, runner: TaskRunner, *what: Any) -> None:
    report = runner._report
    runner._report = lambda news: None if isinstance(news, SnapshotFailed) else report(news)
    await original(runner, *what)
    runner._report = report


def _once(original: Any, dispatcher: Dispatcher, done: Any, error: BaseException) -> None:
    original(dispatcher, done, error)
    dispatcher.context.timers.cancel(("result", done.result.job_id))


def _anew(original: Any, slots: TaskSlots, order: Any) -> None:
    for attempt in slots._attempts:
        attempt.canceling = attempt.canceling and key_of(attempt.deploy) != key_of(order)
    original(slots, order)


def _unnoticed(original: Any, contender: Contender, ref: Any, verdict: Any) -> None:
    if ref != contender._dispatcher or contender._core.role is Role.STOPPING:
        original(contender, ref, verdict)


def _from_the_checkpoint(original: Any, vertices: Vertices, checkpoint: Any, attempts_before: int, now: float) -> None:
    original(vertices, checkpoint, attempts_before if checkpoint is None else 0, now)


def _drawing_still(original: Any, keeper: CheckpointCoordinator) -> None:
    """The number that came is not taken, and waited for."""


LOST_MISFITS = [
    Ablation(
        "of two attempts that were found the first goes on, not the younger",
        [wrapped(TaskReunion, "add", _the_first)],
        8821001,
        "I12",
        "slots",
    ),
    Ablation(
        "failed checkpoints are counted for life, not in a row",
        [wrapped(CheckpointCoordinator, "stored", _for_life)],
        8824000,
        "I12",
        "misfits",
    ),
    Ablation(
        "one failed checkpoint less is tolerated",
        [wrapped(CheckpointCoordinator, "_lost", _one_less)],
        8824000,
        "I12",
        "misfits",
    ),
    Ablation(
        "of a state that cannot be written nobody hears",
        [wrapped(TaskRunner, "_write", _silently)],
        8824001,
        "I15",
        "misfits",
    ),
    Ablation(
        "the result of a cancelled job is stored at once or never",
        [wrapped(Dispatcher, "_not_stored", _once)],
        8824002,
        "I8 I15",
        "misfits",
    ),
    Ablation(
        "each repetition of an order to cancel gives a task its whole time again",
        [wrapped(TaskSlots, "cancel", _anew)],
        8824002,
        "I8",
        "misfits",
    ),
    Ablation(
        "a leader part that breaks by itself is not noticed by the contender",
        [wrapped(Contender, "_gone", _unnoticed)],
        8824015,
        "I8",
        "misfits",
    ),
    Ablation(
        "a second try of a job that has a checkpoint uses numbers of attempts twice",
        [wrapped(Vertices, "restore", _from_the_checkpoint)],
        10622001,
        "I7",
        "retries",
    ),
    Ablation(
        "a number that came in vain hinders all later checkpoints",
        [wrapped(CheckpointCoordinator, "skip", _drawing_still)],
        10628003,
        "I15",
        "slots",
    ),
]
