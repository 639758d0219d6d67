"""The executing half of a TaskManager: orders become attempts in slot processes, and what those say becomes reports.

Shell: it spawns, stops and watches the slots for its actor (`cluster.taskmanager.task_manager`), which alone deals with
leaders. What it keeps in mind is in pure bookkeepers, `cluster.taskmanager.task_attempts` and
`cluster.taskmanager.warm_slots`. Deliberately not here: epochs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from actors import Actor, ActorRef
from actors.props import Spawnable
from cluster.protocol import (
    AdoptTask,
    CancelTask,
    CheckpointAcknowledged,
    CheckpointDeclined,
    DeployTask,
    TaskProgress,
    TaskStateChanged,
    TriggerCheckpoint,
)
from cluster.slots.slot_link import (
    Cancel,
    Canceled,
    Failed,
    Finished,
    FromSlot,
    Progress,
    Ready,
    Run,
    Running,
    Snapshot,
    SnapshotDone,
    SnapshotFailed,
)
from cluster.slots.task_values import UnpackableValue, unpack
from cluster.taskmanager.run_until import RunUntil
from cluster.taskmanager.settings import TaskManagerSettings
from cluster.taskmanager.task_attempts import ENDS_REMEMBERED, Attempt, Attempts, Holding, key_of
from cluster.taskmanager.warm_slots import WarmSlots

MAX_SNAPSHOTS_UNDER_WAY = 4
"""A task that does not get round to its snapshots is not asked for more."""


@dataclass(frozen=True, slots=True)
class Replenish:
    """To oneself: time to start processes for those that were used."""


@dataclass(frozen=True, slots=True)
class CancelOverdue:
    """To oneself: a task was asked to end and did not."""

    process: ActorRef[Any]


class TaskSlots:
    """The slots of one TaskManager.

    Args:
        actor: The TaskManager; the slot actors are its children, and timers send it `Replenish` and `CancelOverdue`.
        settings: Its settings.
        slot: Makes the actor behind one slot process: takes `ToSlot` messages and tells its parent `FromSlot` ones.
    """

    def __init__(self, actor: Actor[Any], settings: TaskManagerSettings, slot: Spawnable[Any]) -> None:
        self._actor = actor
        self._settings = settings
        self._slot = slot
        # All slots may end at once, with the connection on which that is said.
        self._attempts = Attempts(ENDS_REMEMBERED + settings.slots * (4 if settings.keeps_tasks else 1))
        self._warm = WarmSlots(settings.slots + settings.warm_spares)

    @property
    def is_clear(self) -> bool:
        """Whether no task of a former leader is alive."""
        return not self._attempts.has_abandoned

    @property
    def has_tasks(self) -> bool:
        """Whether any task is alive here."""
        return len(self._attempts) > 0

    def holdings(self) -> list[Holding]:
        """What it has for the next leader."""
        return self._attempts.holdings()

    def may_run_until(self, until: float) -> None:
        """The lease of all tasks is longer now."""
        for attempt in self._attempts:
            attempt.process.tell(RunUntil(until), self._actor.ref)

    def abandon_all(self) -> int:
        """The leader is gone: kill all tasks, at once. Returns how many there were."""
        self._attempts.abandon_all()
        for attempt in self._attempts:
            self._kill(attempt)
        return len(self._attempts)

    # --- orders -------------------------------------------------------------------------------------------------------

    def deploy(self, order: DeployTask, until: float) -> None:
        """Run an attempt. The same order may come twice: the second time it only repeats what is known.

        Args:
            order: What to run.
            until: How long it may run unless its lease is made longer.
        """
        key = key_of(order)
        ended, known = self._attempts.end_of(key, order.epoch), self._attempts.find(key, order.epoch)
        if ended is not None:
            order.job_master.tell(ended, self._actor.ref)
        elif known is not None:
            if known.running and known.outcome is None:
                self._report(order, Running(), known.origin)
        elif self._attempts.is_over(order):
            self._fail(order, f"attempt {order.attempt} of {order.task_id} is over here and does not begin again")
        elif (obstacle := self._obstacle(order.slot)) is not None:
            self._report(order, Failed(obstacle, recoverable=True), order.epoch)
        else:
            process = self._warm.take() or self._start()
            self._attempts.add(Attempt(order, process))
            process.tell(RunUntil(until), self._actor.ref)
            process.tell(self._run(order), self._actor.ref)
            self._replenish_later()

    def adopt(self, order: AdoptTask) -> None:
        """An attempt of a former leader goes on for this one, who hears where it stands."""
        known = self._attempts.adopt(order)
        if isinstance(known, Attempt):
            if known.running and known.outcome is None:
                self._report(known.deploy, Running(), known.origin)
        elif known is not None:
            order.job_master.tell(known, self._actor.ref)
        else:
            self._fail(order, f"{order.task_id} does not run here any more")

    def cancel(self, order: CancelTask) -> None:
        """End an attempt: politely at first. Who orders it may not have adopted it: that order may have been lost."""
        key = key_of(order)
        attempt = self._attempts.held(key) if order.attempt else self._attempts.of_task(order.job_id, order.task_id)
        if attempt is None:
            canceled = TaskStateChanged(order.epoch, *key, "CANCELED")
            self._actor.sender.tell(self._attempts.end_of(key, order.epoch) or canceled, self._actor.ref)
            return
        attempt.deploy = replace(attempt.deploy, epoch=order.epoch, job_master=self._actor.sender)  # who hears of it
        if not attempt.canceling:
            attempt.canceling = True
            attempt.process.tell(Cancel(), self._actor.ref)
            timeout_s = self._settings.cancellation_timeout_s
            overdue = CancelOverdue(attempt.process)
            self._actor.context.timers.start_single(attempt.process, overdue, timeout_s)

    def kill_overdue(self, process: ActorRef[Any]) -> None:
        """The time for politeness is over."""
        attempt = self._attempts.of(process)
        if attempt is not None and not attempt.abandoned:
            job_id, task_id, number = key_of(attempt.deploy)
            text = "a task did not end when it was cancelled; it is killed"
            self._actor.log.warning(text, job=job_id, task=task_id, attempt=number)
            self._kill(attempt)

    def snapshot(self, order: TriggerCheckpoint) -> None:
        """Have a state taken and written."""
        key, epoch = key_of(order), order.epoch
        attempt, ended = self._attempts.find(key, epoch), self._attempts.end_of(key, epoch)
        if ended is not None:
            self._actor.sender.tell(ended, self._actor.ref)  # that report may have been lost
        elif attempt is not None and attempt.outcome is not None:
            pass  # its end is about to be reported, and answers for the state
        elif attempt is None:
            self._decline(order, order.checkpoint_id, self._actor.sender, f"{order.task_id} does not run here")
        elif order.checkpoint_id in attempt.snapshots:
            pass  # asked again: it is being taken, and must not be taken twice under one name
        elif (said := attempt.acknowledged) and (said.epoch, said.checkpoint_id) == (epoch, order.checkpoint_id):
            attempt.deploy.job_master.tell(said, self._actor.ref)  # the answer may have been lost
        elif len(attempt.snapshots) >= MAX_SNAPSHOTS_UNDER_WAY:
            under_way = ", ".join(map(str, sorted(attempt.snapshots)))
            reason = f"{order.task_id} is still busy with checkpoints {under_way}"
            self._decline(order, order.checkpoint_id, self._actor.sender, reason)
        else:
            attempt.snapshots.add(order.checkpoint_id)
            attempt.process.tell(Snapshot(order.checkpoint_id), self._actor.ref)

    # --- processes ----------------------------------------------------------------------------------------------------

    def start_missing(self) -> None:
        """Start processes ahead of need."""
        for _ in range(self._warm.missing(len(self._attempts))):
            self._warm.started(self._start())

    def said(self, process: ActorRef[Any], said: FromSlot) -> None:
        """A slot process said something."""
        if isinstance(said, Ready):
            self._warm.became_ready(process)
            self.start_missing()
            return
        attempt = self._attempts.of(process)
        if attempt is None or not attempt.is_wanted:
            return
        order, me = attempt.deploy, self._actor.ref
        which = (order.epoch, *key_of(order))
        match said:
            case Running():
                attempt.running = True
                self._report(order, said, attempt.origin)
            case Finished() | Canceled() | Failed():
                attempt.outcome = said
                self._kill(attempt)  # its end is reported when its process is gone for certain
            case SnapshotDone(checkpoint_id, handle):
                attempt.snapshots.discard(checkpoint_id)
                attempt.acknowledged = CheckpointAcknowledged(*which, checkpoint_id, handle)
                order.job_master.tell(attempt.acknowledged, me)
            case SnapshotFailed(checkpoint_id, reason):
                attempt.snapshots.discard(checkpoint_id)
                self._decline(order, checkpoint_id, order.job_master, reason)
            case Progress(value):
                order.job_master.tell(TaskProgress(*which, value), me)

    def gone(self, process: ActorRef[Any], detail: str) -> None:
        """A slot process is dead, and how it died."""
        self._replenish_later()
        if self._warm.lost(process):
            self._actor.log.warning("a slot process that waited for work is gone", detail=detail)
            return
        attempt = self._attempts.remove(process)
        if attempt is not None:
            self._actor.context.timers.cancel(process)
            if not attempt.abandoned:
                self._report(attempt.deploy, attempt.ended(detail), attempt.origin)

    def _start(self) -> ActorRef[Any]:
        return self._actor.context.watch(self._actor.context.spawn(self._slot))

    def _kill(self, attempt: Attempt) -> None:
        self._actor.context.stop(attempt.process)

    def _replenish_later(self) -> None:
        timers = self._actor.context.timers
        if not timers.is_active("replenish"):
            timers.start_single("replenish", Replenish(), self._settings.replenish_after_s)

    def _obstacle(self, slot: int) -> str | None:
        if not 0 <= slot < self._settings.slots:
            return f"this TaskManager has {self._settings.slots} slots and none of number {slot}"
        occupant = self._attempts.in_slot(slot)
        if occupant is not None:
            return f"slot {slot} still runs {occupant.deploy.task_id}, attempt {occupant.deploy.attempt}"
        return None

    def _run(self, order: DeployTask) -> Run:
        settings = self._settings
        return Run(
            *(order.epoch, order.job_id, order.task_id, order.attempt, order.source, order.task, order.index),
            *(order.parallelism, order.restore, settings.storage, settings.max_result_bytes, settings.verbose),
        )

    # --- reports ------------------------------------------------------------------------------------------------------

    def _decline(self, of: DeployTask | TriggerCheckpoint, checkpoint_id: int, to: ActorRef[Any], reason: str) -> None:
        to.tell(CheckpointDeclined(of.epoch, *key_of(of), checkpoint_id, reason), self._actor.ref)

    def _fail(self, order: DeployTask | AdoptTask, error: str) -> None:
        """Of what is not here: there is no end of it to be remembered."""
        report = TaskStateChanged(order.epoch, *key_of(order), "FAILED", error=error)
        order.job_master.tell(report, self._actor.ref)

    def _report(self, order: DeployTask, news: Running | Finished | Canceled | Failed, origin: int) -> None:
        key = key_of(order)
        match news:
            case Running():
                report = TaskStateChanged(order.epoch, *key, "RUNNING")
            case Canceled():
                report = TaskStateChanged(order.epoch, *key, "CANCELED")
            case Failed(error, recoverable):
                report = TaskStateChanged(order.epoch, *key, "FAILED", error=error, recoverable=recoverable)
            case Finished(result):
                report = _finished(order, result)
        if not isinstance(news, Running):
            self._attempts.remember(origin, report)
        order.job_master.tell(report, self._actor.ref)


def _finished(order: DeployTask, result: bytes) -> TaskStateChanged:
    try:
        return TaskStateChanged(order.epoch, *key_of(order), "FINISHED", unpack(result, "the result"))
    except UnpackableValue as error:
        return TaskStateChanged(order.epoch, *key_of(order), "FAILED", error=str(error), recoverable=False)
