"""`Dispatcher`: the leader. Recovers all jobs with their ids, takes new ones, runs a JobMaster for each. Shell.

Lives for one leadership, under the contender. It offers itself for publication only when every stored job was read and
its JobMaster started, so nobody talks to a leader that does not know its jobs. A job is accepted when its record is
stored, and ended when its result is; between two leaders neither can be lost or done twice. Deliberately not here: how
a job is run (`cluster.leader.job_master`), and slots (`cluster.leader.resource_manager`). After Flink's `Dispatcher`.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from actors import Actor, ActorRef, OneForOneStrategy, Props, Terminated, stopping_decider
from cluster.election.driver import ElectionUnavailable, StaleEpoch
from cluster.leader.job_cleaner import JobCleaner
from cluster.leader.job_master import JobMaster
from cluster.leader.job_recovery import Found, FoundEnded, find_ended, find_jobs
from cluster.leader.messages import (
    CleanUp,
    DescribeTaskManagers,
    JobDone,
    JobGone,
    JobRunning,
    JobStatusChanged,
    JobUnreadable,
    LeadershipConfirmed,
    TaskManagerJoined,
    TaskManagerLeft,
)
from cluster.leader.resource_manager import ResourceManager
from cluster.leader.services import LeaderServices
from cluster.leader.timeline_keeper import TimelineKeeper
from cluster.model.job_book import JobBook
from cluster.model.job_record import JobRecord, UnreadableJob
from cluster.model.job_result import JobResult
from cluster.protocol import (
    CancelJob,
    GetCluster,
    GetJob,
    GetResult,
    GetTaskResult,
    ListJobs,
    RegisterTaskManager,
    SubmitJob,
)

_JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")


@dataclass(frozen=True, slots=True)
class _JobStored:
    record: JobRecord


_AboutAJob: TypeAlias = SubmitJob | CancelJob | GetJob | GetResult | GetTaskResult


@dataclass(frozen=True, slots=True)
class _JobNotStored:
    job_id: str
    error: BaseException


@dataclass(frozen=True, slots=True)
class _ResultStored:
    result: JobResult


@dataclass(frozen=True, slots=True)
class _Broken:
    error: BaseException


@dataclass(frozen=True, slots=True)
class _TimelineWritten:
    pass


class Dispatcher(Actor[Any]):
    """One leadership.

    Args:
        epoch: Its fencing number.
        services: What it works with.
    """

    supervisor_strategy = OneForOneStrategy(decider=stopping_decider)

    def __init__(self, epoch: int, services: LeaderServices) -> None:
        self._epoch = epoch
        self._services = services
        self._jobs = JobBook()
        self._masters: dict[str, ActorRef[Any]] = {}
        self._submitters: dict[str, list[ActorRef[Any]]] = {}
        self._ended_before: set[str] = set()
        self._resource_manager: ActorRef[Any] = self.context.system.dead_letters
        self._cleaner: ActorRef[Any] = self.context.system.dead_letters
        self._history = TimelineKeeper(epoch, services, self._write_timeline)

    def pre_start(self) -> None:
        """Begin to recover."""
        made = self.context.spawn(Props(ResourceManager, self._epoch, self._services), "resource-manager")
        self._resource_manager = self.context.watch(made)
        self._cleaner = self.context.spawn(Props(JobCleaner, self._epoch, self._services), "job-cleaner")
        self._beside(find_jobs(self._services), lambda found: found, _Broken)

    def receive(self, message: Any) -> None:
        """Handle one message."""
        match message:
            case (
                SubmitJob(job_id=job_id)
                | CancelJob(job_id)
                | GetJob(job_id)
                | GetResult(job_id)
                | GetTaskResult(job_id)
            ):
                if job_id in self._ended_before:
                    self.context.stash()
                else:
                    self._asked_about(job_id, message)
            case ListJobs():
                self.reply([entry.summary() for entry in self._jobs])
            case GetCluster():
                self._describe_cluster()
            case RegisterTaskManager() | DescribeTaskManagers():
                self._resource_manager.forward(message)
            case JobStatusChanged(job_id, status, reason, restarts):
                self._jobs.progressed(job_id, status, reason, restarts)
            case JobRunning() | TaskManagerJoined() | TaskManagerLeft() | LeadershipConfirmed():
                self._history.note(message)
            case JobDone(result):
                stored = self._services.results.create_dirty(self._epoch, result.job_id, result.to_bytes())
                self._beside(stored, lambda _: _ResultStored(result), _Broken)
            case JobUnreadable(job_id, reason):
                self._set_aside(job_id, reason)
            case Terminated(ref=ref, detail=detail):
                self._gone(ref, detail)
            case Found():
                self._recover(message)
            case FoundEnded():
                self._remember(message)
            case _JobStored(record):
                self._accept(record)
            case _JobNotStored(job_id, error):
                self._refuse(job_id, error)
            case _ResultStored(result):
                self._ended(result)
            case _TimelineWritten():
                self._history.written()
            case _Broken(error):
                self._services.office.broken(self._epoch, error)
            case _:
                self.unhandled(message)

    # --- recovery -----------------------------------------------------------------------------------------------------

    def _recover(self, found: Found) -> None:
        self._ended_before = set(found.ended)
        for job_id, reason in found.unreadable.items():
            self._set_aside(job_id, reason)
        for record in found.records.values():
            self._run(record)
        for job_id, clean in found.ended.items():
            if not clean:
                self._cleaner.tell(CleanUp(job_id))
        self._history.took_over(found.timeline, list(found.records))
        self.log.info("jobs recovered", epoch=self._epoch, running=len(found.records), set_aside=len(found.unreadable))
        self._services.office.recovered(self._epoch, self.ref)
        self._beside(find_ended(self._services, found.ended), lambda ended: ended, _Broken)

    def _remember(self, found: FoundEnded) -> None:
        """Ended jobs can be shown now; who asked for one meanwhile is answered."""
        for result in found.results.values():
            self._jobs.ended(result)
        for job_id, reason in found.unreadable.items():
            self._jobs.set_aside(job_id, reason)
        self._ended_before.clear()
        self.context.unstash_all()

    def _set_aside(self, job_id: str, reason: str) -> None:
        self.log.error("a job cannot be recovered; it is set aside", job=job_id, reason=reason)
        self._jobs.set_aside(job_id, reason)
        self._history.job_ended(job_id)
        self._let_go(job_id)

    def _run(self, record: JobRecord) -> None:
        self._jobs.run(record, record.submitted_at or self._services.wall_time())
        props = Props(JobMaster, self._epoch, record, self._services, self._resource_manager)
        self._masters[record.job_id] = self.context.watch(self.context.spawn(props, f"job-{record.job_id}"))

    # --- clients ------------------------------------------------------------------------------------------------------

    def _asked_about(self, job_id: str, question: _AboutAJob) -> None:
        entry, master = self._jobs.find(job_id), self._masters.get(job_id)
        if isinstance(question, SubmitJob):
            self._submit(job_id, question.record)
        elif entry is None:
            self.reply({"error": f"there is no job {job_id}", "not_found": True})
        elif isinstance(question, GetResult):
            self.reply(entry.outcome())
        elif isinstance(question, GetTaskResult):
            self.reply(entry.task_result(question.task_id))
        elif master is not None:
            master.forward(question)
        elif isinstance(question, GetJob):
            self.reply(entry.details())
        else:
            self.reply({"error": f"job {job_id} is {entry.status.value} already", "status": entry.status.value})

    def _submit(self, job_id: str, data: bytes) -> None:
        if self._jobs.find(job_id) is not None:
            self.reply({"job_id": job_id})
            return
        waiting = self._submitters.get(job_id)
        if waiting is not None:
            waiting.append(self.sender)
            return
        try:
            record = JobRecord.from_bytes(data)
            if record.job_id != job_id or not _JOB_ID.fullmatch(job_id):
                raise UnreadableJob(f"{record.job_id!r}, submitted as {job_id!r}, cannot be a job's id")
        except UnreadableJob as error:
            self.reply({"error": str(error)})
            return
        self._submitters[job_id] = [self.sender]
        put = self._services.jobs.put(self._epoch, job_id, data)
        self._beside(put, lambda _: _JobStored(record), lambda error: _JobNotStored(job_id, error))

    def _accept(self, record: JobRecord) -> None:
        self.log.info("job accepted", job=record.job_id, name=record.name, slots=record.slots_needed)
        self._run(record)
        for submitter in self._submitters.pop(record.job_id, ()):
            submitter.tell({"job_id": record.job_id}, self.ref)

    def _refuse(self, job_id: str, error: BaseException) -> None:
        submitters = self._submitters.pop(job_id, ())
        if isinstance(error, StaleEpoch):
            self._services.office.broken(self._epoch, error)
        elif not isinstance(error, ElectionUnavailable):  # else it may be stored: no answer, and the client asks again
            for submitter in submitters:
                submitter.tell({"error": f"the job could not be stored: {error}"}, self.ref)

    def _describe_cluster(self) -> None:
        asker, jobs = self.sender, [entry.summary() for entry in self._jobs]
        known = {
            "epoch": self._epoch,
            "leader": str(self.ref.path),
            "timeline": self._history.timeline.to_plain(),
            "jobs": jobs,
        }

        def answer(task_managers: Any) -> None:
            free = sum(one["free_slots"] for one in task_managers)
            total = sum(one["slots"] for one in task_managers)
            slots = {"slots_total": total, "slots_free": free}
            asker.tell({**known, **slots, "task_managers": task_managers}, self.ref)

        described = self._resource_manager.ask(DescribeTaskManagers())
        self._beside(described, answer, lambda _: None)  # no answer: whoever asked will ask again

    # --- the end of a job ---------------------------------------------------------------------------------------------

    def _ended(self, result: JobResult) -> None:
        self.log.info("job ended", job=result.job_id, status=result.status.value, reason=result.reason)
        self._jobs.ended(result)
        self._history.job_ended(result.job_id)
        self._let_go(result.job_id)
        self._cleaner.tell(CleanUp(result.job_id))

    def _let_go(self, job_id: str) -> None:
        master = self._masters.pop(job_id, None)
        if master is not None:
            self.context.unwatch(master)
            self.context.stop(master)
            self._resource_manager.tell(JobGone(job_id), self.ref)

    def _gone(self, ref: ActorRef[Any], detail: str) -> None:
        if ref == self._resource_manager:
            self._services.office.broken(self._epoch, RuntimeError(f"the ResourceManager ended: {detail}"))
            return
        for job_id, master in list(self._masters.items()):
            if master == ref:
                self._set_aside(job_id, f"its JobMaster broke: {detail}")

    # --- beside the mailbox --------------------------------------------------------------------------------------

    def _write_timeline(self, write: Awaitable[None]) -> None:
        self._beside(write, lambda _: _TimelineWritten(), lambda _: _TimelineWritten())

    def _beside(self, work: Awaitable[Any], done: Callable[[Any], Any], failed: Callable[[BaseException], Any]) -> None:
        self.context.pipe_to_self(work, on_success=done, on_failure=failed)
