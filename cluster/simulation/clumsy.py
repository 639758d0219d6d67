"""`Clumsy`: visitors whose tasks do what no task should, and who ask for what is not there. SHELL.

Tasks end their process, cancel themselves, do not end when they are cancelled, refuse their state, or have a state or a
result that no message can carry; the last two no restart can mend. People ask for jobs that nobody has submitted,
submit what is no job, and look at the whole cluster. What a job's checkpoints may do before that is a failure is asked
by `cluster.simulation.limits`.
Deliberately not here: what else goes wrong (`cluster.simulation.misfits`).
"""

from __future__ import annotations

from functools import partial
from typing import Any

from cluster.client import ClusterClient, JobNotFound, RequestRefused
from cluster.simulation.customers import Customers, Order
from cluster.simulation.visitors import Visitors

NOBODYS = "f" * 32
"""The id of a job that nobody submits."""
GAVE_UP = "Recovery is suppressed by"
FINAL = ("odd-state", "odd-result")
MISDEEDS = ("exits", "ends-itself", "refuses", "refuses", *FINAL, "deaf", "deaf")


class Clumsy(Visitors):
    """See the module."""

    _misdeeds: dict[int, str]

    def right(self, order: Order, end: dict[str, Any]) -> bool:
        """See `Customers`; or it has given up; or it has failed as it had to."""
        misdeed = self._misdeeds[order.number]
        if misdeed in FINAL and end["status"] == "FAILED" and "MessagePack" in end["error"]:
            self._record.sometimes("a job failed for good")
            return True
        gave_up = end["status"] == "FAILED" and GAVE_UP in end["error"]
        if gave_up:
            self._record.sometimes("a job gave up")
        return gave_up or (misdeed != "odd-result" and Customers.right(self, order, end))

    def _drawn(self, number: int, chance: Any) -> Order:
        """See `Customers`."""
        if number == 1:
            self._misdeeds = {}
        order = Customers._drawn(self, number, chance)
        misdeed = self._misdeeds[number] = self._variety.choice(MISDEEDS)
        words = {
            "misdeed": misdeed,
            "deaf": "1" if misdeed == "deaf" else "0",
            "fails": "0.8" if misdeed in ("exits", "ends-itself") else self._variety.choice(["0", "0.3"]),
            "attempts": self._variety.choice(["1", "3", "3" if misdeed == "refuses" else "1000"]),
            "delay_s": self._variety.choice(["0.05", "0.3"]),
            "interval_s": self._variety.choice(["0.25", "0.5"]),
        }
        order.up_to, order.tasks = self._variety.choice([60, 120, 200]), self._variety.randint(1, 4)
        order.record = self._cluster.counting_job(order.up_to, order.tasks, number, **words)
        return order

    async def _look_again(self, way: ClusterClient) -> None:
        """See `Visitors`; now and then they ask for more."""
        await self._nobodys(way)
        described = await self._persist(way.cluster)
        listed = [one["id"] for one in described["jobs"]]
        self._record.require(len({*listed}) == len(listed), "I16", f"a job is shown twice: {listed}")
        await self._persist(way.election)
        await super()._look_again(way)

    async def _nobodys(self, way: ClusterClient) -> None:
        """What nobody has submitted is not known, and what is no job is not accepted."""
        for ask in (way.job, way.cancel, way.retry):
            try:
                said: Any = await self._persist(partial(ask, NOBODYS))
            except JobNotFound:
                continue
            self._record.require(False, "I16", f"of a job that nobody has submitted it is said: {said}")
        for job_id, data in ((NOBODYS, b"no job"), (NOBODYS, self.orders[0].record.to_bytes())):
            try:
                await self._persist(partial(way.submit, job_id, data))
            except RequestRefused:
                continue
            self._record.require(False, "I16", "what is no job was accepted")
