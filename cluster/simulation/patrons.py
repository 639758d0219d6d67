"""`Patrons`: clients whose jobs need more TaskManagers than there are, and who ask until they are forgotten. SHELL.

Each submits a job, cancels it perhaps, hears how it ended, has what was retained of it dropped, and asks for it again
until there is no such job. That there is none may only be said once it is forgotten. Drawn from a stream of their own.
Deliberately not here: when it may be forgotten (`cluster.simulation.remembered`).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass
from typing import Any

from cluster.client import ClusterClient, JobNotFound, RequestRefused
from cluster.model.job_record import JobRecord
from cluster.protocol import DropRetained
from cluster.simulation.cluster import SimCluster
from cluster.simulation.customers import AGAIN_S, persist
from cluster.simulation.invariants import check_ledger
from cluster.simulation.remembered import Remembered
from cluster.simulation.retained import Retained
from runtime.sim.campaign import Record

JOBS = (2, 5)
"""Fewest, most."""
FIRST_S, LAST_S = 0.2, 14.0


@dataclass(slots=True)
class Wish:
    """What somebody wants of one job.

    Attributes:
        record: The job.
        up_to: To which its tasks count.
        tasks: How many it has.
        at_s: When it is submitted.
        cancel_s: So long after that it is cancelled; `None` for never.
        drops: Whether what is retained of it is dropped.
        end: How it ended, as far as anybody was told before it was forgotten.
        twice: Whether it was submitted again when it was forgotten, since no answer had come: then it runs again.
    """

    record: JobRecord
    up_to: int
    tasks: int
    at_s: float
    cancel_s: float | None
    drops: bool
    end: dict[str, Any] | None = None
    twice: bool = False


class Patrons:
    """The clients of one cluster.

    Args:
        cluster: Whose.
        chance: A stream of its own.
        record: Is told, and raises.
        remembered: Knows what is forgotten.
        retained: Knows what is retained.
    """

    def __init__(
        self, cluster: SimCluster, chance: random.Random, record: Record, remembered: Remembered, retained: Retained
    ) -> None:
        self._cluster = cluster
        self._record = record
        self._remembered = remembered
        self._retained = retained
        self.wishes = [self._drawn(number, chance) for number in range(1, chance.randint(*JOBS) + 1)]

    async def come(self) -> None:
        """All do what they want, until all jobs are forgotten."""

        async def come(way: ClusterClient) -> None:
            async with asyncio.TaskGroup() as group:
                for wish in self.wishes:
                    group.create_task(self._come(way, wish))

        await self._cluster.with_client(come)

    def check(self) -> None:
        """Whether all ended as they had to."""
        for number, wish in enumerate(self.wishes, 1):
            if wish.end is not None and not wish.twice:
                up_to = wish.up_to if wish.end["status"] == "FINISHED" else 0
                check_ledger(self._cluster.ledgers[number - 1], up_to, wish.tasks, self._record)
                counts = sorted(wish.end["results"].values())
                right = (wish.end["status"], counts) == ("FINISHED", [wish.up_to] * wish.tasks)
                cancelled = wish.end["status"] == "CANCELED" and wish.cancel_s is not None
                self._record.require(right or cancelled, "I6", f"job {number} ended with {wish.end}")

    def _drawn(self, number: int, chance: random.Random) -> Wish:
        up_to, tasks = chance.choice([20, 60, 120]), chance.randint(1, 6)
        cancel_s = chance.choice([None, 0.7, 1.5, 2.5])
        if cancel_s is not None:
            up_to = 120  # else it ends before
        job = self._cluster.counting_job(up_to, tasks, number)
        return Wish(job, up_to, tasks, chance.uniform(FIRST_S, LAST_S), cancel_s, chance.random() < 0.6)

    async def _come(self, way: ClusterClient, wish: Wish) -> None:
        job_id = wish.record.job_id
        await asyncio.sleep(wish.at_s)
        await persist(self._record, lambda: way.submit(job_id, wish.record.to_bytes()))
        wish.twice = job_id in self._remembered.forgotten
        with contextlib.suppress(JobNotFound):  # it is looked at below, whether it is forgotten
            if wish.cancel_s is not None:
                await asyncio.sleep(wish.cancel_s)
                with contextlib.suppress(RequestRefused):  # it has ended before
                    await persist(self._record, lambda: way.cancel(job_id))
            wish.end = await persist(self._record, lambda: way.result(job_id))
        if wish.drops:
            await self._drop(way, job_id)
        while True:
            try:
                await persist(self._record, lambda: way.job(job_id))
            except JobNotFound:
                is_forgotten = job_id in self._remembered.forgotten
                self._record.require(is_forgotten, "I19", f"of job {job_id} nobody knows, and it is not forgotten")
                return
            await asyncio.sleep(AGAIN_S)

    async def _drop(self, way: ClusterClient, job_id: str) -> None:
        """Once nothing more will be retained."""
        await self._remembered.cleaned(job_id)
        files, count = self._retained.files(job_id)
        answer = await persist(self._record, lambda: way.request(DropRetained(job_id)))
        whole = answer["dropped"] == count  # else a leader had begun with it, and was lost before it could answer
        self._retained.dropped(job_id, files if whole else set())
