"""What a new leader finds in its stores: jobs to run, that have ended, that cannot be read. Shell: reads only.

What runs is read first, and side by side, because its users wait; the results of ended jobs, of which there may be
many, are read after that, beside the work. After `flink-ha` 2.4. Differs from Flink: one job that cannot be read is set
aside with its reason, untouched, and the others run; Flink ends the whole process. Stores out of reach end the
leadership in both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from cluster.leader.member_record import read_members
from cluster.leader.services import LeaderServices
from cluster.leader.store_errors import is_outage
from cluster.leader.timeline_keeper import read_timeline
from cluster.model.job_record import JobRecord
from cluster.model.job_result import JobResult
from cluster.model.timeline import Timeline

READ_AT_A_TIME = 16
"""Results of ended jobs: whoever asks for a list of all jobs waits for them."""


@dataclass(frozen=True, slots=True)
class Found:
    """What must be known before this leader answers anybody.

    Attributes:
        records: Jobs to run, by id.
        unreadable: Why a job cannot be run, by id.
        cancelled: Ids of jobs that are to be cancelled: a former leader was asked for it, and did not come to the end.
        ended: Ids of jobs that have ended, and whether each is clean.
        timeline: The failovers so far.
        members: TaskManagers of the former leader, by path, and the lease of each one's tasks.
    """

    records: Mapping[str, JobRecord]
    unreadable: Mapping[str, str]
    cancelled: frozenset[str]
    ended: Mapping[str, bool]
    timeline: Timeline
    members: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class FoundEnded:
    """The results of ended jobs.

    Attributes:
        results: By id.
        clean: Whether everything else of the job is removed, by id.
        unreadable: Why a result cannot be shown, by id.
        later: Those that could not be read now, because nothing could: as they were given.
    """

    results: Mapping[str, JobResult]
    clean: Mapping[str, bool]
    unreadable: Mapping[str, str]
    later: Mapping[str, bool]


async def find_jobs(services: LeaderServices) -> Found:
    """Read what is to be run. A job with a result is ended, whatever else is stored of it.

    Raises:
        Exception: If the stores are out of reach (`is_outage`).
    """
    ended, stored, members, timeline = await asyncio.gather(
        services.results.job_ids(),
        services.jobs.stored(),
        read_members(services.pointers),
        read_timeline(services.pointers),
    )
    to_run = [job_id for job_id in stored if job_id not in ended]
    found = await asyncio.gather(*(_find_or_say_why(services, job_id, stored[job_id]) for job_id in to_run))
    records = {job_id: one for job_id, one in zip(to_run, found, strict=True) if isinstance(one, JobRecord)}
    unreadable = {job_id: one for job_id, one in zip(to_run, found, strict=True) if isinstance(one, str)}
    cancelled = frozenset(job_id for job_id in to_run if services.jobs.is_cancelled(stored[job_id]))
    return Found(records, unreadable, cancelled, ended, timeline, members)


async def _find_or_say_why(services: LeaderServices, job_id: str, pointer: bytes) -> JobRecord | str:
    try:
        return JobRecord.from_bytes(await services.jobs.load(job_id, pointer))
    except Exception as error:
        if is_outage(error):
            raise
        return str(error)


async def find_ended(services: LeaderServices, ended: Mapping[str, bool], after_s: float = 0.0) -> FoundEnded:
    """Read the results of jobs that have ended; one that cannot be read is said so, and hinders nothing.

    Args:
        services: What the leader works with.
        ended: Ids, and whether each is clean.
        after_s: Wait so long before.
    """
    if after_s > 0:
        await asyncio.sleep(after_s)
    results: dict[str, JobResult] = {}
    unreadable: dict[str, str] = {}
    later: dict[str, bool] = {}
    reading = asyncio.Semaphore(READ_AT_A_TIME)

    async def read(job_id: str, is_clean: bool) -> None:
        try:
            async with reading:
                results[job_id] = JobResult.from_bytes(await services.results.get(job_id) or b"")
        except Exception as error:
            if is_outage(error):
                later[job_id] = is_clean
            else:
                unreadable[job_id] = f"it has ended, but its result cannot be read: {error}"

    await asyncio.gather(*(read(*one) for one in ended.items()))
    return FoundEnded(results, ended, unreadable, later)
