"""`Remembered`: an ended job is remembered as long as the configuration promises, and no longer (I19). Pure.

So many of them, and for so long: nothing is forgotten before, and in the end, all; whoever asks for a job is told that
there is none only if it is forgotten. Fed with what the ensemble decides. Deliberately not here: what else is left of a
job (`cluster.simulation.leftovers`).
"""

from __future__ import annotations

import asyncio
from typing import Any

from kazoo.exceptions import KazooException

from cluster.election.zookeeper.layout import Layout, from_node
from cluster.election.zookeeper.transaction import Op
from cluster.simulation.cluster import SimCluster
from cluster.simulation.member import Session
from cluster.store.pointed import Pointer
from runtime.sim.campaign import Record

EARLY_S = 0.05


class Remembered:
    """The results of one cluster.

    Args:
        cluster: Whose.
        record: Is told, and raises.

    Attributes:
        forgotten: Ids of jobs whose results are gone.
    """

    def __init__(self, cluster: SimCluster, record: Record) -> None:
        self._record = record
        self._most = cluster.config.recovery.ended_jobs_kept
        self._keep_s = cluster.config.recovery.ended_jobs_kept_s
        self._results = Layout("/flink", "/default").path_of("results") + "/"
        self._clean: dict[str, float] = {}
        self._cleaned: dict[str, asyncio.Event] = {}
        self.forgotten: set[str] = set()

    async def cleaned(self, job_id: str) -> None:
        """Wait until nothing but its result is left of a job."""
        await self._cleaned.setdefault(job_id, asyncio.Event()).wait()

    def decided(self, _: Session, ops: list[Op], results: list[Any]) -> None:
        """The ensemble has decided: a job may have ended by it, be clean, or be forgotten."""
        if any(isinstance(result, KazooException) for result in results):
            return
        for op in ops:
            job_id = str(op.args[0]).removeprefix(self._results)
            if job_id == op.args[0]:
                continue
            if op.name == "delete":
                self._forgets(job_id)
            elif op.name in ("create", "set_data") and _mark(op) == "clean":
                self._clean.setdefault(job_id, self._record.now())
                self._cleaned.setdefault(job_id, asyncio.Event()).set()

    def _forgets(self, job_id: str) -> None:
        kept_s, many = self._record.now() - self._clean.get(job_id, self._record.now()), len(self._clean)
        is_due = kept_s >= self._keep_s - EARLY_S or many > self._most
        self._record.sometimes("an ended job was forgotten in time" if many <= self._most else "one was too many")
        text = f"job {job_id} is forgotten after {kept_s:.3f} s of {self._keep_s:g}, of {many}, and {self._most} may be"
        self._record.require(is_due, "I19", text)
        self._clean.pop(job_id, None)
        self.forgotten.add(job_id)


def _mark(op: Op) -> str:
    value = from_node(op.args[1])
    return "" if value is None else Pointer.from_bytes(value).mark
