"""`TaskManager`: offers slots to the leader and lets it run tasks in them. Shell.

It follows the election and does not DeathWatch the JobManager: a network that fails between the two must not stop it
for good (Flink learnt this the hard way). When the leader is gone or another, all tasks are killed first, and only when
their processes are gone it offers itself again; or, if that is asked for, they go on and are offered to the next
leader. Without word from any for the time of their lease they are killed in either case, so no two attempts of a task
ever run at a time. Whom it follows is decided in `cluster.taskmanager.registration`, tasks are run by
`cluster.taskmanager.task_slots`. Deliberately not here: user code, which would block the heartbeats, and files. After
Flink's `TaskExecutor`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from actors import Actor, ActorPath, ActorRef, Address, OneForOneStrategy, Terminated, stopping_decider
from actors.props import Spawnable
from cluster.flaws import drops
from cluster.model.task_lease import TaskLease
from cluster.protocol import (
    AdoptTask,
    CancelTask,
    DeployTask,
    LeaseRenewed,
    RegisterTaskManager,
    RenewLease,
    ShutdownTaskManager,
    StaleLeader,
    TaskManagerRefused,
    TaskManagerRegistered,
    TriggerCheckpoint,
)
from cluster.slots.slot_link import (
    Canceled,
    Failed,
    Finished,
    Progress,
    Ready,
    Running,
    SnapshotDone,
    SnapshotFailed,
)
from cluster.taskmanager.leader_follower import LeaderChanged
from cluster.taskmanager.registration import Registration
from cluster.taskmanager.settings import TaskManagerSettings
from cluster.taskmanager.task_slots import CancelOverdue, Replenish, TaskSlots
from runtime.remote.events import QuarantinedBy


@dataclass(frozen=True, slots=True)
class _RegisterAgain:
    """To oneself: no answer yet."""


@dataclass(frozen=True, slots=True)
class _Renew:
    """To oneself: time to ask for a longer lease."""


@dataclass(frozen=True, slots=True)
class _LeaseOver:
    """To oneself: nobody has made the lease longer."""


@dataclass(frozen=True, slots=True)
class _GiveUp:
    """To oneself: no leader took us for too long."""


class TaskManager(Actor[Any]):
    """One process's slots.

    Args:
        settings: See there.
        slot: Makes the actor behind one slot process, see `TaskSlots`.
        leave: Called with the reason when this process should end: the leader says so, or there was none for too long.
        start_again: Called with the reason when only a new incarnation can serve the leader, who takes this for dead.
    """

    supervisor_strategy = OneForOneStrategy(decider=stopping_decider)  # a slot is used once, so it is replaced

    def __init__(
        self,
        settings: TaskManagerSettings,
        slot: Spawnable[Any],
        leave: Callable[[str], None],
        start_again: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._leave = leave
        self._start_again = start_again
        self._bond = Registration(
            settings.registration_initial_s, settings.registration_max_s, settings.registration_refused_s
        )
        self._lease = TaskLease(settings.lease_s)
        self._asked_at = 0.0
        self._resource_manager: ActorRef[Any] = self.context.system.dead_letters
        self._slots = TaskSlots(self, settings, slot)

    def pre_start(self) -> None:
        """Start the first processes, and wait for a leader."""
        self.context.system.event_stream.subscribe(self.ref, QuarantinedBy)
        self._give_up_later()
        self._slots.start_missing()

    def post_restart(self, reason: BaseException) -> None:
        """It broke, and its tasks are gone: neither who leads nor what it had promised is known any more."""
        self._start_again(f"the TaskManager broke: {reason!r}")

    def receive(self, message: Any) -> None:
        """Handle one message."""
        match message:
            case _ if drops(self.context, self.log, message):
                pass
            case DeployTask() | AdoptTask() | CancelTask() | TriggerCheckpoint() | ShutdownTaskManager():
                self._obey(message)
            case Ready() | Running() | Progress() | SnapshotDone() | SnapshotFailed():
                self._slots.said(self.sender, message)
            case Finished() | Canceled() | Failed():
                self._slots.said(self.sender, message)
            case Terminated(ref=process, detail=detail):
                self._slots.gone(process, detail)
                self._register()
            case LeaderChanged(leader):
                if self._bond.follow(leader):
                    self._leader_changed(f"epoch {leader.epoch} leads now" if leader else "nobody leads")
            case TaskManagerRegistered() | TaskManagerRefused() | StaleLeader():
                self._answered(message)
            case _Renew():
                self._renew()
            case LeaseRenewed(epoch, asked_at):
                if self._bond.is_current(epoch):
                    self._lengthen(asked_at)
            case _LeaseOver():
                self._lease_over()
            case QuarantinedBy(address, detail):
                self._condemned(address, detail)
            case _RegisterAgain():
                self._register()
            case _GiveUp():
                self._leave(f"no leader has accepted this TaskManager for {self._settings.registration_timeout_s:g} s")
            case Replenish():
                self._slots.start_missing()
            case CancelOverdue(process):
                self._slots.kill_overdue(process)
            case _:
                self.unhandled(message)

    def _obey(self, order: DeployTask | AdoptTask | CancelTask | TriggerCheckpoint | ShutdownTaskManager) -> None:
        if not self._bond.is_current(order.epoch):
            self.log.info(
                "an order is refused: its sender does not lead", order=type(order).__name__, epoch=order.epoch
            )
            self.reply(StaleLeader(order.epoch, self._bond.epoch))
            return
        match order:
            case DeployTask() if self._bond.registered and not self._lease.is_over(self._now()):  # else it comes again
                self._slots.deploy(order, self._lease.until)
            case AdoptTask() | CancelTask() if not self._slots.is_clear:
                pass  # what it is about has not ended before its process is gone; the order comes again
            case AdoptTask():
                self._slots.adopt(order)
            case CancelTask():
                self._slots.cancel(order)
            case TriggerCheckpoint():
                self._slots.snapshot(order)
            case ShutdownTaskManager():
                self._leave(f"the leader said: {order.reason}")

    # --- the leader ---------------------------------------------------------------------------------------------------

    def _leader_changed(self, news: str) -> None:
        stopped = 0 if self._settings.keeps_tasks else self._stop_tasks()
        self.log.info("leader changed", news=news, tasks_stopped=stopped)
        self._asked_at = max(self._asked_at, self._now())  # or later: each offer counts from the first
        self._give_up_later()
        self.context.timers.cancel("register")
        self._register()

    def _register(self) -> None:
        """Offer the slots; not while tasks of a former leader live: their deaths bring us here again."""
        leader, timers = self._bond.leader, self.context.timers
        if leader is None or self._bond.registered or not self._slots.is_clear or timers.is_active("register"):
            return
        settings = self._settings
        offer = RegisterTaskManager(
            *(leader.epoch, self.ref, settings.resource_id, settings.slots, settings.pid, self._slots.holdings()),
            *(self._bond.session, settings.lease_s or 0.0, max(self._now(), self._asked_at)),
        )
        self.context.system.ref_for(ActorPath.parse(leader.address)).tell(offer, self.ref)
        timers.start_single("register", _RegisterAgain(), self._bond.tried())

    def _answered(self, answer: TaskManagerRegistered | TaskManagerRefused | StaleLeader) -> None:
        timers = self.context.timers
        match answer:
            case TaskManagerRegistered(epoch, resource_manager, asked_at):
                offered_at = self._asked_at if asked_at is None else asked_at
                # Not if tasks were stopped since: the leader takes us for one that has them still.
                is_of_now = offered_at >= self._asked_at and self._lease.would_hold(offered_at, self._now())
                if is_of_now and self._bond.accepted(epoch):
                    self._resource_manager = resource_manager
                    self._lengthen(offered_at)
                    self._renew()
                    if self._lease.renew_every_s is not None:
                        timers.start_periodic("renew", _Renew(), self._lease.renew_every_s)
                    timers.cancel("register")
                    timers.cancel("give up")
                    self.log.info("registered", epoch=epoch)
            case TaskManagerRefused(epoch, reason):
                if self._bond.is_current(epoch):
                    wait_s = self._bond.refused()
                    self.log.warning("the leader refuses this TaskManager", reason=reason, again_in_s=wait_s)
                    timers.start_single("register", _RegisterAgain(), wait_s)
            case StaleLeader(_, current):
                if self._bond.outdated(current):
                    self._leader_changed(f"epoch {current} leads already, whose leader is not known here yet")

    def _condemned(self, by: Address, detail: str) -> None:
        """Whoever is declared dead stays dead: if the leader did it, only a new incarnation can serve it again."""
        leader = self._bond.leader
        if leader is not None and ActorPath.parse(leader.address).address == by:
            self._bond.follow(None)
            self._stop_tasks()
            self._start_again(f"the leader at {by} takes this process for dead: {detail}")

    # --- the lease of the tasks ---------------------------------------------------------------------------------------

    def _now(self) -> float:
        now: float = self.context.system.loop.time()
        return now

    def _renew(self) -> None:
        if self._bond.registered and self._bond.leader is not None and self._lease.lease_s is not None:
            asked = RenewLease(self._bond.leader.epoch, self.ref, self._bond.session, self._now())
            self._resource_manager.tell(asked, self.ref)

    def _lengthen(self, asked_at: float) -> None:
        if self._lease.granted(asked_at):
            self._slots.may_run_until(self._lease.until)
            self._await_end_of_lease()

    def _await_end_of_lease(self) -> None:
        self.context.timers.start_single("lease", _LeaseOver(), max(self._lease.until - self._now(), 0.0))

    def _lease_over(self) -> None:
        if not self._lease.is_over(self._now()):  # a timer may come early: uvloop's by half a millisecond
            self._await_end_of_lease()
        elif self._slots.has_tasks or self._bond.registered:
            if self._slots.has_tasks:
                stopped = self._stop_tasks()
                self.log.warning("no leader has been heard of for the time of a lease", tasks_stopped=stopped)
            else:  # who has taken us may know us no more, and would not say so
                self._bond.lapsed()
            self._give_up_later()
            self._register()

    def _stop_tasks(self) -> int:
        # After all that was offered, though the clock may show the same still: uvloop's counts milliseconds.
        self._asked_at = math.nextafter(max(self._now(), self._asked_at), math.inf)
        self._bond.tasks_stopped()
        return self._slots.abandon_all()

    def _give_up_later(self) -> None:
        if not self.context.timers.is_active("give up"):
            self.context.timers.start_single("give up", _GiveUp(), self._settings.registration_timeout_s)
