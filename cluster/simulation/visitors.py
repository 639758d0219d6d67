"""`Visitors`: customers who look at all jobs again and again, and whose jobs fail, do not listen, or are set aside.

They ask as a client does, and as the HTTP interface of each JobManager does, leader or standby. Whatever a job was said
to be stays true: who was accepted is known and listed from then on, who has ended stays as he ended, and an answer is
that of who leads. A job that was set aside is tried again until its bytes are back. Drawn from streams of their own.
SHELL. Deliberately not here: what is true inside (`cluster.simulation.told`, `cluster.simulation.promises`).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from cluster.client import ClusterClient, RequestRefused
from cluster.model.job import JobStatus
from cluster.protocol import ListJobs
from cluster.rest.gate import LeaderGate, Unavailable
from cluster.simulation.cluster import SimCluster
from cluster.simulation.customers import AGAIN_S, ASIDE, CLIENTS, FIRST_S, Customers, Order
from runtime.sim.campaign import Record
from runtime.sim.process import SimProcess
from runtime.sim.world import World

LOOKS_S = (0.1, 0.7)
"""Between two looks: shortest, longest."""
HASTE_S = (0.0, 0.002, 0.005, 0.01, 0.03, 0.1)
"""After the end of a task, when its job is asked for and cancelled."""
ANSWERS_S = 1.0
"""A JobManager waits so long for its leader's answer, and not when it follows another."""
SOON_S = 0.05
FOREVER = 4000
"""To which a task counts that nobody waits for."""


class Visitors(Customers):
    """See the module.

    Args:
        cluster: Whose.
        chance: A stream of its own.
        record: Is told, and raises.
        world: That all are in.
    """

    def __init__(self, cluster: SimCluster, chance: random.Random, record: Record, world: World) -> None:
        self._variety = random.Random(f"{cluster.name}/variety")
        self._looks = random.Random(f"{cluster.name}/looks")
        self._world = world
        self._failing: set[int] = set()
        self._ending: dict[int, asyncio.Event] = {}
        self._ended: dict[str, str] = {}
        super().__init__(cluster, chance, record)

    async def come(self) -> None:
        """See `Customers`; and one of them looks at all jobs, and through each JobManager, until all have ended."""
        looks = [asyncio.create_task(self._look()), asyncio.create_task(self._look_through())]
        try:
            await super().come()
        finally:
            for one in looks:
                one.cancel()
        for error in await asyncio.gather(*looks, return_exceptions=True):
            if isinstance(error, Exception):
                raise error

    def right(self, order: Order, end: dict[str, Any]) -> bool:
        """See `Customers`."""
        gave_up = end["status"] == "FAILED" and "suppressed by FixedDelay" in end["error"]
        if gave_up:
            self._record.sometimes("a job failed")
        return super().right(order, end) or (order.number in self._failing and gave_up)

    # --- looking ------------------------------------------------------------------------------------------------------

    async def _look(self) -> None:
        await asyncio.sleep(LOOKS_S[0])  # the others come first, and get the names by which faults know them
        await self._cluster.with_client(self._look_again)

    async def _look_again(self, way: ClusterClient) -> None:
        while True:
            await asyncio.sleep(self._looks.uniform(*LOOKS_S))
            accepted, ended = self._facts()
            if accepted and self._looks.random() < 0.5:
                await self._persist(partial(way.job, self._looks.choice(accepted)))
            else:
                self._listed(await self._persist(way.jobs), accepted, ended)

    async def _look_through(self) -> None:
        """Ask by the gate that the HTTP interface of a JobManager asks by; it may well have no answer."""
        while True:
            await asyncio.sleep(self._looks.uniform(*LOOKS_S))
            name = self._looks.choice(self._cluster.jobmanagers)
            parts, process = self._cluster.offices.get(name), self._world.network.process(name)
            if parts is None or not _works(process):
                continue
            accepted, ended = self._facts()
            gate, leader = LeaderGate(parts._system, parts.office, ANSWERS_S), parts.office.leader
            asking = process.call(asyncio.get_running_loop().create_task, _asked(gate))
            await asyncio.wait([asking], timeout=0.9 * ANSWERS_S)
            if not asking.done() and parts.office.leader != leader and _works(process):
                await asyncio.sleep(SOON_S)
                late = not asking.done() and _works(process)
                self._record.require(not late, "I16", f"{name} waits for {leader}, and follows another")
            await asyncio.wait([asking], timeout=ANSWERS_S)
            if not asking.done() or asking.cancelled() or (listed := asking.result()) is None:
                continue
            self._record.sometimes("a JobManager was asked for all jobs")
            self._record.require(not gate._open, "I15", f"{name} still counts a question that is answered")
            same = leader is not None and parts.office.leader == leader
            self._record.require(same, "I16", f"{name} passes on what {leader} says, and follows another")
            self._listed(listed, accepted, ended)

    def _facts(self) -> tuple[list[str], dict[str, str]]:
        """Ids of jobs that somebody was told are accepted, and what was said of those that have ended."""
        return [order.record.job_id for order in self.orders if order.accepted.is_set()], dict(self._ended)

    def _listed(self, listed: Sequence[dict[str, Any]], accepted: Sequence[str], ended: dict[str, str]) -> None:
        """What is said to a question that was asked when that was known."""
        found = {job["id"]: job["status"] for job in listed}
        missing = [job_id for job_id in accepted if job_id not in found]
        self._record.require(not missing, "I16", f"{missing} were accepted, and are not listed")
        self._record.require(len(found) == len(listed), "I16", f"a job is listed twice: {listed}")
        for job_id, status in ended.items():
            now = found.get(job_id)
            self._record.require(now in (status, ASIDE), "I16", f"{job_id} was {status}, and is {now}")
        for job_id, status in found.items():
            if JobStatus(status).is_globally_terminal:
                self._ended[job_id] = status

    # --- jobs ---------------------------------------------------------------------------------------------------------

    def _drawn(self, number: int, chance: random.Random) -> Order:
        """See `Customers`. Some fail by themselves, and some do not end when they are told to."""
        order, kind = super()._drawn(number, chance), self._variety.random()
        attempts, delay_s = self._variety.choice(["0", "1", "2", "3"]), self._variety.choice(["0.2", "1", "2"])
        words = {"attempts": attempts, "delay_s": delay_s}
        if number == 1:  # one that is there nearly all the time
            order.up_to, order.tasks, words["attempts"] = 200, self._variety.randint(3, 6), attempts.replace("0", "4")
            order.submitted, order.cancelled = [(FIRST_S, 0)], []
            self._failing.add(number)
        elif kind < 0.2:
            words["fails"], order.up_to = "1.0", 120
            self._failing.add(number)
        elif kind < 0.35:
            words, order.up_to = {"deaf": "1"}, FOREVER
            order.cancelled = [
                (order.submitted[0][0] + self._variety.uniform(0.5, 4.0), self._variety.randrange(CLIENTS))
            ]
        elif kind < 0.75:
            order.up_to, order.tasks = self._variety.choice([90, 150]), self._variety.randint(1, 4)
            self._failing.add(number)  # by what others do to it
        else:
            self._watch_for_the_end(order)
            return order
        order.record = self._cluster.counting_job(order.up_to, order.tasks, number, **words)
        return order

    def _watch_for_the_end(self, order: Order) -> None:
        """Somebody asks for it, and cancels it, in the moment in which its tasks end."""
        ledger, ending = self._cluster.ledgers[order.number - 1], asyncio.Event()
        tell = ledger.tell

        def told(host: str, kind: str, detail: str = "") -> None:
            tell(host, kind, detail)
            if kind == "task ended":
                ending.set()

        ledger.tell, self._ending[order.number] = told, ending

    async def _come(self, client: int, way: ClusterClient) -> None:
        """See `Customers`."""
        async with asyncio.TaskGroup() as group:
            group.create_task(super()._come(client, way))
            for order in self.orders:
                if order.number in self._ending and order.number % CLIENTS == client:
                    group.create_task(self._cancel_at_the_end(way, order))

    async def _cancel_at_the_end(self, way: ClusterClient, order: Order) -> None:
        await self._ending[order.number].wait()
        await asyncio.sleep(self._variety.choice(HASTE_S))
        await self._known(order, partial(way.job, order.record.job_id))
        await super()._cancel(way, order, 0.0)

    async def _wait(self, way: ClusterClient, order: Order) -> None:
        """See `Customers`."""
        await super()._wait(way, order)
        self._ending.get(order.number, asyncio.Event()).set()

    async def _result(self, way: ClusterClient, order: Order) -> dict[str, Any]:
        """See `Customers`; who is set aside is tried again."""
        while True:
            end = await super()._result(way, order)
            if end["status"] != ASIDE:
                return end
            self._record.sometimes("a job was set aside")
            await asyncio.sleep(AGAIN_S)
            with contextlib.suppress(RequestRefused):
                await self._persist(lambda: way.retry(order.record.job_id))

    async def _taken(self, way: ClusterClient, order: Order) -> None:
        """See `Customers`; not asked here: of a job whose bytes are away nobody can say which job it is."""

    async def _cancel(self, way: ClusterClient, order: Order, at_s: float) -> None:
        """See `Customers`; again where a job was set aside, which cannot be cancelled."""
        await super()._cancel(way, order, at_s)
        while not order.told and not order.ends:
            await super()._cancel(way, order, AGAIN_S)


def _works(process: SimProcess) -> bool:
    """Whether it is at work: that life, not one that came after it."""
    return process.alive and not process.frozen


async def _asked(gate: LeaderGate) -> list[dict[str, Any]] | None:
    """All jobs; `None` if there is no answer, also to who has stopped waiting for it."""
    try:
        return await gate.ask(ListJobs())
    except Unavailable:
        return None
