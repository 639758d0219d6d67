"""`Waves`: prompted customers whose jobs come in waves: the next begins a while after the last job of one has ended.

In between no job runs, and all that there is to know of them are their ends; people look at them all the time. Most are
short, some go on until somebody cancels them, and tasks may take a while to end. The end of a wave is a moment for
faults. SHELL. Deliberately not here: what strikes then (`cluster.simulation.endings`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

from cluster.client import ClusterClient
from cluster.simulation.cluster import SimCluster
from cluster.simulation.customers import CLIENTS, Customers, Order
from cluster.simulation.prompted import Prompted
from cluster.simulation.visitors import FOREVER
from runtime.sim.campaign import Record
from runtime.sim.world import World

WAVES, MOST_AT_ONCE = 3, 3
WITHIN_S, PAUSE_S = 0.8, (1.0, 4.0)
"""The jobs of a wave come within so long; and from its last end to the next wave it takes so long."""
STEP_S = 0.05


class Waves(Prompted):
    """See the module.

    Attributes:
        ended: Told of each wave that is over.
    """

    jobs = (WAVES, WAVES * MOST_AT_ONCE)

    def __init__(self, cluster: SimCluster, chance: random.Random, record: Record, world: World) -> None:
        self.ended: Callable[[], None] = lambda: None
        self._begun = [asyncio.Event() for _ in range(WAVES)]
        self._over = asyncio.Event()
        self._done: dict[int, asyncio.Event] = {}
        super().__init__(cluster, chance, record, world)

    async def come(self) -> None:
        """See `Customers`; wave by wave."""
        leading = asyncio.create_task(self._lead())
        try:
            await super().come()
        finally:
            leading.cancel()

    async def _lead(self) -> None:
        for wave, begun in enumerate(self._begun):
            begun.set()
            for order in self.orders:
                if self._wave(order) == wave:
                    await self._done[order.number].wait()
            self._record.sometimes("a wave of jobs is over")
            self.ended()
            await asyncio.sleep(self._variety.uniform(*PAUSE_S))
        self._over.set()

    def _wave(self, order: Order) -> int:
        return order.number % WAVES

    async def _come(self, client: int, way: ClusterClient) -> None:
        """See `Customers`; they go when the last wave is over for a while."""
        await super()._come(client, way)
        await self._over.wait()

    async def _submit(self, way: ClusterClient, order: Order, at_s: float) -> None:
        """See `Customers`; from the beginning of its wave."""
        await self._begun[self._wave(order)].wait()
        await super()._submit(way, order, at_s)

    async def _cancel(self, way: ClusterClient, order: Order, at_s: float) -> None:
        """See `Customers`; likewise."""
        await self._begun[self._wave(order)].wait()
        await super()._cancel(way, order, at_s)

    async def _wait(self, way: ClusterClient, order: Order) -> None:
        """See `Customers`."""
        await super()._wait(way, order)
        self._done[order.number].set()

    def _drawn(self, number: int, chance: Any) -> Order:
        """See `Customers`."""
        if number == 1:
            self._misdeeds = {}
        order, variety = Customers._drawn(self, number, chance), self._variety
        self._done[number] = asyncio.Event()
        self._misdeeds[number] = misdeed = variety.choice(["", "", "", "deaf"])
        order.tasks, kind = variety.randint(1, 3), variety.random()
        at_s = variety.uniform(0.0, WITHIN_S)
        order.submitted = [(at_s, 0), *((at_s + variety.uniform(0.0, 1.5), 1) for _ in range(variety.randint(0, 2)))]
        order.up_to, order.cancelled = variety.choice([1, 5, 12, 25, 40]), []
        if kind < 0.4:
            order.up_to = FOREVER
            order.cancelled = [(at_s + variety.uniform(0.4, 2.5), variety.randrange(CLIENTS))]
        elif kind < 0.55:
            near_s = order.up_to * STEP_S + variety.uniform(-0.2, 0.4)
            order.cancelled = [(at_s + max(near_s, 0.0), variety.randrange(CLIENTS))]
        elif kind < 0.75:
            self._watch_for_the_end(order)
        words = {
            "deaf": "1" if misdeed == "deaf" else "0",
            "fails": variety.choice(["0", "0", "0.3"]),
            "slower": variety.choice(["0", "1.5"]),
            "delay_s": variety.choice(["0", "0.05", "0.3"]),
            "interval_s": variety.choice(["0.1", "0.25", "0.5"]),
        }
        order.record = self._cluster.counting_job(order.up_to, order.tasks, number, **words)
        return order
