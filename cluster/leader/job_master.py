"""`JobMaster`: runs one job under one leader. Shell of `cluster.model.execution`.

Messages and the answers of the stores become events; the effects that come back are performed here: orders to
TaskManagers, slots from the ResourceManager, timers, writes to the stores. Every order and write carries the epoch.
While the office may not act (contact to the election backend is lost) no event is taken and nobody is answered; when
the epoch is refused by a store, the office is told and this leadership ends. Deliberately not here: any decision. After
Flink's `JobMaster`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from actors import ActorRef
from cluster.election.driver import StaleEpoch
from cluster.flaws import drops
from cluster.leader.job_orders import JobOrders
from cluster.leader.job_reports import event_of
from cluster.leader.job_setup import JobSetup
from cluster.leader.job_steps import StoreAnswered, StoreRefused
from cluster.leader.messages import (
    AllReturned,
    DeclareSlots,
    DisownTask,
    JobDone,
    JobRunning,
    JobStatusChanged,
    JobUnreadable,
    ReclaimTasks,
    SlotGiven,
    SlotReleased,
    TaskManagerDied,
    TaskReturned,
)
from cluster.leader.office_wait import OfficeCheck, OfficeWait
from cluster.leader.progress_book import ProgressBook
from cluster.leader.services import LeaderServices
from cluster.leader.store_errors import is_outage
from cluster.leader.under_epoch import UnderEpoch
from cluster.model import execution_effects as do
from cluster.model import execution_events as ev
from cluster.model.checkpoints import DiscardStates, StoreCheckpoint
from cluster.model.completed_checkpoint import Restorable
from cluster.model.failures import Failure
from cluster.model.job import JobStatus
from cluster.model.job_record import JobRecord
from cluster.model.job_shortening import shortened
from cluster.protocol import (
    CancelJob,
    CheckpointAcknowledged,
    CheckpointDeclined,
    GetJob,
    StaleLeader,
    TaskProgress,
    TaskStateChanged,
)

TICK_S = 0.5
"""Between two looks at what has waited too long."""
_WRITTEN = (ev.CheckpointStored, ev.CheckpointStoreFailed, ev.CheckpointIdDrawn, ev.CheckpointIdFailed)
"""What stores answer to what is written there."""
_FAILS = (JobStatus.FAILING, JobStatus.FAILED)
ATTEMPTS_OF_A_TRY = 1_000_000
"""Attempts of a job that is tried again count on from here: under one epoch no number is used twice."""


class JobMaster(UnderEpoch):
    """One job.

    Args:
        epoch: Of the leader.
        record: The job as it is stored.
        services: What the leader works with.
        resource_manager: Who gives slots.
        tries: How often this leader has run the job before: it was set aside, and is tried again.
        recovered: Whether a former leader ran it, so that its tasks may be running.
        cancelled: Whether it is to be cancelled: nothing of it is started, and what runs is ended.
    """

    def __init__(
        self,
        epoch: int,
        record: JobRecord,
        services: LeaderServices,
        resource_manager: ActorRef[Any],
        tries: int = 0,
        recovered: bool = False,
        cancelled: bool = False,
    ) -> None:
        self._epoch = epoch
        self._record = record
        self._services = services
        self._resource_manager = resource_manager
        self._wait = OfficeWait(epoch, services.office, self.context)
        self._orders = JobOrders(epoch, record)
        self._setup = JobSetup.of(record, services.settings, services.random, tries * ATTEMPTS_OF_A_TRY)
        self._execution = self._setup.execution
        self._progress = ProgressBook()
        self._end: do.JobEnded | None = None
        self._shown = JobStatus.INITIALIZING  # not of an end, which is none until it is stored
        self._recovered = recovered
        self._cancelled = cancelled
        self._writing = 0
        self._skipped: Mapping[int, str] = {}

    def pre_start(self) -> None:
        """Look for a checkpoint to begin with."""
        self._ask_store(self._services.checkpoints.restorable(self._record.job_id), self._found, None)

    def post_stop(self) -> None:
        """Leave no task without a master, unless the next leader adopts it."""
        if self._services.settings.keeps_tasks:
            return
        for one in self._execution.vertices:
            if one.state.is_placed:
                self._orders.cancel(do.CancelAttempt(one.task_id, one.attempt, one.task_manager), self.ref)

    def receive(self, message: Any) -> None:
        """Handle one message."""
        match message:
            case _ if drops(self.context, self.log, message):
                pass
            case TaskProgress(epoch=epoch, task_id=task_id, attempt=attempt, progress=progress):
                one = self._execution.vertices.find(task_id)
                if epoch == self._epoch and one is not None and one.attempt == attempt:
                    self._progress.said(task_id, progress)
            case StaleLeader(current=current):
                if current > self._epoch:
                    self._services.office.broken(self._epoch, StaleEpoch(self._epoch, current))
            case OfficeCheck():
                self._wait.look()
            case _ if self._wait.is_needed:
                self._wait.hold(keep=not isinstance(message, ev.Tick | ev.CheckpointTick))
            case GetJob():
                most_bytes = self._services.settings.max_record_bytes
                self.reply(shortened({**self._describe(), "status": self._shown.value}, most_bytes))
            case CancelJob():
                self._cancelled = True
                self._take(ev.Cancel())
                if (status := self._execution.status.value) not in ("FINISHED", "FAILED"):  # else not sure until stored
                    self.reply({"status": status})
            case SlotGiven(task_id, task_manager, slot, ref):
                self._orders.know(task_manager, ref)
                self._take(ev.SlotOffered(task_id, task_manager, slot))
            case TaskReturned(found, ref):
                self._orders.know(found.task_manager, ref)
                self._take(found)
            case AllReturned():
                self._take(ev.AllReturned())
            case TaskManagerDied(task_manager, cause, detail):
                self._take(ev.TaskManagerLost(task_manager, cause, detail))
                self._orders.forget(task_manager)
                self.reply(message)
            case TaskStateChanged() | CheckpointAcknowledged() | CheckpointDeclined():
                self._reported(message)
            case StoreAnswered(event):
                self._store_answered(event)
            case StoreRefused(error, event):
                self._store_refused(error, event)
            case ev.RestartDue() | ev.Tick() | ev.CheckpointTick():
                self._take(message)
            case _:
                self.unhandled(message)

    # --- events -------------------------------------------------------------------------------------------------------

    def _reported(self, report: TaskStateChanged | CheckpointAcknowledged | CheckpointDeclined) -> None:
        event = event_of(report)
        if event is not None and report.epoch == self._epoch and report.job_id == self._record.job_id:
            self._take(event)

    def _store_answered(self, event: ev.Event) -> None:
        if isinstance(event, ev.Start):
            self._begin(event)
            return
        if isinstance(event, _WRITTEN):
            self._writing -= 1
        self._take(event)
        self._tell_end()

    def _store_refused(self, error: BaseException, event: ev.Event | None) -> None:
        restores = not self._cancelled and self._execution.status not in _FAILS  # else no checkpoint is needed
        if isinstance(error, StaleEpoch):
            self._services.office.broken(self._epoch, error)
        elif event is not None and (is_outage(error) or not restores or not isinstance(event, ev.CheckpointFound)):
            self.log.warning("the store of checkpoints refuses", job=self._record.job_id, error=str(error))
            self._store_answered(event)
        elif is_outage(error):
            self._services.office.broken(self._epoch, error)
        elif self._cancelled:
            self._begin(ev.Start(None, self._recovered))
        else:
            reason = f"its checkpoint cannot be read: {error}"
            self.context.parent.tell(JobUnreadable(self._record.job_id, reason), self.ref)

    def _begin(self, start: ev.Start) -> None:
        restored = start.restored.checkpoint_id if start.restored is not None else None
        self.log.info("job starts", job=self._record.job_id, name=self._record.name, restored=restored)
        self.context.timers.start_periodic("tick", ev.Tick(), TICK_S)
        if self._setup.interval_s is not None:
            self.context.timers.start_periodic("checkpoint", ev.CheckpointTick(), self._setup.interval_s)
        for event in (ev.Cancel(), start) if self._cancelled else (start,):  # in this order nothing is started
            self._take(event)
        if self._recovered:
            self._resource_manager.tell(ReclaimTasks(self._record.job_id, self.ref), self.ref)

    def _found(self, restorable: Restorable) -> ev.Event:
        self._skipped = restorable.skipped
        for number, reason in restorable.skipped.items():
            text = "a checkpoint cannot be read; another one is used"
            self.log.error(text, job=self._record.job_id, checkpoint=number, reason=reason)
        if self._execution.status is not JobStatus.INITIALIZING:
            return ev.CheckpointFound(restorable.checkpoint)
        return ev.Start(restorable.checkpoint, self._recovered)

    def _take(self, event: ev.Event) -> None:
        for effect in self._execution.handle(event, self._services.clock()):
            self._perform(effect)

    # --- effects ------------------------------------------------------------------------------------------------------

    def _perform(self, effect: do.Effect) -> None:
        job_id = self._record.job_id
        match effect:
            case do.DeclareNeed(waiting):
                self._resource_manager.tell(DeclareSlots(job_id, waiting, self.ref), self.ref)
            case do.ReleaseSlot(task_id, task_manager, _):
                self._resource_manager.tell(SlotReleased(job_id, task_id, task_manager), self.ref)
            case do.Deploy():
                self._progress.forget(effect.task_id)
                self._orders.deploy(effect, self.ref)
            case do.Adopt():
                self._orders.adopt(effect, self.ref)
            case do.Disown(task_id, task_manager):
                self._resource_manager.tell(DisownTask(job_id, task_id, task_manager), self.ref)
            case do.CancelAttempt():
                self._orders.cancel(effect, self.ref)
            case do.ScheduleRestart(restart_id, delay_s):
                self.context.timers.start_single(("restart", restart_id), ev.RestartDue(restart_id), delay_s)
            case do.FindCheckpoint():
                found = self._services.checkpoints.restorable(job_id)
                self._ask_store(found, self._found, lambda _: ev.CheckpointFound())
            case do.DrawCheckpointId():
                self._writing += 1
                drawn = self._services.checkpoints.next_id(self._epoch, job_id)
                self._ask_store(drawn, ev.CheckpointIdDrawn, ev.CheckpointIdFailed)
            case do.TriggerCheckpoint():
                self._orders.trigger(effect, self.ref)
            case StoreCheckpoint(checkpoint):
                self._writing += 1
                number = checkpoint.checkpoint_id
                dated = replace(checkpoint, completed_at=self._services.wall_time())
                self._ask_store(
                    self._services.checkpoints.add(self._epoch, job_id, dated),
                    lambda _: ev.CheckpointStored(number, dated.completed_at),
                    lambda reason: ev.CheckpointStoreFailed(number, reason),
                )
            case DiscardStates(handles):
                deleted = self._services.checkpoints.delete_states(handles)
                self.context.pipe_to_self(deleted, on_failure=lambda _: None)  # orphans cost room and nothing else
            case do.CheckpointFailed(number, reason):
                self.log.info("checkpoint failed", job=job_id, checkpoint=number, reason=reason)
            case Failure(headline=reason, task_ids=tasks, task_manager=where):  # for people
                self.log.warning("tasks failed", job=job_id, tasks=tasks, task_manager=where, reason=reason)
            case do.StatusChanged(status, reason):
                self.log.info("job status", job=job_id, status=status.value, reason=reason)
                self._shown = self._shown if status.is_globally_terminal else status
                self.context.parent.tell(JobStatusChanged(job_id, status, reason, self._execution.restarts), self.ref)
            case do.AllRunning():
                self.context.parent.tell(JobRunning(job_id), self.ref)
            case do.JobEnded():
                self._end = effect
                self._tell_end()

    def _tell_end(self) -> None:
        """Not while a checkpoint, or its number, is on its way into the store: it may come after all was cleaned."""
        if self._end is None or self._writing:
            return
        end, self._end = self._end, None
        result = self._setup.result(self._record, end, self._services.wall_time(), self._describe())
        self.context.timers.cancel_all()
        self.context.parent.tell(JobDone(result), self.ref)

    def _ask_store(
        self,
        asked: Awaitable[Any],
        answered: Callable[[Any], ev.Event],
        refused: Callable[[str], ev.Event] | None,
    ) -> None:
        self.context.pipe_to_self(
            asked,
            on_success=lambda answer: StoreAnswered(answered(answer)),
            on_failure=lambda error: StoreRefused(error, refused(str(error)) if refused is not None else None),
        )

    def _describe(self) -> dict[str, Any]:
        offset_s = self._services.wall_time() - self._services.clock()
        return self._setup.describe(self._record, self._progress, offset_s, self._skipped)
