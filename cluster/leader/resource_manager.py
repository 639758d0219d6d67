"""`ResourceManager`: DeathWatches the TaskManagers, gives their slots to jobs, and asks the provider for more. Shell.

One for each leadership, a child of the Dispatcher. A TaskManager's death is what DeathWatch says; the jobs hear of it
with its cause. Decisions are in `cluster.model.slots`. Deliberately not here: starting processes (`cluster.providers`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from actors import ActorRef, DeathCause, Terminated
from actors.address import Address
from cluster.leader.messages import (
    DeclareSlots,
    DescribeTaskManagers,
    JobGone,
    SlotGiven,
    SlotReleased,
    TaskManagerDied,
    TaskManagerJoined,
    TaskManagerLeft,
)
from cluster.leader.services import LeaderServices
from cluster.leader.under_epoch import UnderEpoch
from cluster.model.slots import Allocation, SlotPool
from cluster.protocol import (
    CancelTask,
    RegisterTaskManager,
    StaleLeader,
    TaskManagerRefused,
    TaskManagerRegistered,
    TaskStateChanged,
)
from runtime.remote.events import NodeSuspected, NodeTrusted


@dataclass(slots=True)
class _Member:
    """One registered TaskManager."""

    key: str
    ref: ActorRef[Any]
    resource_id: str
    session: int
    pid: int
    registered_at: float
    suspected_at: float | None = None


class ResourceManager(UnderEpoch):
    """The TaskManagers of one leadership.

    Args:
        epoch: Of the leader.
        services: What the leader works with.
    """

    def __init__(self, epoch: int, services: LeaderServices) -> None:
        self._epoch = epoch
        self._services = services
        self._pool = SlotPool()
        self._members: dict[ActorRef[Any], _Member] = {}
        self._by_key: dict[str, _Member] = {}
        self._job_masters: dict[str, ActorRef[Any]] = {}

    def pre_start(self) -> None:
        """Hear of suspicions, so that nothing is placed where a death is likely."""
        for event in (NodeSuspected, NodeTrusted):
            self.context.system.event_stream.subscribe(self.ref, event)
        self._require()

    def receive(self, message: Any) -> None:
        """Handle one message."""
        match message:
            case RegisterTaskManager():
                self._register(message)
            case Terminated(ref=ref, cause=cause, detail=detail):
                member = self._bury(ref, cause.value, detail)
                if member is not None:
                    self._services.provider.lost(self._epoch, member.resource_id)
            case DeclareSlots(job_id, waiting, job_master):
                self._job_masters[job_id] = job_master
                self._give(self._pool.declare(job_id, waiting))
            case SlotReleased(job_id, task_id, task_manager):
                self._give(self._pool.release(task_manager, job_id, task_id))
            case JobGone(job_id, ended):
                self._job_masters.pop(job_id, None)
                if not ended:
                    self._end_tasks(job_id)
                self._give(self._pool.forget(job_id) if ended else self._pool.declare(job_id, ()))
            case TaskStateChanged(job_id=job_id, task_id=task_id, state=state):
                self._ended_for_former_leader(job_id, task_id, state)
            case NodeSuspected(address, _):
                self._suspect(address, suspected=True)
            case NodeTrusted(address):
                self._suspect(address, suspected=False)
            case StaleLeader():
                pass  # an order of ours came to a TaskManager that follows nobody at the moment: it will register again
            case DescribeTaskManagers():
                self.reply(self._describe())
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
        known = self._members.get(offer.task_manager)
        if known is not None and known.session == offer.session:
            offer.task_manager.tell(TaskManagerRegistered(self._epoch, self.ref), self.ref)  # the answer was lost
            return
        if known is not None:
            self._lose(known.ref, "lost-leader", "it had lost sight of the leader and stopped its tasks")
        for former in [one for one in self._members.values() if one.resource_id == offer.resource_id]:
            self.context.unwatch(former.ref)
            detail = f"{offer.resource_id} has registered as process {offer.pid}"
            self._bury(former.ref, DeathCause.NEW_INCARNATION.value, detail)
        self._admit(offer)

    def _admit(self, offer: RegisterTaskManager) -> None:
        ref = self.context.watch(offer.task_manager)
        key = f"{offer.resource_id}#{ref.path.uid}"
        wall = self._services.wall_time()
        member = _Member(key, ref, offer.resource_id, offer.session, offer.pid, wall)
        self._members[ref] = self._by_key[key] = member
        ref.tell(TaskManagerRegistered(self._epoch, self.ref), self.ref)
        self.log.info("task manager registered", task_manager=key, slots=offer.slots, pid=offer.pid)
        self.context.parent.tell(TaskManagerJoined(len(self._members)), self.ref)
        for job_id, task_id, attempt in offer.running:
            ref.tell(CancelTask(self._epoch, job_id, task_id, attempt), self.ref)
        occupied = [(job_id, task_id) for job_id, task_id, _ in offer.running]
        self._give(self._pool.register(key, offer.slots, occupied))

    def _bury(self, ref: ActorRef[Any], cause: str, detail: str) -> _Member | None:
        """It is dead: lost to the jobs, and an event for the timeline."""
        member = self._members.get(ref)
        if member is None:
            return None
        self.log.warning("task manager lost", task_manager=member.key, cause=cause, detail=detail)
        jobs = tuple(dict.fromkeys(holder[0] for holder in self._pool.slots_of(member.key) if holder is not None))
        news = TaskManagerLeft(member.resource_id, cause, detail, member.suspected_at, jobs)
        self.context.parent.tell(news, self.ref)
        self._lose(ref, cause, detail)
        return member

    def _lose(self, ref: ActorRef[Any], cause: str, detail: str) -> None:
        """Nothing of what ran there runs any more."""
        member = self._members.pop(ref)
        del self._by_key[member.key]
        given = self._pool.lose(member.key)
        for job_master in self._job_masters.values():
            job_master.tell(TaskManagerDied(member.key, cause, detail), self.ref)
        self._give(given)

    def _suspect(self, address: Address, *, suspected: bool) -> None:
        for member in self._members.values():
            if member.ref.path.address != address:
                continue
            if suspected:
                member.suspected_at = self._services.wall_time()
                self._pool.suspect(member.key)
            else:
                member.suspected_at = None
                self._give(self._pool.trust(member.key))

    def _end_tasks(self, job_id: str) -> None:
        """Its tasks may run without a master: their slots are free when they have ended."""
        for member in self._members.values():
            for holder in self._pool.slots_of(member.key):
                if holder is not None and holder[0] == job_id:
                    member.ref.tell(CancelTask(self._epoch, *holder, 0), self.ref)

    def _ended_for_former_leader(self, job_id: str, task_id: str, state: str) -> None:
        member = self._members.get(self.sender)
        if member is not None and state != "RUNNING":
            self._give(self._pool.release(member.key, job_id, task_id))

    # --- slots --------------------------------------------------------------------------------------------------------

    def _give(self, given: list[Allocation]) -> None:
        for one in given:
            offer = SlotGiven(one.task_id, one.task_manager, one.slot, self._by_key[one.task_manager].ref)
            self._job_masters[one.job_id].tell(offer, self.ref)
        self._require()

    def _require(self) -> None:
        registered = frozenset(member.resource_id for member in self._members.values())
        self._services.provider.require(self._epoch, self._pool.missing, registered)

    def _describe(self) -> list[dict[str, Any]]:
        described = []
        remote = self.context.system.remote
        beats = remote.heartbeats() if remote is not None else {}
        for member in self._members.values():
            slots = self._pool.slots_of(member.key)
            age_s, suspicion, threshold = beats.get(member.ref.path.address, (None, None, None))
            described.append(
                {
                    "id": member.resource_id,
                    "path": str(member.ref.path),
                    "pid": member.pid,
                    "slots": len(slots),
                    "free_slots": slots.count(None),
                    "tasks": [list(holder) for holder in slots if holder is not None],
                    "registered_at": member.registered_at,
                    "suspected": member.suspected_at is not None,
                    "heartbeat_age_s": age_s,
                    "suspicion": suspicion,
                    "suspicion_threshold": threshold,
                }
            )
        return described
