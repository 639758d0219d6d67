"""`Prompted`: clumsy customers of whom one does at once what a fault prompts: cancel a job, ask for it again.

Jobs of several tasks that mostly do what they should, fail now and then, and last for some seconds. SHELL.
Deliberately not here: when somebody is prompted (`cluster.simulation.cues`).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from functools import partial
from typing import Any

from cluster.client import ClusterClient, RequestRefused
from cluster.simulation.clumsy import Clumsy
from cluster.simulation.cluster import SimCluster
from cluster.simulation.customers import Customers, Order
from cluster.simulation.visitors import LOOKS_S
from runtime.sim.campaign import Record
from runtime.sim.world import World

PROMPTS = ("cancel-job", "submit-again", "retry-job", "ask-job")
MISDEEDS = (*[""] * 8, *["deaf"] * 4, "refuses", "exits", "ends-itself", "odd-result")
"""Who is deaf takes a while to end."""


class Prompted(Clumsy):
    """See the module."""

    jobs = (2, 4)

    def __init__(self, cluster: SimCluster, chance: random.Random, record: Record, world: World) -> None:
        self._prompts: asyncio.Queue[tuple[str, Order]] = asyncio.Queue()
        super().__init__(cluster, chance, record, world)

    def prompt(self, what: str, number: int) -> None:
        """Somebody does that about a job, now."""
        self._prompts.put_nowait((what, self.orders[(number - 1) % len(self.orders)]))

    async def come(self) -> None:
        """See `Customers`; and one who does what he is prompted to, until all jobs have ended."""
        prompted = asyncio.create_task(self._be_prompted())
        try:
            await super().come()
        finally:
            prompted.cancel()
        for error in await asyncio.gather(prompted, return_exceptions=True):
            if isinstance(error, Exception):
                raise error

    async def _be_prompted(self) -> None:
        await asyncio.sleep(LOOKS_S[0])  # as in `Visitors`
        await self._cluster.with_client(self._do_all)

    async def _do_all(self, way: ClusterClient) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                what, order = await self._prompts.get()
                group.create_task(self._do(way, what, order))

    async def _do(self, way: ClusterClient, what: str, order: Order) -> None:
        job_id = order.record.job_id
        if what == "submit-again":
            await self._submit(way, order, 0.0)
        elif not order.accepted.is_set():
            return  # nobody knows it yet
        elif what == "cancel-job":
            await self._cancel(way, order, 0.0)
        elif what == "retry-job":
            with contextlib.suppress(RequestRefused):
                await self._persist(partial(way.retry, job_id))
        else:
            await self._known(order, partial(way.job, job_id))

    def _drawn(self, number: int, chance: Any) -> Order:
        """See `Customers`."""
        if number == 1:
            self._misdeeds = {}
        order, variety = Customers._drawn(self, number, chance), self._variety
        misdeed = self._misdeeds[number] = variety.choice(MISDEEDS)
        words = {
            "misdeed": misdeed,
            "deaf": "1" if misdeed == "deaf" else "0",
            "fails": "0.8" if misdeed in ("exits", "ends-itself") else variety.choice(["0", "0", "0.3", "0.6"]),
            "attempts": variety.choice(["2", "3"] if misdeed == "refuses" else ["2", "1000", "1000", "1000"]),
            "delay_s": variety.choice(["0", "0.05", "0.3"]),
            "interval_s": variety.choice(["0.25", "0.5", "1"]),
        }
        order.up_to, order.tasks = variety.choice([20, 60, 120, 180]), variety.randint(1, 4)
        if number <= 2:  # there is something to do at once
            order.submitted = [(variety.uniform(0.2, 1.0), 0), *order.submitted[1:]]
        order.record = self._cluster.counting_job(order.up_to, order.tasks, number, **words)
        return order
