"""`ResourceManager`: DeathWatches the TaskManagers, gives their slots to jobs, and asks the provider for more. Shell.

One for each leadership, a child of the Dispatcher. A TaskManager's death is what DeathWatch says; the jobs hear of it
with its cause, but not before its tasks can run no more. Decisions are in `cluster.model.slots`,
`cluster.model.reunion` and `cluster.model.task_lease`. Deliberately not here: starting processes (`cluster.providers`).
"""

from __future__ import annotations

from typing import Any

from actors import ActorPath, ActorRef, DeathCause, Terminated
from actors.address import Address
from cluster.leader.beside import Then, beside
from cluster.leader.idle_members import IdleMembers
from cluster.leader.losses import Losses
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
from cluster.leader.orphans import Orphans
from cluster.leader.services import LeaderServices
from cluster.leader.task_returns import TaskReturns
from cluster.leader.under_epoch import UnderEpoch
from cluster.leader.worker_need import WorkerNeed
from cluster.model.execution_events import TaskFound
from cluster.model.slots import Allocation, SlotPool
from cluster.protocol import (
    LeaseRenewed,
    RegisterTaskManager,
    RenewLease,
    StaleLeader,
    TaskManagerRefused,
    TaskManagerRegistered,
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
        self._pool = SlotPool()
        self._members = Members()
        self._record = MemberRecord(epoch, services, self._beside)
        self._returns = TaskReturns(self.ref)
        self._losses = Losses(self.ref, self._register)
        self._need = WorkerNeed(epoch, services.provider, self._returns)
        self._idle = IdleMembers(epoch, services, self._members, self._pool, self._need)
        self._orphans = Orphans(epoch, services.settings.resend_s, self._members, self.context)
        self._job_masters: dict[str, ActorRef[Any]] = {}

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
                self._register(message)
            case RenewLease():
                self._renew(message)
            case Terminated(ref=ref, cause=cause, detail=detail):
                self._died(ref, cause, detail)
            case TaskManagerDied(task_manager=task_manager):
                self._losses.heard(self.sender, task_manager)
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
            case JobGone(job_id, ended):
                self._job_gone(job_id, ended=ended)
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

    def _register(self, offer: RegisterTaskManager) -> None:
        if offer.epoch != self._epoch:
            offer.task_manager.tell(StaleLeader(offer.epoch, self._epoch), self.ref)
            return
        if offer.slots < 1:
            refusal = TaskManagerRefused(self._epoch, f"{offer.resource_id} offers {offer.slots} slots")
            offer.task_manager.tell(refusal, self.ref)
            return
        if not self._services.office.may_act(self._epoch):
            return  # it offers itself again; the next leader may be waiting for the end of its lease
        known = self._members.find(offer.task_manager)
        if known is not None and known.session == offer.session:
            known.granted_at = self._services.clock()  # the answer was lost
            offer.task_manager.tell(TaskManagerRegistered(self._epoch, self.ref, offer.asked_at), self.ref)
            return
        if known is not None:
            jobs, masters = self._pool.jobs_at(known.key), self._job_masters
            news = self._lose(known, "lost-leader", "it had lost sight of the leader and stopped its tasks")
            self._losses.told(news, [masters[job_id] for job_id in jobs if job_id in masters])
        if self._losses.holds(offer):
            return
        self._bury_former(offer)
        self._record.add(str(offer.task_manager.path), offer.lease_s, lambda: self._admit(offer))

    def _admit(self, offer: RegisterTaskManager) -> None:
        """It is recorded, so it may run tasks."""
        if self._members.find(offer.task_manager) is not None:
            return
        self._bury_former(offer)  # it may have been recorded, and taken in, since this one has offered itself
        ref = self.context.watch(offer.task_manager)
        member = Member.of(offer, self._services.wall_time(), self._services.clock())
        self._members.add(member)
        ref.tell(TaskManagerRegistered(self._epoch, self.ref, offer.asked_at), self.ref)
        self.log.info("task manager registered", task_manager=member.key, slots=offer.slots, pid=offer.pid)
        self.context.parent.tell(TaskManagerJoined(len(self._members)), self.ref)
        occupied = {}
        for job_id, task_id, origin, attempt, slot in offer.running:
            found = TaskFound(task_id, origin, attempt, member.key, slot)
            wanted = self._returns.brought(job_id, TaskReturned(found, ref))
            if slot >= 0:
                occupied[slot] = (job_id, task_id)
                if not wanted:
                    self._orphans.end(member, job_id, task_id)
        self._returns.accounted(str(ref.path))
        self._give(self._pool.register(member.key, offer.slots, occupied))
        self._look()

    def _bury_former(self, offer: RegisterTaskManager) -> None:
        """Of one name there is one: what was called so has ended."""
        for former in self._members.called(offer.resource_id):
            self.context.unwatch(former.ref)
            detail = f"{offer.resource_id} has registered as process {offer.pid}"
            self._bury(former.ref, DeathCause.NEW_INCARNATION.value, detail)

    def _renew(self, asked: RenewLease) -> None:
        member = self._members.find(asked.task_manager)
        knows_it = member is not None and member.session == asked.session and not member.condemned
        if member is not None and knows_it and self._services.office.may_act(asked.epoch):
            member.granted_at = self._services.clock()
            member.ref.tell(LeaseRenewed(self._epoch, asked.asked_at), self.ref)

    def _died(self, ref: ActorRef[Any], cause: DeathCause, detail: str) -> None:
        member = self._members.find(ref)
        if member is None:
            if cause.is_certain:
                self._need.died(str(ref.path), cause)
                self._returns.accounted(str(ref.path))
                self._record.drop(str(ref.path))
                self._look()
            return
        self._need.died(member.resource_id, cause)
        wait_s = member.lease_over_at - self._services.clock()
        if cause.is_certain or wait_s <= 0:
            self._bury(ref, cause.value, detail)
            return
        self.log.warning(
            "task manager is silent; its tasks may run until their lease is over", task_manager=member.key, for_s=wait_s
        )
        member.condemned = True
        self._pool.suspect(member.key)
        self._require()
        over = Then(lambda: self._bury(ref, cause.value, detail))
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

    def _lose(self, member: Member, cause: str, detail: str) -> TaskManagerDied:
        """Nothing of what ran there runs any more."""
        self._members.remove(member)
        self._returns.lost(member.key)
        self._orphans.forget(task_manager=member.key)
        news = TaskManagerDied(member.key, cause, detail)
        for job_master in self._job_masters.values():
            job_master.tell(news, self.ref)
        self._give(self._pool.lose(member.key))
        return news

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

    def _job_gone(self, job_id: str, *, ended: bool) -> None:
        self._losses.gone(self._job_masters.pop(job_id, None))
        kept = self._returns.forget(job_id)
        if ended and not kept:
            self._orphans.forget(job_id=job_id)
            self._give(self._pool.forget(job_id))
            return
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
