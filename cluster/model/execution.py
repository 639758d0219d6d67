"""One running job as a state machine: an event and the time go in, what is to be done comes out as values. Pure.

It keeps these promises: no task ever has two live attempts (a new one is made only when the old one has ended or its
TaskManager is dead); attempt numbers only rise; what an old attempt reports is ignored; a lost TaskManager is one
failure, however many tasks it took along; cancelling wins over restarting. Shell: `cluster.leader.job_master`. Not
here: the rules of restarting (`restart_judges`), which tasks restart (`failover`), what a checkpoint needs
(`checkpoints`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cluster.model import execution_effects as do
from cluster.model import execution_events as ev
from cluster.model.checkpoint_step import Step, checkpoint_step
from cluster.model.checkpoints import CheckpointCoordinator, CheckpointLost
from cluster.model.completed_checkpoint import CompletedCheckpoint, StateHandle, finished_in
from cluster.model.doubt import Doubt
from cluster.model.execution_late import after_the_end
from cluster.model.execution_settings import ExecutionSettings
from cluster.model.failures import Failure, FailureHistory
from cluster.model.job import JobStatus
from cluster.model.pending_restarts import PendingRestarts
from cluster.model.restart_judges import GiveUp, RestartJudge, Verdict
from cluster.model.task_reunion import TaskReunion, disown
from cluster.model.verdicts import UNCOUNTED, Verdicts
from cluster.model.vertex import TaskState, Vertex
from cluster.model.vertices import Vertices

_ENDING = (JobStatus.FAILING, JobStatus.CANCELLING)


class Execution:
    """The tasks of one job under one leader.

    Attributes:
        status: Of the job.
        reason: Why it failed or is failing, else empty.
        restarts: How often tasks were restarted under this leader.
        vertices: Its tasks, in the order of the job.
        history: The newest failures.
        checkpoints: Its coordinator, or `None` if the job keeps none.
        restored: The checkpoint that this leader began with, or `None`.
        pending: The restarts that are decided and not yet made.
    """

    def __init__(
        self,
        vertices: Vertices,
        judge: RestartJudge,
        jitter: Callable[[], float],
        checkpoints: CheckpointCoordinator | None,
        settings: ExecutionSettings,
    ) -> None:
        self.status = JobStatus.INITIALIZING
        self.reason = ""
        self.restarts = 0
        self.vertices = vertices
        self.checkpoints = checkpoints
        self.restored: CompletedCheckpoint | None = None
        self.history = FailureHistory(settings.attempts_history)
        self._settings = settings
        self._verdicts = Verdicts(judge, jitter)
        self.pending = PendingRestarts()
        self._need_changed = self._all_running_said = False
        self._reunion: TaskReunion | None = TaskReunion()
        self._cancel_later = False
        self._doubt = Doubt()
        self._effects: list[do.Effect] = []

    @property
    def latest(self) -> CompletedCheckpoint | None:
        """The checkpoint that tasks are restored from."""
        newest = self.checkpoints.latest if self.checkpoints is not None else None
        return newest if newest is not None else self.restored

    def handle(self, event: ev.Event, now: float) -> list[do.Effect]:
        """Take one event at `now` (monotonic seconds, never less than before); what is to be done, in this order."""
        self._effects, self._need_changed = [], False
        if self.status.is_globally_terminal:
            self._effects += after_the_end(event)
        else:
            self._take(event, now)
            self._settle(now)
        if self._need_changed:
            self._effects.append(do.DeclareNeed(self.vertices.waiting))
        return self._effects

    def _take(self, event: ev.Event, now: float) -> None:
        match event:
            case ev.Start():
                self._start(event, now)
            case ev.TaskFound():
                self._effects += self._reunion.add(event) if self._reunion is not None else disown(event)
            case ev.AllReturned():
                self._reunite(now)
            case ev.SlotOffered():
                self._offered(event, now)
            case ev.TaskReported():
                self._reported(event, now)
            case ev.TaskManagerLost():
                self._lost(event, now)
            case ev.RestartDue(restart_id):
                self.pending.delay_over(restart_id)
            case ev.Cancel() if self._reunion is not None:
                self._cancel_later = True  # what is to be ended is not known yet
            case ev.Cancel():
                self._end_tasks(JobStatus.CANCELLING, "", now)
            case ev.CheckpointFound(checkpoint):
                self._found(checkpoint, now)
            case ev.Tick():
                self._tick(now)
            case _ if self.checkpoints is not None:  # else it is a late answer to a job that keeps none
                ready = self.status is JobStatus.RUNNING and self.vertices.all_running
                self._absorb(checkpoint_step(self.checkpoints, self.vertices, event, now, ready=ready), now)

    def _start(self, start: ev.Start, now: float) -> None:
        if self.status is not JobStatus.INITIALIZING:
            return
        self._become(JobStatus.CREATED)
        self.restored = restored = start.restored
        if restored is not None and self.checkpoints is not None:
            self.checkpoints.latest = restored
        self.vertices.restore(restored, self._settings.attempts_before, now)
        if not start.reunite:
            self._reunite(now)

    def _reunite(self, now: float) -> None:
        """What runs goes on; only what is missing is started."""
        reunion, self._reunion = self._reunion, None
        if reunion is None:
            return
        for one in reunion.adopt(self.vertices, now):
            self._deploy(one)
        self._effects += reunion.rest()
        self._become(JobStatus.RUNNING)
        if self._cancel_later:
            self._end_tasks(JobStatus.CANCELLING, "", now)
        else:
            self._schedule(self.vertices.in_state(TaskState.CREATED), now)

    def _offered(self, offer: ev.SlotOffered, now: float) -> None:
        one = self.vertices.find(offer.task_id)
        if one is not None and (one.task_manager, one.slot) == (offer.task_manager, offer.slot):
            return
        if one is None or one.state is not TaskState.SCHEDULED:
            self._effects.append(do.ReleaseSlot(offer.task_id, offer.task_manager, offer.slot))
            return
        one.place(offer.task_manager, offer.slot, now)
        self._deploy(one)

    def _reported(self, report: ev.TaskReported, now: float) -> None:
        one = self.vertices.find(report.task_id)
        if one is None or report.attempt != one.attempt or not one.state.is_placed:
            return
        if report.state is TaskState.RUNNING and one.state is TaskState.DEPLOYING:
            one.move(TaskState.RUNNING, now)
        if not report.state.is_ended:
            return
        where, slot = one.task_manager, one.slot
        self._effects.append(do.ReleaseSlot(one.task_id, where, slot))
        if one.state is TaskState.CANCELING:
            one.move(TaskState.CANCELED, now)
        elif report.state is TaskState.FINISHED:
            one.finish(report.result, now)
            if self.checkpoints is not None:
                self._absorb(self.checkpoints.task_finished(one.task_id, report.result, now), now)
        else:
            failure = Failure(now, report.reason, (one.task_id,), where, report.recoverable)
            is_in_doubt = one.state is TaskState.DEPLOYING and not one.adopted and self._restores(one) is not None
            one.move(TaskState.FAILED, now)
            if is_in_doubt and failure.recoverable and self.status not in _ENDING:
                self.pending.add(self._doubt.add(failure))
                self._become(JobStatus.RESTARTING)
            else:  # what a former leader was ending, and what has ended before this one came
                was_to_end, was_found_ended = one.adopted and report.state is TaskState.CANCELED, slot < 0
                self._fail(failure, loss=was_found_ended, verdict=UNCOUNTED if was_to_end else None)

    def _found(self, found: CompletedCheckpoint | None, now: float) -> None:
        """If it is another than was tried, that was the cause, and no attempt of the restart strategy is used up."""
        latest, failures = self.latest, self._doubt.settled(now)
        is_other = found is not None and latest is not None and found.checkpoint_id != latest.checkpoint_id
        if is_other:
            self.restored = found
            if self.checkpoints is not None:
                self.checkpoints.latest = found
        for failure in failures:
            self._fail(failure, verdict=UNCOUNTED if is_other else None)

    def _lost(self, event: ev.TaskManagerLost, now: float) -> None:
        if self._reunion is not None:
            self._reunion.lost(event.task_manager)
        failed = self.vertices.lose(event.task_manager, now)
        if failed:
            self._fail(Failure(now, event.reason, failed, event.task_manager), loss=True)

    def _tick(self, now: float) -> None:
        failure = self.vertices.give_up_waiting(now, self._settings.slot_request_timeout_s)
        if failure is not None:
            self._need_changed = True
            self._fail(failure)
        for one in self.vertices.unanswered(now, self._settings.resend_s):
            if one.state is TaskState.CANCELING:
                self._effects.append(do.CancelAttempt(one.task_id, one.attempt, one.task_manager))
            else:
                self._deploy(one)

    def _fail(self, failure: Failure, *, loss: bool = False, verdict: Verdict | None = None) -> None:
        now = failure.at
        self.history.add(failure)
        self._effects.append(failure)
        if self.checkpoints is not None:
            self._absorb(self.checkpoints.abort(f"a task failed: {failure.reason}", now), now)
        if self.status in _ENDING:
            return
        if not failure.recoverable:
            self._end_tasks(JobStatus.FAILING, failure.reason, now)
            return
        verdict = verdict or self._verdicts.on_failure(now, loss=loss)
        if isinstance(verdict, GiveUp):
            self._end_tasks(JobStatus.FAILING, f"{verdict.reason}. The failure was: {failure.reason}", now)
            return
        self.restarts += not verdict.merged
        finished, everything = finished_in(self.latest), not failure.task_ids
        tasks = self._settings.failover.tasks_to_restart(
            failure.task_ids, self.vertices.ids, finished, everything=everything
        )
        for one in self.vertices.select(tasks):
            self._end_attempt(one, now)
        self._effects.append(do.ScheduleRestart(self.pending.add(tasks), verdict.delay_s))
        self._become(JobStatus.RESTARTING)

    def _end_tasks(self, status: JobStatus, reason: str, now: float) -> None:
        if self.status is JobStatus.CANCELLING:
            return
        self.reason = reason
        self.pending.clear()
        self._become(status, reason)
        for one in self.vertices:
            self._end_attempt(one, now)

    def _end_attempt(self, one: Vertex, now: float) -> None:
        self._need_changed = self._need_changed or one.state is TaskState.SCHEDULED
        if one.end(now):
            self._effects.append(do.CancelAttempt(one.task_id, one.attempt, one.task_manager))

    def _settle(self, now: float) -> None:
        if self.status in _ENDING:
            if self.vertices.all_ended:
                self._finish(JobStatus.FAILED if self.status is JobStatus.FAILING else JobStatus.CANCELED, now)
            return
        if self.checkpoints is None or not self.checkpoints.is_storing:  # else what they would restore may be deleted
            self._effects += self._doubt.ask()
            if not self._doubt:
                self._schedule(self.pending.take_ready(self.vertices, finished_in(self.latest)), now)
        if self.status is JobStatus.RESTARTING and not self.pending:
            self._become(JobStatus.RUNNING)
        if self.status is JobStatus.RUNNING and self.vertices.all_finished:
            self._finish(JobStatus.FINISHED, now)
        elif self.vertices.all_running and not self._all_running_said:
            self._all_running_said = True
            self._verdicts.all_running()
            self._effects.append(do.AllRunning())

    def _finish(self, status: JobStatus, now: float) -> None:
        if self.checkpoints is not None:
            self._absorb(self.checkpoints.abort("the job has ended", now), now)
        self._become(status, self.reason)
        self._effects.append(do.JobEnded(status, self.vertices.results, self.reason))

    def _schedule(self, tasks: Iterable[Vertex], now: float) -> None:
        for one in tasks:
            one.schedule(now)
            self._need_changed = True
            self._all_running_said = False

    def _deploy(self, one: Vertex) -> None:
        if one.adopted or one.state is TaskState.RUNNING:
            self._effects.append(do.Adopt(one.task_id, one.attempt, one.task_manager))
            return
        what = (one.task_id, one.task, one.index, one.parallelism, one.attempt)
        self._effects.append(do.Deploy(*what, one.task_manager, one.slot, self._restores(one)))

    def _restores(self, one: Vertex) -> tuple[int, StateHandle] | None:
        return self.latest.restores(one.task_id) if self.latest is not None else None

    def _absorb(self, steps: Iterable[Step], now: float) -> None:
        for step in steps:
            if not isinstance(step, CheckpointLost):
                self._effects.append(step)
                continue
            self._effects.append(do.CheckpointFailed(step.checkpoint_id, step.reason))
            if step.intolerable:
                self._fail(Failure(now, f"too many checkpoints failed, the last one because {step.reason}"))

    def _become(self, status: JobStatus, reason: str = "") -> None:
        if status is not self.status:
            self.status = status
            self._effects.append(do.StatusChanged(status, reason))
