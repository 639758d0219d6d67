"""`Dispatcher`: the leader. Recovers all jobs with their ids, takes new ones, runs a JobMaster for each. Shell.

Lives for one leadership, under the contender. It is shown to everybody while it reads the stored jobs: whoever comes
early is held, and answered when each of them was read, so nobody is told anything by a leader that does not know its
jobs. A job is accepted when its record is stored, and ended when its result is; between two leaders neither can be lost
or done twice. Deliberately not here: how a job is run (`cluster.leader.job_master`), and slots
(`cluster.leader.resource_manager`). After Flink's `Dispatcher`, which is shown when it has read them.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeAlias

from actors import ActorRef, OneForOneStrategy, Props, Terminated, stopping_decider
from cluster.flaws import drops
from cluster.leader.beside import Then, beside
from cluster.leader.cancellations import RESULT_AGAIN_S, Cancellations
from cluster.leader.cluster_view import describe_cluster
from cluster.leader.job_archive import JobArchive
from cluster.leader.job_cleaner import JobCleaner
from cluster.leader.job_master import JobMaster
from cluster.leader.job_recovery import Found, FoundEnded, find_ended, find_jobs
from cluster.leader.messages import (
    AwaitFormer,
    DescribeTaskManagers,
    FailoverEnded,
    JobCleaned,
    JobDone,
    JobGone,
    JobRunning,
    JobStatusChanged,
    JobUnreadable,
    LeadershipConfirmed,
    MayHaveTasks,
    TaskManagerJoined,
    TaskManagerLeft,
)
from cluster.leader.office_wait import OfficeCheck, OfficeWait
from cluster.leader.resource_manager import ResourceManager
from cluster.leader.second_tries import SecondTries, Tries
from cluster.leader.services import LeaderServices
from cluster.leader.submissions import Submissions
from cluster.leader.timeline_keeper import TimelineKeeper
from cluster.leader.under_epoch import UnderEpoch
from cluster.model.failover_times import step_times
from cluster.model.job_book import JobBook
from cluster.model.job_record import JobRecord
from cluster.model.job_result import JobResult
from cluster.model.job_shortening import shortened
from cluster.model.timeline import FailoverRecord
from cluster.protocol import (
    CancelJob,
    DropRetained,
    GetCluster,
    GetJob,
    GetResult,
    GetTaskResult,
    ListJobs,
    RegisterTaskManager,
    RetryJob,
    SubmitJob,
)

FORGET_EVERY_S = 10.0
"""Between two looks at which ended jobs are to be forgotten."""

_AboutAJob: TypeAlias = SubmitJob | CancelJob | GetJob | GetResult | GetTaskResult | RetryJob | DropRetained
_OfClients: TypeAlias = _AboutAJob | ListJobs | GetCluster


class Dispatcher(UnderEpoch):
    """One leadership.

    Args:
        epoch: Its fencing number.
        services: What it works with.
    """

    supervisor_strategy = OneForOneStrategy(decider=stopping_decider)

    def __init__(self, epoch: int, services: LeaderServices) -> None:
        self._epoch = epoch
        self._beside = beside(self.context)
        self._services = services
        self._wait = OfficeWait(epoch, services.office, self.context)
        self._jobs = JobBook()
        self._masters: dict[str, ActorRef[Any]] = {}
        self._tries = Tries(self._jobs)
        self._submissions = Submissions(epoch, services, self._beside, self._accept)
        self._cancellations = Cancellations(epoch, services, self._jobs, self._masters, self._beside)
        self._archive = JobArchive(epoch, services, self._jobs, self._beside)
        self._second_tries = SecondTries(
            services, self._jobs, self._beside, self._may_have_tasks, self._run_again, self._show_ended
        )
        self._knows_its_jobs = self._knows_the_ended = False
        self._ended_before: set[str] = set()
        self._ending: dict[str, JobResult] = {}
        self._resource_manager: ActorRef[Any] = self.context.system.dead_letters
        self._cleaner: ActorRef[Any] = self.context.system.dead_letters
        self._history = TimelineKeeper(epoch, services, self._write_timeline, self._failover_over)

    def pre_start(self) -> None:
        """Be shown, and begin to recover."""
        parts = ((ResourceManager, "resource-manager"), (JobCleaner, "job-cleaner"))
        made = [self.context.spawn(Props(part, self._epoch, self._services), name) for part, name in parts]
        self._resource_manager, self._cleaner = map(self.context.watch, made)
        self._services.office.reachable(self._epoch, self.ref)
        self._beside(find_jobs(self._services), self._recover, self._broken)
        self.context.timers.start_periodic("forget", Then(self._forget), FORGET_EVERY_S)

    def receive(self, message: Any) -> None:
        """Handle one message."""
        match message:
            case OfficeCheck():
                self._wait.look()
            case _ if isinstance(message, _OfClients) and drops(self.context, self.log, message):
                pass
            case _ if isinstance(message, _OfClients) and self._wait.is_needed:
                self._wait.hold()
            case SubmitJob() | CancelJob() | GetJob() | GetResult() | GetTaskResult() | RetryJob() | DropRetained():
                if not self._knows_its_jobs or message.job_id in self._ended_before:
                    self.context.stash()
                else:
                    self._asked_about(message.job_id, message)
            case ListJobs() if not self._knows_the_ended:
                self.context.stash()
            case GetCluster() | RegisterTaskManager() if not self._knows_its_jobs:
                self.context.stash()
            case ListJobs():
                self.reply([entry.summary() for entry in self._jobs])
            case GetCluster():
                self._describe_cluster()
            case RegisterTaskManager():
                self._resource_manager.forward(message)
            case JobStatusChanged(job_id, status, reason, restarts):
                self._jobs.progressed(job_id, status, reason, restarts)
            case JobRunning() | TaskManagerJoined() | TaskManagerLeft() | LeadershipConfirmed():
                self._history.note(message)
            case JobDone(result):
                self._ending[result.job_id] = result
                stored = self._services.results.create_dirty(self._epoch, result.job_id, result.to_bytes())
                self._beside(stored, lambda _: self._ended(result), lambda error: self._not_stored(message, error))
            case JobUnreadable(job_id, reason):
                self._set_aside(job_id, reason)
            case JobCleaned(job_id):
                self._archive.cleaned(job_id)
            case Terminated(ref=ref, detail=detail):
                self._gone(ref, detail)
            case Then(act):
                act()
            case _:
                self.unhandled(message)

    # --- recovery -----------------------------------------------------------------------------------------------------

    def _recover(self, found: Found) -> None:
        self._knows_its_jobs, self._ended_before = True, set(found.ended)
        self._cancellations.found(found.cancelled)
        self._resource_manager.tell(AwaitFormer(found.members, frozenset(found.records)), self.ref)
        for job_id, reason in found.unreadable.items():
            self._set_aside(job_id, reason)
        for record in found.records.values():
            self._run(record, recovered=True)
        self._history.took_over(found.timeline, list(found.records))
        self.log.info("jobs recovered", running=len(found.records), set_aside=len(found.unreadable))
        self.context.unstash_all()
        self._beside(find_ended(self._services, found.ended), self._remember, self._broken)

    def _remember(self, found: FoundEnded) -> None:
        """Ended jobs are known now; who asked for one meanwhile is answered."""
        self._show_ended(found)
        self._knows_the_ended, self._ended_before = True, set(found.later)
        self.context.unstash_all()
        if found.later:
            self._beside(find_ended(self._services, found.later, RESULT_AGAIN_S), self._remember, self._broken)

    def _show_ended(self, found: FoundEnded) -> None:
        """They can be shown, and cleaned up behind."""
        for result in self._archive.found(found):
            self._cleaner.tell(self._archive.cleaning_of(result), self.ref)

    def _set_aside(self, job_id: str, reason: str) -> None:
        self.log.error("a job cannot be recovered; it is set aside", job=job_id, reason=reason)
        self._jobs.set_aside(job_id, reason)
        self._history.job_ended(job_id)
        self._let_go(job_id)

    def _run(self, record: JobRecord, *, recovered: bool = False) -> None:
        job_id = record.job_id
        self._jobs.run(record, record.submitted_at or self._services.wall_time())
        tries = self._tries.begins(job_id)
        how = (tries, recovered, job_id in self._cancellations)
        props = Props(JobMaster, self._epoch, record, self._services, self._resource_manager, *how)
        name = f"job-{job_id}" if not tries else f"job-{job_id}.{tries}"  # an earlier one may be still at its end
        self._masters[job_id] = self.context.watch(self.context.spawn(props, name))

    # --- clients ------------------------------------------------------------------------------------------------------

    def _asked_about(self, job_id: str, question: _AboutAJob) -> None:
        entry, master = self._jobs.find(job_id), self._masters.get(job_id)
        if isinstance(question, SubmitJob):
            self._submissions.submit(job_id, question.record, entry, self.sender)
        elif isinstance(question, DropRetained):
            self._archive.drop_retained(job_id, self.sender)
        elif entry is None:
            self.reply({"error": f"there is no job {job_id}", "not_found": True})
        elif isinstance(question, GetResult):
            self.reply(entry.outcome())
        elif isinstance(question, GetTaskResult):
            self.reply(entry.task_result(question.task_id))
        elif isinstance(question, RetryJob):
            self._second_tries.retry(entry, self.sender)
        elif isinstance(question, CancelJob):
            self._cancellations.cancel(question, self.sender)
        elif master is not None:
            master.forward(question)
        else:
            self.reply(shortened(entry.details(), self._services.settings.max_record_bytes))

    def _accept(self, record: JobRecord) -> None:
        self.log.info("job accepted", job=record.job_id, name=record.name, slots=record.slots_needed)
        self._run(record)

    def _run_again(self, record: JobRecord) -> None:
        self.log.info("a job that was set aside is tried again", job=record.job_id)
        self._run(record)

    def _may_have_tasks(self, job_id: str) -> Awaitable[bool]:
        return self._resource_manager.ask(MayHaveTasks(job_id))

    def _describe_cluster(self) -> None:
        asker, jobs = self.sender, [entry.summary() for entry in self._jobs]
        path, timeline = str(self.ref.path), self._history.timeline.to_plain()

        def answer(resources: Any) -> None:
            asker.tell(describe_cluster(self._epoch, path, timeline, jobs, resources), self.ref)

        described = self._resource_manager.ask(DescribeTaskManagers())
        self._beside(described, answer, lambda _: None)  # no answer: whoever asked will ask again

    # --- the end of a job ---------------------------------------------------------------------------------------------

    def _ended(self, result: JobResult) -> None:
        self._ending.pop(result.job_id, None)
        self.log.info("job ended", job=result.job_id, status=result.status.value, reason=result.reason)
        self._jobs.ended(result)
        self._cancellations.ended(result.job_id)
        self._history.job_ended(result.job_id)
        self._let_go(result.job_id)
        self._cleaner.tell(self._archive.cleaning_of(result), self.ref)

    def _not_stored(self, done: JobDone, error: BaseException) -> None:
        result = done.result
        if not self._cancellations.may_wait(result.job_id, error):
            self._broken(error)
            return
        self._ending.pop(result.job_id, None)
        self.log.warning("the result of a cancelled job cannot be stored yet", job=result.job_id, error=str(error))
        self._jobs.waits(result, f"its result cannot be stored yet: {error}")
        self._history.job_ended(result.job_id)
        self._let_go(result.job_id)
        self.context.timers.start_single(("result", result.job_id), done, RESULT_AGAIN_S)

    def _forget(self) -> None:
        self._archive.forget_old()
        self._history.write_again()

    def _let_go(self, job_id: str) -> None:
        master = self._masters.pop(job_id, None)
        if master is not None:
            self.context.unwatch(master)
            self.context.stop(master)
        self._resource_manager.tell(JobGone(job_id), self.ref)

    def _gone(self, ref: ActorRef[Any], detail: str) -> None:
        if ref in (self._resource_manager, self._cleaner):  # what it had to do is found by the next leader
            self._broken(RuntimeError(f"{ref.path.name} ended: {detail}"))
        for job_id in [job_id for job_id, master in self._masters.items() if master == ref]:
            if job_id in self._ending:  # there is nothing left to do for it
                self._jobs.ends(self._ending[job_id])
                self._let_go(job_id)
            else:
                self._set_aside(job_id, f"its JobMaster broke: {detail}")

    # --- beside the mailbox --------------------------------------------------------------------------------------

    def _broken(self, error: BaseException) -> None:
        self._services.office.broken(self._epoch, error)

    def _failover_over(self, record: FailoverRecord) -> None:
        times = {f"{step}_s": round(seconds, 4) for step, seconds in step_times(record).items()}
        self.log.warning("failover over", kind=record.kind, subject=record.subject, cause=record.cause, **times)
        self.context.system.event_stream.publish(FailoverEnded(record))

    def _write_timeline(self, write: Awaitable[None]) -> None:
        self._beside(write, lambda _: self._history.written(), lambda _: self._history.failed())
