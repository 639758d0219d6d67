"""`Retained`: which checkpoints outlive their job (I13): all that counted at its end, if it is to keep any.

Until somebody drops them: then they are gone, and only they.
Read from what the ensemble has decided and what the disk has. Pure but for the simulated disk. Deliberately not here:
that nothing else is left (`cluster.simulation.leftovers`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kazoo.exceptions import KazooException

from cluster.election.zookeeper.layout import Layout, from_node
from cluster.election.zookeeper.transaction import Op
from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.model.job import JobStatus
from cluster.model.job_result import JobResult
from cluster.simulation.cluster import SimCluster
from cluster.simulation.disk import SimDisk
from cluster.simulation.leftovers import naming
from cluster.simulation.member import Session
from cluster.store.pointed import Pointer
from runtime.sim.campaign import Record


class Retained:
    """The checkpoints of jobs that have ended.

    Args:
        cluster: Whose.
        record: Is told, and raises.
    """

    def __init__(self, cluster: SimCluster, record: Record) -> None:
        self._name, self._tree, self._record = cluster.name, cluster.ensemble.tree, record
        self._layout = Layout("/flink", "/default")
        recovery = cluster.config.recovery
        self._retains = {JobStatus.CANCELED: recovery.retains_on_cancel, JobStatus.FAILED: recovery.retains_on_failure}
        self._ended: dict[str, tuple[JobStatus, set[str]]] = {}
        self._dropped: set[str] = set()

    def decided(self, _: Session, ops: list[Op], results: list[Any]) -> None:
        """The ensemble has decided: a job may have ended by it."""
        if any(isinstance(result, KazooException) for result in results):
            return
        for op in ops:
            job_id = op.args[0].removeprefix(self._layout.path_of("results") + "/")
            if op.name in ("create", "set_data") and job_id != op.args[0] and job_id not in self._ended:
                value = from_node(op.args[1])
                if value is not None:
                    data = SimDisk.kept(self._name, Pointer.from_bytes(value).handle.name) or b""
                    self._ended[job_id] = (JobResult.from_bytes(data).status, self._numbers(f"checkpoints/{job_id}"))

    def check(self) -> None:
        """All jobs are clean now."""
        whole: Callable[[str], bool] = lambda name: SimDisk.kept(self._name, name) is not None  # noqa: E731 - one look
        for job_id, (status, counted) in self._ended.items():
            place = f"retained/checkpoints/{job_id}"
            retains = self._retains.get(status, False) and job_id not in self._dropped
            there, owed = self._numbers(place), counted if retains else set()
            text = f"job {int(job_id, 16)} was {status.value} with checkpoints {counted}, and {there} are retained"
            self._record.require(there == owed, "I13", text)
            for path, pointer in naming(self._tree, self._layout, self._layout.path_of(place)):
                data = SimDisk.kept(self._name, pointer.handle.name)
                states = CompletedCheckpoint.from_bytes(data).states.values() if data else []
                kept = data is not None and all(whole(name) for name, _, _ in states)
                self._record.require(kept, "I13", f"{path} is retained, and some of it is not there")
                self._record.sometimes("a checkpoint outlived its job")

    def files(self, job_id: str) -> tuple[set[str], int]:
        """All files that are retained of a job, and how many checkpoints that is."""
        files: set[str] = set()
        place = self._layout.path_of(f"retained/checkpoints/{job_id}")
        for _, pointer in naming(self._tree, self._layout, place):
            data = SimDisk.kept(self._name, pointer.handle.name)
            states = CompletedCheckpoint.from_bytes(data).states.values() if data else []
            files |= {pointer.handle.name, *(name for name, _, _ in states)}
        return files, len(self._numbers(f"retained/checkpoints/{job_id}"))

    def dropped(self, job_id: str, files: set[str]) -> None:
        """Somebody was told that they are dropped; those files were there, as far as is known."""
        self._dropped.add(job_id)
        left = sorted(name for name in files if SimDisk.kept(self._name, name) is not None)
        self._record.require(not left, "I13", f"what was retained of job {job_id} is dropped, and {left} are there")
        if files:
            self._record.sometimes("a checkpoint that had outlived its job was dropped")

    def _numbers(self, folder: str) -> set[str]:
        return {path.rpartition("/")[2] for path, _ in naming(self._tree, self._layout, self._layout.path_of(folder))}
