"""`ResultStore`: what became of the jobs that have ended. A job that is in here is never run again.

A result is dirty until the job's other data is cleaned, and then clean; a leader that finds a dirty one repeats the
cleaning only. Implements `cluster.leader.services.Results`. Counterpart: Flink's `JobResultStore`. Differs from Flink:
clean results are kept for a time, so that the same job id does not run twice, and the list of ended jobs survives a
failover; and whether one is clean is said by its pointer, not by the name of a file.
"""

from __future__ import annotations

import contextlib
import hashlib

from cluster.election.driver import PointerStore
from cluster.store.blobs import BlobCorrupt, Blobs
from cluster.store.pointed import PointedBlobs, Pointer

RESULTS = "results/"
_DIRTY, _CLEAN = "dirty", "clean"


class ResultStore:
    """The results of a cluster's jobs.

    Args:
        pointers: Of the election backend.
        blobs: Of the storage directory.
    """

    def __init__(self, pointers: PointerStore, blobs: Blobs) -> None:
        self._kept = PointedBlobs(pointers, blobs)
        self._pointers = pointers

    async def create_dirty(self, epoch: int, job_id: str, result: bytes) -> None:
        """The job has ended. When this returns, no leader will run it again.

        Raises:
            StaleEpoch: If another leads; then the job has not ended.
            StorageError: If the result cannot be written; likewise.
            ElectionUnavailable: If it is not known whether it is stored.
        """
        digest = hashlib.sha256(result).hexdigest()[:16]
        await self._kept.put(RESULTS + job_id, f"job-results/{job_id}-{epoch}-{digest}", result, epoch, _DIRTY)

    async def mark_clean(self, epoch: int, job_id: str) -> None:
        """The job's data has been cleaned. Nothing happens if there is no result.

        Raises:
            StaleEpoch: If another leads.
        """
        found = await self._pointers.get(RESULTS + job_id)
        if found is not None:
            await self._pointers.put(
                RESULTS + job_id, Pointer(Pointer.from_bytes(found).handle, _CLEAN).to_bytes(), epoch
            )

    async def remove(self, epoch: int, job_id: str) -> None:
        """Forget an ended job. Nothing happens if there is no result.

        Raises:
            StaleEpoch: If another leads.
        """
        await self._kept.delete(RESULTS + job_id, epoch)

    async def job_ids(self) -> dict[str, bool]:
        """All jobs that have ended for any leader, in order, and whether each is clean. Reads no result."""
        ended = {}
        for key, pointer in (await self._pointers.list(RESULTS)).items():
            with contextlib.suppress(BlobCorrupt):
                ended[key.removeprefix(RESULTS)] = Pointer.from_bytes(pointer).mark != _DIRTY
                continue
            ended[key.removeprefix(RESULTS)] = True  # what cannot be read is not touched
        return ended

    async def get(self, job_id: str) -> bytes | None:
        """A job's result, clean or dirty; `None` if it has not ended.

        Raises:
            StorageError: If it cannot be read.
        """
        pointer = await self._pointers.get(RESULTS + job_id)
        return None if pointer is None else await self._kept.read(pointer)
