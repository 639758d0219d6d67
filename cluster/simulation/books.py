"""`books`: what the parts of a cluster keep in mind, asked about each other with each message (I15). SHELL.

Two books about the same say the same; whoever waits for something has a timer that ends the wait; whoever is relied on
is watched; and who works for a job that has not ended is known. This sees what is not cancelled, not forgotten, or not
begun, where nothing else shows it but time. Methods are wrapped for the length of a `with`. Deliberately not here: what
is left when all work is done (`cluster.simulation.inside`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from actors import ActorRef, Terminated
from cluster.leader.dispatcher import Dispatcher
from cluster.leader.job_master import JobMaster
from cluster.leader.messages import DeclareSlots
from cluster.leader.resource_manager import ResourceManager
from cluster.model.execution import Execution
from cluster.model.job import JobStatus
from cluster.simulation import wrapping
from cluster.simulation.wrapping import Asks, Judge, asks
from cluster.taskmanager.task_manager import TaskManager, _GiveUp
from runtime.remote.events import QuarantinedBy
from runtime.sim.campaign import Record

STASHED_S = 1.0
"""What has come while its leader might not act is taken as soon as it may, and so within that time."""


class _Books(Judge):
    """Those of all processes."""

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self._condemned: set[TaskManager] = set()
        self._broken: set[Dispatcher] = set()
        self._untimed: dict[JobMaster, dict[int, float]] = {}
        self._jobs: dict[ActorRef[Any], Execution] = {}

    @asks(TaskManager, "receive")
    def worker(self, original: Asks, one: TaskManager, message: Any) -> Any:
        """A TaskManager has taken a message."""
        done = original(one, message)
        bond, slots, timers = one._bond, one._slots, one.context.timers
        tasks = [each for each in slots._attempts if not each.abandoned]
        offers = bond.leader is not None and not bond.registered and slots.is_clear
        has_lease = one._lease.lease_s is not None
        if isinstance(message, QuarantinedBy | _GiveUp):
            self._condemned.add(one)  # it may be about to start again, or is about to end
        gives_up = not bond.registered and one not in self._condemned
        self._active(one, "give up", needed=gives_up, allowed=not bond.registered)
        self._active(one, "register", needed=offers, allowed=not bond.registered)
        self._active(one, "renew", needed=bond.registered and has_lease)
        self._active(one, "lease", needed=bool(tasks) and has_lease)
        known = {each.process for each in slots._attempts}
        lost = [key for key in timers._running if isinstance(key, ActorRef) and key not in known]  # type: ignore[attr-defined]
        self._record.require(not lost, "I15", f"{one.ref} would still end {lost}, which have ended")
        return done

    @asks(TaskManager, "post_restart")
    def worker_broke(self, original: Asks, one: TaskManager, reason: BaseException) -> Any:
        """A TaskManager has broken: it waits for nothing but a new incarnation."""
        self._condemned.add(one)
        return original(one, reason)

    @asks(ResourceManager, "receive")
    def manager(self, original: Asks, one: ResourceManager, message: Any) -> Any:
        """A ResourceManager has taken a message."""
        done = original(one, message)
        if isinstance(message, DeclareSlots):
            more = {*one._pool.waiting(message.job_id)} - {*message.waiting}
            self._record.require(not more, "I15", f"{one.ref} has slots for {more}, which wait for none any more")
        members, pool = list(one._members), one._pool._task_managers
        keys = {member.key for member in members}
        self._same(one, "TaskManagers", keys, "those with slots", set(pool))
        suspected = {member.key for member in members if member.suspected_at is not None or member.condemned}
        self._same(one, "suspects", suspected, "those who get nothing", {key for key in pool if pool[key].suspect})
        watched = watching(one)
        unseen = [member.key for member in members if member.ref not in watched and not member.condemned]
        self._record.require(not unseen, "I15", f"{one.ref} relies on {unseen}, and does not watch them")
        for key, job_id, task_id in one._orphans._left:
            held = one._pool.slots_of(key) if key in keys else ()
            text = f"{one.ref} would end {task_id} of {job_id} in {key}, which has {held}"
            self._record.require((job_id, task_id) in held, "I15", text)
        waited = {master for unheard in one._registrations.losses._unheard.values() for master in unheard}
        gone = waited - set(one._job_masters.values())
        self._record.require(not gone, "I15", f"{one.ref} waits until {gone} have heard of a loss, who are gone")
        for job_id, master in one._job_masters.items():
            execution = self._jobs.get(master)
            for vertex in execution.vertices if execution is not None else ():
                if vertex.task_manager in keys and vertex.slot >= 0:  # who has ended before it was adopted has none
                    has = one._pool.slots_of(vertex.task_manager)[vertex.slot]
                    text = f"{vertex.task_id} of {job_id} is in slot {vertex.slot} of {vertex.task_manager}"
                    self._record.require(has == (job_id, vertex.task_id), "I15", f"{text}, and that has {has}")
        for member in members:
            waits = member.condemned and not member.dismissed  # who is let go is told to leave
            self._active(one, ("lease", member.key), needed=waits, allowed=member.condemned)
        return done

    @asks(Dispatcher, "receive")
    def dispatcher(self, original: Asks, one: Dispatcher, message: Any) -> Any:
        """A Dispatcher has taken a message."""
        done = original(one, message)
        runs = {
            entry.job_id
            for entry in one._jobs
            if entry.result is None and entry.unstored is None and entry.status is not JobStatus.RECOVERY_FAILED
        }
        self._same(one, "jobs that have not ended", runs, "those who are run", set(one._masters))
        parts = {one._resource_manager, one._cleaner}
        if isinstance(message, Terminated) and message.ref in parts:
            self._broken.add(one)  # it is about to end
        if one not in self._broken:
            self._same(one, "who is relied on", {*one._masters.values(), *parts}, "who is watched", watching(one))
        return done

    @asks(JobMaster, "_take")
    def master(self, original: Asks, one: JobMaster, event: Any) -> Any:
        """A job has taken an event."""
        done = original(one, event)
        self._jobs[one.ref] = one._execution
        restarts = {} if one._execution._doubt else one._execution.pending._restarts
        waiting = restarts.keys() - one._execution.pending._due.keys()
        untimed = {number for number in waiting if not one.context.timers.is_active(("restart", number))}
        now, before = self._record.now(), self._untimed.get(one, {})
        self._untimed[one] = since = {number: before.get(number, now) for number in untimed}
        late = [number for number, at in since.items() if now - at > STASHED_S]
        self._record.require(not late, "I15", f"{one.ref} waits to restart, and not for {late}")
        placed = {vertex.task_manager for vertex in one._execution.vertices if vertex.state.is_placed}
        unknown = placed - set(one._orders._task_managers)
        self._record.require(not unknown, "I15", f"{one.ref} has tasks on {unknown}, and does not know them")
        keeper, has_ended = one._execution.checkpoints, one._execution.status.is_globally_terminal
        waits = keeper is not None and (keeper._drawing or keeper.is_storing) and not has_ended
        text = f"{one.ref} waits for a store that was asked nothing"
        self._record.require(one._writing > 0 or not waits, "I15", text)
        return done

    def _active(self, actor: Any, key: Any, *, needed: bool, allowed: bool = True) -> None:
        is_active = actor.context.timers.is_active(key)
        self._record.require(is_active or not needed, "I15", f"{actor.context.ref} waits, and not for {key!r}")
        self._record.require(allowed or not is_active, "I15", f"{actor.context.ref} waits for {key!r}, and need not")

    def _same(self, actor: Any, what: str, one: set[Any], other_is: str, other: set[Any]) -> None:
        text = f"{actor.context.ref}: {what} {one - other} are none of {other_is}, and {other - one} are no {what}"
        self._record.require(one == other, "I15", text)


def watching(actor: Any) -> set[ActorRef[Any]]:
    """Whom an actor watches, or will hear of."""
    book = actor.context._cell.book
    return set() if book is None else {*book.watching, *book.queued}


@contextmanager
def audited(record: Record) -> Iterator[None]:
    """Ask all books until this ends.

    Args:
        record: Is told, and raises.
    """
    with wrapping.around(_Books(record).around):
        yield
