"""`Troubled`: customers whose jobs fail again and again, each under a restart strategy of its own. SHELL.

Jobs that may restart so often, so often within a time, with delays that grow, or not at all; each with its own interval
of checkpoints. What a strategy owes is asked by `cluster.simulation.promises`. Drawn from a stream of its own.
Deliberately not here: what else goes wrong (`cluster.simulation.work_faults`).
"""

from __future__ import annotations

import random
from typing import Any

from cluster.simulation.customers import CLIENTS, Customers, Order

GAVE_UP = "Recovery is suppressed by"


class Troubled(Customers):
    """See the module."""

    def right(self, order: Order, end: dict[str, Any]) -> bool:
        """See `Customers`; or it has given up, which is looked at where it does."""
        gave_up = end["status"] == "FAILED" and GAVE_UP in end["error"]
        if gave_up:
            self._record.sometimes(f"a job gave up: {end['error'].partition(GAVE_UP)[2].partition('(')[0].strip(' .')}")
        return super().right(order, end) or gave_up

    def _drawn(self, number: int, chance: random.Random) -> Order:
        """See `Customers`."""
        kind = chance.choice(["fixed", "rate", "rate", "expo", "expo", "none"])
        words = {
            "strategy": kind,
            "fails": chance.choice(["0.3", "0.6", "0.9"]),
            "attempts": chance.choice(["1", "2", "3", "5"]),
            "delay_s": chance.choice(["0.05", "0.2", "0.5"]),
            "within_s": chance.choice(["1", "2.5", "6"]),
            "interval_s": chance.choice(["0.3", "0.5", "1.3"]),
            "step_s": "0.03",
        }
        up_to, tasks = chance.choice([100, 160, 220]), chance.randint(1, 3)
        job = self._cluster.counting_job(up_to, tasks, number, **words)
        other = self._cluster.counting_job(up_to + 1, tasks, number, **words)
        return Order(number, job, other, up_to, tasks, [(chance.uniform(0.2, 3.0), chance.randrange(CLIENTS))], [])
