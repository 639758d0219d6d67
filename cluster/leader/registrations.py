"""`Registrations`: which TaskManagers are taken in, and for how long their tasks may run. Shell.

Used by the ResourceManager. A TaskManager is taken in when it is recorded, so that the next leader waits for its tasks;
and, if it has stopped its tasks, not before the jobs that had slots there have heard of it. Deliberately not here: its
slots, and what it has brought back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from actors import ActorRef, DeathCause
from actors.context import ActorContext
from cluster.flaws import flaw_of
from cluster.leader.losses import Losses
from cluster.leader.member_record import MemberRecord
from cluster.leader.members import Member, Members
from cluster.leader.services import LeaderServices
from cluster.model.slots import MOST_SLOTS
from cluster.protocol import (
    LeaseRenewed,
    RegisterTaskManager,
    RenewLease,
    StaleLeader,
    TaskManagerRefused,
    TaskManagerRegistered,
)


class Registrations:
    """Those under one leader.

    Args:
        epoch: Of the leader.
        services: What it works with.
        members: Those that are registered.
        record: Of all that may run tasks.
        context: Of the ResourceManager, on whose behalf they are answered.
        lose: Takes all that ran there for ended, and tells the jobs.
        condemn: Waits for the end of its lease, with the cause and what is known.
        taken_in: Called with each that is registered now, and with its offer.
    """

    def __init__(
        self,
        epoch: int,
        services: LeaderServices,
        members: Members,
        record: MemberRecord,
        context: ActorContext,
        lose: Callable[[Member, str, str], None],
        condemn: Callable[[Member, str, str], None],
        taken_in: Callable[[Member, RegisterTaskManager], None],
    ) -> None:
        self._epoch = epoch
        self._services = services
        self._members = members
        self._record = record
        self._context = context
        self._lose = lose
        self._condemn = condemn
        self._taken_in = taken_in
        self.losses = Losses(context.ref, self.offered)

    def offered(self, offer: RegisterTaskManager) -> None:
        """A TaskManager offers its slots; perhaps again, since it has not heard an answer."""
        me = self._context.ref
        if not isinstance(offer.task_manager, ActorRef):
            self._context.log.warning("an offer of slots is dropped: it is nobody's", offer=repr(offer)[:200])
            return
        if offer.epoch != self._epoch:
            offer.task_manager.tell(StaleLeader(offer.epoch, self._epoch), me)
            return
        if flaw := _flaw(offer):
            offer.task_manager.tell(TaskManagerRefused(self._epoch, flaw), me)
            return
        if not self._services.office.may_act(self._epoch):
            return  # it offers itself again; the next leader may be waiting for the end of its lease
        known = self._members.find(offer.task_manager)
        if known is not None and known.dismissed:
            return  # the order to end is on its way, and would end what it is given meanwhile
        if known is not None and known.session == offer.session:
            if not known.condemned:  # else its lease is waited for, and gets no longer
                known.granted_at = self._services.clock()  # the answer was lost
                offer.task_manager.tell(TaskManagerRegistered(self._epoch, me, offer.asked_at), me)
            return
        if known is not None:
            self._lose(known, "lost-leader", "it had lost sight of the leader and stopped its tasks")
        if self.losses.holds(offer) or self._is_taken(offer):
            return
        self._record.add(str(offer.task_manager.path), offer.lease_s, lambda: self._admit(offer))

    def _admit(self, offer: RegisterTaskManager) -> None:
        """It is recorded, so it may run tasks."""
        if self._members.find(offer.task_manager) is not None:
            return
        self._replace_former(offer)  # it may have been recorded, and taken in, since this one has offered itself
        ref = self._context.watch(offer.task_manager)
        member = Member.of(offer, self._services.wall_time(), self._services.clock())
        self._members.add(member)
        ref.tell(TaskManagerRegistered(self._epoch, self._context.ref, offer.asked_at), self._context.ref)
        self._taken_in(member, offer)

    def _is_taken(self, offer: RegisterTaskManager) -> bool:
        """Whether another has its name, and is well: this one waits, and does not end what runs there.

        A name is no proof of a death: two may have been given the same by mistake.
        """
        for other in self._members.called(offer.resource_id):
            if other.suspected_at is None and not other.condemned:
                text = "a task manager waits, since another has its name, and lives"
                who = {"task_manager": str(offer.task_manager.path), "other": str(other.ref.path)}
                self._context.log.bind(epoch=self._epoch).warning(text, **who)
                return True
        return False

    def _replace_former(self, offer: RegisterTaskManager) -> None:
        """Of one name one gets tasks, the newest; what was called so is silent, and will have ended with its lease."""
        for former in self._members.called(offer.resource_id):
            if not former.condemned:
                detail = f"{offer.resource_id} has registered as process {offer.pid}"
                self._condemn(former, DeathCause.NEW_INCARNATION.value, detail)

    def renew(self, asked: RenewLease) -> None:
        """A TaskManager asks for a longer lease."""
        member = self._members.find(asked.task_manager)
        knows_it = member is not None and member.session == asked.session and not member.condemned
        if member is not None and knows_it and self._services.office.may_act(asked.epoch):
            member.granted_at = self._services.clock()
            member.ref.tell(LeaseRenewed(self._epoch, asked.asked_at), self._context.ref)


def _flaw(offer: RegisterTaskManager) -> str:
    """Why nobody can do anything with an offer, as one of another release perhaps; empty if one can.

    An error would end the leader, and then each next one, to whom it is offered again.
    """
    if flaw_of(offer) or not math.isfinite(offer.lease_s) or not all(map(_is_attempt, offer.running)):
        return f"{str(offer.resource_id)[:200]} offers its slots in a form that this release does not know"
    if not 1 <= offer.slots <= MOST_SLOTS or any(slot >= offer.slots for *_, slot in offer.running):
        return f"{offer.resource_id} offers {offer.slots} slots"
    return ""


def _is_attempt(one: Any) -> bool:
    return isinstance(one, list) and [type(part) for part in one] == [str, str, int, int, int]
