"""What a new leader finds in its stores: jobs to run, that have ended, that cannot be read. Shell: reads only.

After `flink-ha` 2.4. Differs from Flink: one job that cannot be read is set aside with its reason, untouched, and the
others run; Flink ends the whole process. Stores that are out of reach end the leadership in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cluster.leader_services import LeaderServices
from cluster.leader_store_errors import is_outage
from cluster.model.job_record import JobRecord
from cluster.model.job_result import JobResult, UnreadableResult
from cluster.model.timeline import Timeline
from cluster.timeline_keeper import read_timeline


@dataclass(frozen=True, slots=True)
class Found:
    """What was in the stores.

    Attributes:
        records: Jobs to run, by id.
        unreadable: Why a job cannot be run, by id.
        results: Jobs that have ended, by id.
        dirty: Ids of ended jobs whose data is still to be cleaned.
        timeline: The failovers so far.
    """

    records: Mapping[str, JobRecord]
    unreadable: Mapping[str, str]
    results: Mapping[str, JobResult]
    dirty: frozenset[str]
    timeline: Timeline


async def find_all(services: LeaderServices) -> Found:
    """Read the stores. A job with a result is ended, whatever else is stored of it.

    Raises:
        Exception: If the stores are out of reach (`is_outage`).
    """
    dirty = frozenset(await services.results.dirty())
    results: dict[str, JobResult] = {}
    unreadable: dict[str, str] = {}
    for job_id, data in (await services.results.all()).items():
        try:
            results[job_id] = JobResult.from_bytes(data)
        except UnreadableResult as error:
            unreadable[job_id] = f"it has ended, but {error}"
    records: dict[str, JobRecord] = {}
    for job_id in await services.jobs.job_ids():
        if job_id in results or job_id in unreadable:
            continue
        try:
            records[job_id] = JobRecord.from_bytes(await services.jobs.load(job_id))
        except Exception as error:
            if is_outage(error):
                raise
            unreadable[job_id] = str(error)
    return Found(records, unreadable, results, dirty, await read_timeline(services.pointers))
