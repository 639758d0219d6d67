"""What was mended in the cluster, as it was before."""

from __future__ import annotations

from typing import Any

from cluster.election.service import Contender
from cluster.leader.dispatcher import Dispatcher
from cluster.leader.member_record import MemberRecord
from cluster.leader.messages import MayHaveTasks
from cluster.leader.registrations import Registrations
from cluster.leader.resource_manager import ResourceManager
from cluster.leader.second_tries import SecondTries
from cluster.model.job_record import JobRecord


def taken_back_though_let_go(original: Any, registrations: Registrations, offer: Any) -> None:
    """Who is let go is taken in when it offers itself anew."""
    known = registrations._members.find(offer.task_manager)
    is_let_go = known is not None and known.dismissed
    if known is not None:
        known.dismissed = False
    original(registrations, offer)
    if known is not None:
        known.dismissed = is_let_go


def whoever_is_waited_for(original: Any, manager: ResourceManager, message: Any) -> None:
    """A job that is tried again has no task, though TaskManagers of the former leader are waited for."""
    if isinstance(message, MayHaveTasks):
        manager.reply(manager._pool.holds(message.job_id))
    else:
        original(manager, message)


async def ended_or_not(original: Any, tries: SecondTries, job_id: str) -> JobRecord:
    """A job that is tried again runs, also if it has ended."""
    return JobRecord.from_bytes(await tries._services.jobs.load(job_id))


def set_aside_at_its_end(original: Any, dispatcher: Dispatcher, ref: Any, detail: str) -> None:
    """A job whose master breaks is set aside, also while its result is on its way into the store."""
    ending, dispatcher._ending = dispatcher._ending, {}
    original(dispatcher, ref, detail)
    dispatcher._ending = ending


def recorded_before(original: Any, record: MemberRecord, path: str, lease_s: float, then: Any) -> None:
    """Who is in the record of before is taken for recorded, though the next one is being written without it."""
    record._members[path] = lease_s
    if (path, lease_s) in record._stored:
        then()
    else:
        original(record, path, lease_s, then)


def cleaner_is_not_missed(original: Any, dispatcher: Dispatcher, ref: Any, detail: str) -> None:
    """Who cleans up behind jobs is not watched."""
    if ref != dispatcher._cleaner:
        original(dispatcher, ref, detail)


def nothing_held(*_: Any) -> bool:
    """Former tasks of a job that is tried again are not looked for."""
    return False


def watches_on(contender: Contender) -> None:
    """What a contender has watched stays watched when it begins anew."""
    contender._core.leave()
    contender._core.stopped(contender._core.epoch)
