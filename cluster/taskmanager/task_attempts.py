"""The attempts that one TaskManager runs: which slot has which, and how each ends. Pure.

The bookkeeping of `cluster.taskmanager.task_slots`. An attempt counts until its process is gone, not only until it said
how it ended: whoever hears of the end may start the next attempt and must not meet this one. Deliberately not here:
sending anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeAlias

from actors import ActorRef
from cluster.protocol import (
    AdoptTask,
    CancelTask,
    CheckpointAcknowledged,
    DeployTask,
    TaskStateChanged,
    TriggerCheckpoint,
)
from cluster.slots.slot_link import Canceled, Failed, Finished

Key: TypeAlias = tuple[str, str, int]
"""Job, task and attempt: what names an attempt under one leader."""

Holding: TypeAlias = list[Any]
"""`[job_id, task_id, origin, attempt, slot]`, as `RegisterTaskManager` has it."""

Outcome: TypeAlias = Finished | Canceled | Failed

ENDS_REMEMBERED = 16
"""And as many as it has slots."""
BEGUN_REMEMBERED = 4096
"""Of so many tasks the newest attempt is known: far more than begin while an order is on its way."""


def key_of(order: DeployTask | CancelTask | TriggerCheckpoint | AdoptTask) -> Key:
    """Which attempt an order is about."""
    return (order.job_id, order.task_id, order.attempt)


class Attempt:
    """One attempt and the slot process that runs it.

    Attributes:
        deploy: What was ordered, and by whom; by who has adopted it, since.
        origin: Epoch of the leader that started it.
        process: The slot actor.
        running: Whether `run` has begun.
        outcome: What the process said of its end, once it has.
        canceling: Whether the JobMaster wants its end.
        abandoned: Whether its leader is gone, so that nobody wants to hear of it.
        snapshots: Checkpoints whose state is being taken.
        acknowledged: What was last said of a state, which may have been lost.
    """

    __slots__ = (
        "abandoned",
        "acknowledged",
        "canceling",
        "deploy",
        "origin",
        "outcome",
        "process",
        "running",
        "snapshots",
    )

    def __init__(self, deploy: DeployTask, process: ActorRef[Any]) -> None:
        self.deploy = deploy
        self.origin = deploy.epoch
        self.process = process
        self.running = False
        self.outcome: Outcome | None = None
        self.canceling = False
        self.abandoned = False
        self.snapshots: set[int] = set()
        self.acknowledged: CheckpointAcknowledged | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether anybody still cares what its process says."""
        return not self.abandoned and self.outcome is None

    def ended(self, detail: str) -> Outcome:
        """What to report now that its process is gone.

        Args:
            detail: How the process ended, `killed by SIGKILL` for example.
        """
        if self.canceling:
            return Canceled()
        if isinstance(self.outcome, Finished | Failed):
            return self.outcome
        return Failed(f"the process of {self.deploy.task_id} ended before the task did: {detail}", recoverable=True)


class Attempts:
    """All attempts of one TaskManager, also those whose processes are just being killed.

    Args:
        ends_remembered: Reports of ended attempts, results included, that are kept for a leader that has not got them.
    """

    def __init__(self, ends_remembered: int = ENDS_REMEMBERED) -> None:
        self._by_process: dict[ActorRef[Any], Attempt] = {}
        self._ends: dict[Key, tuple[int, TaskStateChanged]] = {}
        self._ends_remembered = ends_remembered
        self._begun: dict[tuple[str, str], tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self._by_process)

    def __iter__(self) -> Iterator[Attempt]:
        return iter(list(self._by_process.values()))

    @property
    def has_abandoned(self) -> bool:
        """Whether tasks of a leader that is gone are not dead yet."""
        return any(each.abandoned for each in self._by_process.values())

    def add(self, attempt: Attempt) -> None:
        """It has a process now."""
        self._by_process[attempt.process] = attempt
        self._has_begun(attempt.deploy)

    def of(self, process: ActorRef[Any]) -> Attempt | None:
        """The attempt that a slot actor runs."""
        return self._by_process.get(process)

    def remove(self, process: ActorRef[Any]) -> Attempt | None:
        """Its process is gone."""
        return self._by_process.pop(process, None)

    def is_over(self, order: DeployTask) -> bool:
        """Whether that attempt has begun here, or a later one of its task: it is no more to begin.

        Orders come again, and late: when a lease is over, or an end is forgotten, what they say is of the past.
        """
        return (order.epoch, order.attempt) <= self._begun.get((order.job_id, order.task_id), (0, 0))

    def find(self, key: Key, epoch: int) -> Attempt | None:
        """An attempt of the leader of `epoch` whose process lives."""
        mine = (each for each in self._by_process.values() if not each.abandoned and each.deploy.epoch == epoch)
        return next((each for each in mine if key_of(each.deploy) == key), None)

    def held(self, key: Key) -> Attempt | None:
        """An attempt whose process lives, also of a former leader: this one may not have adopted it yet."""
        mine = (each for each in self._by_process.values() if not each.abandoned)
        return next((each for each in mine if key_of(each.deploy) == key), None)

    def of_task(self, job_id: str, task_id: str) -> Attempt | None:
        """The attempt of that task that lives here, whatever its number."""
        mine = (each for each in self._by_process.values() if not each.abandoned)
        return next((each for each in mine if (each.deploy.job_id, each.deploy.task_id) == (job_id, task_id)), None)

    def in_slot(self, slot: int) -> Attempt | None:
        """The attempt that occupies a slot."""
        return next((each for each in self._by_process.values() if each.deploy.slot == slot), None)

    def abandon_all(self) -> None:
        """The leader is gone; so is its interest in what has ended."""
        self._ends.clear()
        for attempt in self._by_process.values():
            attempt.abandoned = True

    def remember(self, origin: int, report: TaskStateChanged) -> None:
        """An attempt that the leader of epoch `origin` had started has ended and was reported so."""
        key = (report.job_id, report.task_id, report.attempt)
        self._ends.pop(key, None)
        self._ends[key] = (origin, report)
        while len(self._ends) > self._ends_remembered:
            del self._ends[next(iter(self._ends))]

    def end_of(self, key: Key, epoch: int) -> TaskStateChanged | None:
        """The report to the leader of `epoch` of an attempt that ended here: it must not run again."""
        _, report = self._ends.get(key, (0, None))
        return report if report is not None and report.epoch == epoch else None

    def adopt(self, order: AdoptTask) -> Attempt | TaskStateChanged | None:
        """An attempt of a former leader is that of another now; its end, if it has ended; `None` if it is not known."""
        key = key_of(order)
        if (held := self.held(key)) is not None:
            held.deploy = replace(held.deploy, epoch=order.epoch, job_master=order.job_master)
            return held
        if key not in self._ends:
            return None
        origin, report = self._ends[key]
        self._ends[key] = (origin, replace(report, epoch=order.epoch))
        return self._ends[key][1]

    def holdings(self) -> list[Holding]:
        """What it has for the next leader: what runs, and what has ended and may not have been heard of."""
        mine = [each for each in self._by_process.values() if not each.abandoned]
        live = [[*key_of(one.deploy)[:2], one.origin, one.deploy.attempt, one.deploy.slot] for one in mine]
        ended = [
            [job_id, task_id, origin, attempt, -1] for (job_id, task_id, attempt), (origin, _) in self._ends.items()
        ]
        return [*ended, *live]

    def _has_begun(self, order: DeployTask) -> None:
        task = (order.job_id, order.task_id)
        newest = self._begun.pop(task, (0, 0))  # what has begun last is the last to be forgotten
        self._begun[task] = max(newest, (order.epoch, order.attempt))
        if len(self._begun) > BEGUN_REMEMBERED:
            del self._begun[next(iter(self._begun))]
