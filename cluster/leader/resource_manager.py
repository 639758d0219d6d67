"""`ResourceManager`: DeathWatches the TaskManagers, gives their slots to jobs, and asks the provider for more. Shell.

One for each leadership, a child of the Dispatcher. A TaskManager's death is what DeathWatch says; the jobs hear of it
with its cause, but not before its tasks can run no more. Who is taken in is in `Registrations`. Decisions are in
`cluster.model.slots`, `cluster.model.reunion` and `cluster.model.task_lease`. Deliberately not here: starting processes
(`cluster.providers`).
"""

from __future__ import annotations

from typing import Any

from actors import ActorPath, ActorRef, DeathCause, Terminated
from actors.address import Address
from cluster.flaws import drops
from cluster.leader.beside import Then, beside
from cluster.leader.idle_members import IdleMembers
from cluster.leader.member_record import UNKNOWN, MemberRecord
from cluster.leader.members import Member, Members
from cluster.leader.messages import (
    AwaitFormer,
    DeclareSlots,
    DescribeTaskManagers,
    DisownTask,
    JobGone,
    MayHaveTasks,
    ReclaimTasks,
    SlotGiven,
    SlotReleased,
    TaskManagerDied,
    TaskManagerJoined,
    TaskManagerLeft,
    TaskReturned,
)
from cluster.leader.office_wait import OfficeCheck, OfficeWait
from cluster.leader.orphans import Orphans
from cluster.leader.registrations import Registrations
from cluster.leader.services import LeaderServices
from cluster.leader.task_returns import TaskReturns
from cluster.leader.under_epoch import UnderEpoch
from cluster.leader.worker_need import WorkerNeed
from cluster.model.execution_events import TaskFound
from cluster.model.slots import Allocation, SlotPool
from cluster.protocol import (
    RegisterTaskManager,
    RenewLease,
    StaleLeader,
    TaskStateChanged,
)
from runtime.remote.events import NodeSuspected, NodeTrusted


class ResourceManager(UnderEpoch):
    """The TaskManagers of one leadership.

    Args:
        epoch: Of the leader.
        services: What the leader works with.
    """

    def __init__(self, epoch: int, services: LeaderServices) -> None:
        self._epoch = epoch
        self._beside = beside(self.context)
        self._services = services
        self._wait = OfficeWait(epoch, services.office, self.context)
        self._pool = SlotPool()
        self._members = Members()
        self._record = MemberRecord(epoch, services, self._beside)
        self._returns = TaskReturns(self.ref)
        self._need = WorkerNeed(epoch, services.provider, self._returns)
        self._idle = IdleMembers(epoch, services, self._members, self._pool, self._need)
        self._orphans = Orphans(epoch, services.settings.resend_s, self._members, self.context)
        self._job_masters: dict[str, ActorRef[Any]] = {}
        self._registrations = Registrations(
            *(epoch, services, self._members, self._record, self.context),
            *(self._lose, self._condemn, self._taken_in),
        )

    def pre_start(self) -> None:
        """Hear of suspicions, so that nothing is placed where a death is likely."""
        for event in (NodeSuspected, NodeTrusted):
            self.context.system.event_stream.subscribe(self.ref, event)
        self._idle.begin(lambda every_s: self.context.timers.start_periodic("idle", Then(self._look), every_s))
        self._require()

    def post_stop(self) -> None:
        """Nobody is to start TaskManagers for a leader that leads no more."""
        self._need.over()

    def receive(self, message: Any) -> None:
        """Handle one message."""
        match message:
            case RegisterTaskManager():
                self._registrations.offered(message)
            case _ if drops(self.context, self.log, message):
                pass
            case RenewLease():
                self._registrations.renew(message)
            case OfficeCheck():
                self._wait.look()
            case Terminated() if self._wait.is_needed:
                self._wait.hold()  # who cannot be reached from here may be another leader's, and is not to be ended
            case Terminated(ref=ref, cause=cause, detail=detail):
                self._died(ref, cause, detail)
            case TaskManagerDied(task_manager=task_manager):
                self._registrations.losses.heard(self.sender, task_manager)
            case AwaitFormer():
                self._await(message)
            case ReclaimTasks(job_id, job_master):
                self._job_masters[job_id] = job_master
                self._returns.reclaimed(job_id, job_master)
            case DisownTask(job_id, task_id, task_manager):
                member = self._members.keyed(task_manager)
                if member is not None:
                    self._orphans.end(member, job_id, task_id)
            case DeclareSlots(job_id, waiting, job_master):
                self._job_masters[job_id] = job_master
                self._give(self._pool.declare(job_id, waiting))
            case SlotReleased(job_id, task_id, task_manager):
                self._orphans.ended(task_manager, job_id, task_id)
                self._give(self._pool.release(task_manager, job_id, task_id))
            case JobGone(job_id):
                self._job_gone(job_id)
            case TaskStateChanged(job_id=job_id, task_id=task_id, state=state):
                self._ended_without_master(job_id, task_id, state)
            case NodeSuspected(address=address) | NodeTrusted(address=address):
                self._suspect(address, suspected=isinstance(message, NodeSuspected))
            case StaleLeader():
                pass  # an order of ours came to a TaskManager that follows nobody at the moment: it will register again
            case DescribeTaskManagers():
                self.reply(self._describe())
            case MayHaveTasks(job_id):
                self.reply(bool(self._returns.awaited) or self._pool.holds(job_id))
            case Then(act):
                act()
            case _:
                self.unhandled(message)

    # --- TaskManagers -------------------------------------------------------------------------------------------------

    def _taken_in(self, member: Member, offer: RegisterTaskManager) -> None:
        self.log.info("task manager registered", task_manager=member.key, slots=offer.slots, pid=offer.pid)
        self.context.parent.tell(TaskManagerJoined(len(self._members)), self.ref)
        occupied = {}
        for job_id, task_id, origin, attempt, slot in offer.running:
            found = TaskFound(task_id, origin, attempt, member.key, slot)
            wanted = self._returns.brought(job_id, TaskReturned(found, member.ref))
            if slot >= 0:
                occupied[slot] = (job_id, task_id)
                if not wanted:
                    self._orphans.end(member, job_id, task_id)
        self._returns.accounted(str(member.ref.path))
        self._give(self._pool.register(member.key, offer.slots, occupied))
        self._look()

    def _died(self, ref: ActorRef[Any], cause: DeathCause, detail: str) -> None:
        member = self._members.find(ref)
        if member is None:
            if cause.is_certain:
                self._need.died(str(ref.path), cause)
                self._returns.accounted(str(ref.path))
                self._record.drop(str(ref.path))
                self._look()
            return
        if all(one is member or one.condemned for one in self._members.called(member.resource_id)):
            self._need.died(member.resource_id, cause)  # else another has its name, and its place
        if cause.is_certain:
            self._bury(ref, cause.value, detail)
        else:
            self._condemn(member, cause.value, detail)

    def _condemn(self, member: Member, cause: str, detail: str) -> None:
        """It is judged dead, without proof: lost when its tasks have no lease any more, and not relied on before."""
        wait_s = member.lease_over_at - self._services.clock()
        if wait_s <= 0:
            self._bury(member.ref, cause, detail)
            return
        self.log.warning(
            "task manager may be dead; its tasks may run until their lease is over",
            task_manager=member.key,
            cause=cause,
            for_s=wait_s,
        )
        member.condemned = True
        self._pool.suspect(member.key)
        self._require()
        over = Then(lambda: self._bury(member.ref, cause, detail))
        self.context.timers.start_single(("lease", member.key), over, wait_s)

    def _bury(self, ref: ActorRef[Any], cause: str, detail: str) -> None:
        """It is dead: lost to the jobs, and an event for the timeline."""
        member = self._members.find(ref)
        if member is None:
            return
        self.log.warning("task manager lost", task_manager=member.key, cause=cause, detail=detail)
        news = TaskManagerLeft(member.resource_id, cause, detail, member.suspected_at, self._pool.jobs_at(member.key))
        self.context.parent.tell(news, self.ref)
        self._lose(member, cause, detail)
        self._record.drop(str(ref.path))

    def _lose(self, member: Member, cause: str, detail: str) -> None:
        """Nothing of what ran there runs any more. If it comes back, the jobs that had slots there hear of it first."""
        masters, had_slots = self._job_masters, self._pool.jobs_at(member.key)
        self.context.timers.cancel(("lease", member.key))  # it may come back before that, as another member
        self._members.remove(member)
        self._returns.lost(member.key)
        self._orphans.lost(member.key)
        news = TaskManagerDied(member.key, cause, detail)
        for job_master in masters.values():
            job_master.tell(news, self.ref)
        self._registrations.losses.told(news, [masters[job_id] for job_id in had_slots if job_id in masters])
        self._give(self._pool.lose(member.key))

    def _suspect(self, address: Address, *, suspected: bool) -> None:
        for member in self._members.at(address):
            if suspected:
                member.suspected_at = self._services.wall_time()
                self._pool.suspect(member.key)
            elif not member.condemned:
                member.suspected_at = None
                self._give(self._pool.trust(member.key))

    # --- what a former leader left ------------------------------------------------------------------------------------

    def _await(self, former: AwaitFormer) -> None:
        self._record.found(former.former)
        self._returns.wait_for(former.former, former.job_ids, self._services.clock())
        for path in former.former:
            if path != UNKNOWN:
                self.context.watch(self.context.system.ref_for(ActorPath.parse(path)))
        self._require()
        self._look()

    def _look(self) -> None:
        now = self._services.clock()
        (missing, dead), ends_at = self._need.look(now), self._returns.ends_at
        self._record.drop(*dead)
        self._require()
        if missing and ends_at is not None:
            self.context.timers.start_single("look", Then(self._look), ends_at - now)

    def _job_gone(self, job_id: str) -> None:
        """Also of a job that has ended: an attempt that it had disowned may run on, and be told so in vain at first."""
        self._registrations.losses.gone(self._job_masters.pop(job_id, None))
        self._returns.forget(job_id)
        for member in self._members:
            for holder in [one for one in self._pool.slots_of(member.key) if one is not None and one[0] == job_id]:
                self._orphans.end(member, *holder)
        self._give(self._pool.declare(job_id, ()))

    def _ended_without_master(self, job_id: str, task_id: str, state: str) -> None:
        """What was told more than once may answer more than once, when its slot has another task."""
        member = self._members.find(self.sender)
        if member is not None and state != "RUNNING" and self._orphans.ended(member.key, job_id, task_id):
            self._give(self._pool.release(member.key, job_id, task_id))

    # --- slots --------------------------------------------------------------------------------------------------------

    def _give(self, given: list[Allocation]) -> None:
        for one in given:
            member = self._members.keyed(one.task_manager)
            if member is not None:  # it is: the pool loses it when the members do
                offer = SlotGiven(one.task_id, one.task_manager, one.slot, member.ref)
                self._job_masters[one.job_id].tell(offer, self.ref)
        self._require()

    def _require(self) -> None:
        self._idle.look(self.log)
        self._need.tell(self._pool.missing, self._members, self.log)

    def _describe(self) -> dict[str, Any]:
        remote = self.context.system.remote
        described = self._members.describe(self._pool.slots_of, remote.heartbeats() if remote is not None else {})
        return {"task_managers": described, "slots_missing": self._pool.missing, **self._need.describe()}
