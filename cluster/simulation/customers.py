"""`Customers`: clients that submit short jobs, some twice, cancel others, and compare what they hear.

What they were told has to stay true through any number of leaders: an accepted job is known for ever, its id is
its own, it ends once, and every answer says the same; who was told that it is being cancelled finds it cancelled.
Drawn from a stream of its own. SHELL. Deliberately not here: what tasks have done (`cluster.simulation.invariants`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from cluster.client import ClusterClient, JobNotFound, NoLeader, RequestRefused
from cluster.model.job_record import JobRecord
from cluster.simulation.cluster import SimCluster
from runtime.sim.campaign import Record

T = TypeVar("T")

JOBS = (3, 7)
"""Fewest, most."""
CLIENTS = 2
FIRST_S, LAST_S = 0.2, 11.0
LATER_S = (0.0, 0.001, 0.02, 0.2, 1.0, 3.0, 8.0)
"""After a first submission, when there is another, or the job is cancelled."""
AGAIN_S = 0.5
PASSING = ("stored", "deleted")
"""Words of a refusal that is over when a store answers again."""
NOT_BEGUN = ("INITIALIZING", "CREATED")
"""What is said of a job of which it is not known yet what runs."""
ASIDE = "RECOVERY_FAILED"
"""It waits until it can be read again; that it is to be cancelled stays noted."""


@dataclass(slots=True)
class Order:
    """What the customers do about one job.

    Attributes:
        number: Of the job.
        record: The job.
        other: Another job with the same id.
        up_to: To which its tasks count.
        tasks: How many it has.
        submitted: When, and by which client.
        cancelled: Likewise.
        accepted: When somebody was told so.
        cancel: Whether anybody has asked for that.
        told: What those who cancelled were told, in order.
        ends: What those who waited for the end were told.
    """

    number: int
    record: JobRecord
    other: JobRecord
    up_to: int
    tasks: int
    submitted: Sequence[tuple[float, int]]
    cancelled: Sequence[tuple[float, int]]
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    cancel: bool = False
    told: list[str] = field(default_factory=list)
    ends: list[dict[str, Any]] = field(default_factory=list)


class Customers:
    """The clients of one cluster.

    Args:
        cluster: Whose.
        chance: A stream of its own.
        record: Is told, and raises.

    Attributes:
        jobs: How many they have, at least and at most.
    """

    jobs = JOBS

    def __init__(self, cluster: SimCluster, chance: random.Random, record: Record) -> None:
        self._cluster = cluster
        self._record = record
        self.orders = [self._drawn(number, chance) for number in range(1, chance.randint(*self.jobs) + 1)]

    async def come(self) -> None:
        """All of them do what they want, and wait for the ends of all jobs."""
        async with asyncio.TaskGroup() as group:
            for client in range(CLIENTS):
                group.create_task(self._cluster.with_client(partial(self._come, client)))

    async def ask_again(self) -> None:
        """Somebody new asks for all: nothing is forgotten, nothing is there twice."""

        async def ask(way: ClusterClient) -> None:
            for order in self.orders:
                order.ends.append(await self._result(way, order))
            listed = sorted(job["id"] for job in await way.jobs())  # by now the leader has read them
            ids = sorted(order.record.job_id for order in self.orders)
            self._record.require(listed == ids, "I11", f"{listed} are listed")

        await self._cluster.with_client(ask)

    def check(self) -> None:
        """Whether what they were told goes together."""
        for order in self.orders:
            end, what = order.ends[0], f"job {order.number}"
            for other in order.ends[1:]:
                self._record.require(end == other, "I11", f"{what} ended with {end}, and with {other}")
            cancelled = end["status"] == "CANCELED" and order.cancel
            self._record.require(cancelled or self.right(order, end), "I6", f"{what} ended with {end}")
            for told in order.told:
                kept = told in (*NOT_BEGUN, ASIDE, end["status"]) or (told == "CANCELLING" and cancelled)
                self._record.require(
                    kept, "I11", f"{what}: who cancelled it was told {told}, and it is {end['status']}"
                )
            if cancelled:
                self._record.sometimes("a job was cancelled")

    def right(self, order: Order, end: dict[str, Any]) -> bool:
        """Whether a job that nobody has cancelled may end so."""
        return (end["status"], sorted(end["results"].values())) == ("FINISHED", [order.up_to] * order.tasks)

    def up_to(self, number: int) -> tuple[int, int]:
        """What a job had to reach, 0 if it was cancelled; and how many tasks it has."""
        order = self.orders[number - 1]
        return (order.up_to if order.ends[0]["status"] == "FINISHED" else 0), order.tasks

    # --- inside -------------------------------------------------------------------------------------------------------

    def _drawn(self, number: int, chance: random.Random) -> Order:
        up_to, tasks = chance.choice([1, 5, 20, 60]), chance.randint(1, 2)
        at_s = chance.uniform(FIRST_S, LAST_S)

        def times(most: int) -> list[tuple[float, int]]:
            return [
                (at_s + chance.choice(LATER_S), chance.randrange(CLIENTS))
                for _ in range(max(chance.randint(-1, most), 0))
            ]

        job = self._cluster.counting_job(up_to, tasks, number)
        other = self._cluster.counting_job(up_to + 1, tasks, number)
        return Order(number, job, other, up_to, tasks, [(at_s, 0), *times(3)], times(1))

    async def _come(self, client: int, way: ClusterClient) -> None:
        async with asyncio.TaskGroup() as group:
            for order in self.orders:
                for at_s, who in order.submitted:
                    if who == client:
                        group.create_task(self._submit(way, order, at_s))
                for at_s, who in order.cancelled:
                    if who == client:
                        group.create_task(self._cancel(way, order, at_s))
                group.create_task(self._wait(way, order))

    async def _submit(self, way: ClusterClient, order: Order, at_s: float) -> None:
        await asyncio.sleep(at_s)
        if order.accepted.is_set() and order.number % 2:  # by now it must be known, running or ended
            await self._taken(way, order)
        await self._persist(lambda: way.submit(order.record.job_id, order.record.to_bytes()))
        order.accepted.set()

    async def _taken(self, way: ClusterClient, order: Order) -> None:
        try:
            await self._persist(lambda: way.submit(order.record.job_id, order.other.to_bytes()))
        except RequestRefused as refused:
            self._record.sometimes("an id was taken")
            self._record.require("another job has the id" in str(refused), "I11", f"job {order.number}: {refused}")
        else:
            self._record.require(False, "I11", f"another job was taken for job {order.number}, which was accepted")

    async def _cancel(self, way: ClusterClient, order: Order, at_s: float) -> None:
        await asyncio.sleep(at_s)
        await order.accepted.wait()
        order.cancel = True
        try:
            order.told.append(await self._known(order, lambda: way.cancel(order.record.job_id)))
        except RequestRefused:
            self._record.sometimes("a job had ended before it was cancelled")

    async def _wait(self, way: ClusterClient, order: Order) -> None:
        await order.accepted.wait()
        order.ends.append(await self._result(way, order))

    async def _result(self, way: ClusterClient, order: Order) -> dict[str, Any]:
        return await self._known(order, lambda: way.result(order.record.job_id))

    async def _known(self, order: Order, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            return await self._persist(ask)
        except JobNotFound:
            self._record.require(False, "I11", f"job {order.number} was accepted, and is not known")
            raise

    async def _persist(self, ask: Callable[[], Awaitable[T]]) -> T:
        return await persist(self._record, ask)


async def persist(record: Record, ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until there is an answer that says something about the job, and not about a store or a missing leader."""
    while True:
        try:
            return await ask()
        except (NoLeader, TimeoutError):
            record.sometimes("a client asked again")
        except RequestRefused as refused:
            if isinstance(refused, JobNotFound) or not any(word in str(refused) for word in PASSING):
                raise
        await asyncio.sleep(AGAIN_S)
