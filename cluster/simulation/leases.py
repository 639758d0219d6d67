"""`Leases`: I15, how long tasks may run without word from a leader, asked of both sides. SHELL, used by `layered`.

No lease gets shorter, and only whom a TaskManager follows makes it longer, or makes it end its tasks; no lease is
renewed while its leader may not act, or for who is condemned; and no task may run for longer than its leader believes,
whatever their clocks show: a lease counts from no earlier than it was asked for. Deliberately not here: what comes of
it (`cluster.simulation.invariants`).
"""

from __future__ import annotations

from typing import Any

from actors import ActorPath
from cluster.leader.registrations import Registrations
from cluster.model.task_lease import TaskLease
from cluster.protocol import LeaseRenewed
from cluster.simulation.wrapping import Asks, Judge, asks
from cluster.taskmanager.task_manager import TaskManager
from runtime.remote.events import QuarantinedBy
from runtime.sim.campaign import Record
from runtime.sim.clocks import CODE_S, Clock
from runtime.sim.process import PROCESS


class Leases(Judge):
    """What is asked of each.

    Args:
        record: Is told, and raises.
    """

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self._leads: dict[int, tuple[Registrations, Clock]] = {}
        self._clocks: dict[str, Clock] = {}

    @asks(TaskLease, "granted")
    def grants(self, original: Asks, lease: TaskLease, asked_at: float) -> Any:
        """A leader has answered; that makes no lease shorter."""
        before = lease.until
        longer = original(lease, asked_at)
        self._record.require(lease.until >= before, "I15", f"a lease until {before:.3f} ends at {lease.until:.3f}")
        return longer

    @asks(Registrations, "renew", "offered")
    def renews(self, original: Asks, manager: Registrations, asked: Any) -> Any:
        """A TaskManager offers itself again, or asks for a longer lease."""
        before = {member.key: member.granted_at for member in manager._members}
        self._leads[manager._epoch] = manager, _clock()
        known = manager._members.find(asked.task_manager)
        is_answered = manager._services.office.may_act(manager._epoch) and asked.epoch == manager._epoch
        done = original(manager, asked)
        if known is not None and known.session == asked.session and is_answered and not known.condemned:
            counted = _clock().when(known.granted_at)
            asked_at = self._clocks.get(known.ref.path.address.host or "", Clock()).when(asked.asked_at)
            text = f"{known.key} has asked at {asked_at:.3f}, and its lease counts from {counted:.3f}"
            self._record.require(counted >= asked_at - CODE_S, "I15", text)
        for member in manager._members:
            if member.granted_at > before.get(member.key, member.granted_at):
                acts = manager._services.office.may_act(manager._epoch)
                self._record.require(acts, "I15", f"{member.key} gets a lease of a leader that may not act")
                self._record.require(not member.condemned, "I15", f"{member.key} gets a lease, and is condemned")
        return done

    @asks(TaskManager, "_lengthen")
    def until(self, original: Asks, worker: TaskManager, asked_at: float) -> Any:
        """Tasks may run for longer now, and not for longer than their leader believes, whatever the clocks show."""
        done, lease, leader = original(worker, asked_at), worker._lease, worker._bond.leader
        manager, clock = self._leads.get(leader.epoch if leader is not None else 0, (None, _clock()))
        here, uid = _host(), worker.ref.path.uid
        for member in manager._members if manager is not None and lease.lease_s is not None else ():
            if (member.ref.path.address.host, member.ref.path.uid) != (here, uid):
                continue
            runs_until, believed = _clock().when(lease.until), clock.when(member.lease_over_at)
            text = f"tasks of {member.key} may run until {runs_until:.3f}, and their leader believes {believed:.3f}"
            self._record.require(runs_until <= believed + CODE_S, "I15", text)
        return done

    @asks(TaskManager, "receive")
    def lengthens(self, original: Asks, worker: TaskManager, message: Any) -> Any:
        """A TaskManager gets a message; only whom it follows makes its lease longer, or makes it end its tasks."""
        self._clocks[_host()] = _clock()
        if isinstance(message, QuarantinedBy):
            return self._is_condemned(original, worker, message)
        if not isinstance(message, LeaseRenewed):
            return original(worker, message)
        before = worker._lease.until
        done = original(worker, message)
        kept = worker._lease.until == before or (
            worker._bond.is_current(message.epoch) and worker._lease.until > before
        )
        self._record.require(kept, "I15", f"a lease of {before:.3f} is {worker._lease.until:.3f} after {message}")
        return done

    def _is_condemned(self, original: Asks, worker: TaskManager, message: QuarantinedBy) -> Any:
        leader, session = worker._bond.leader, worker._bond.session
        own = leader is not None and ActorPath.parse(leader.address).address == message.address
        done = original(worker, message)
        stays = own or (worker._bond.session, worker._bond.leader) == (session, leader)
        self._record.require(stays, "I15", f"{message.address} does not lead, and {worker.ref} ends its tasks for it")
        return done


def _clock() -> Clock:
    process = PROCESS.get()
    return process.clock if process is not None and process.clock is not None else Clock()


def _host() -> str:
    process = PROCESS.get()
    return process.host if process is not None else ""
