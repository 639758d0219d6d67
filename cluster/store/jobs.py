"""`JobStore`: the submitted jobs. A pointer for each in the election backend, its record in the storage directory.

Implements `cluster.leader.services.Jobs`. Counterpart: Flink's `DefaultExecutionPlanStore`, but each write is fenced by
its epoch, and that a job is to be cancelled is stored, too: in its pointer, so that nothing of it outlives the job.
Deliberately not here: what a record says (`cluster.model.job_record`).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib

from cluster.election.driver import PointerStore
from cluster.store.blobs import BlobCorrupt, BlobMissing, Blobs
from cluster.store.pointed import PointedBlobs, Pointer

JOBS = "jobs/"
_CANCELLED = "cancelled"


class JobStore:
    """The jobs of a cluster.

    Args:
        pointers: Of the election backend.
        blobs: Of the storage directory.
    """

    def __init__(self, pointers: PointerStore, blobs: Blobs) -> None:
        self._kept = PointedBlobs(pointers, blobs)
        self._changing = asyncio.Lock()

    async def put(self, epoch: int, job_id: str, record: bytes) -> None:
        """Store a job. When this returns, the next leader will run it.

        Raises:
            StaleEpoch: If another leads; then nothing is stored.
            StorageError: If the bytes cannot be written; then nothing is stored.
            ElectionUnavailable: If it is not known whether the job is stored.
        """
        digest = hashlib.sha256(record).hexdigest()[:16]
        await self._kept.put(JOBS + job_id, f"submitted-jobs/{job_id}-{epoch}-{digest}", record, epoch)

    async def remove(self, epoch: int, job_id: str) -> None:
        """Remove a job. Nothing happens if it is not there.

        Raises:
            StaleEpoch: If another leads; then nothing is removed.
        """
        async with self._changing:
            await self._kept.delete(JOBS + job_id, epoch)

    async def cancel(self, epoch: int, job_id: str) -> bool:
        """Note that a job is to be cancelled; whether there was one. When this returns, no leader lets it go on.

        Only the pointer is written: it can be done when the storage directory cannot be used.

        Raises:
            StaleEpoch: If another leads; then nothing is noted.
            ElectionUnavailable: If it is not known whether it is noted.
            BlobCorrupt: If the pointer cannot be read; then nothing is noted.
        """
        async with self._changing:  # a job that is removed meanwhile must not come back
            found = await self._kept.pointers.get(JOBS + job_id)
            if found is None:
                return False
            marked = Pointer(Pointer.from_bytes(found).handle, _CANCELLED).to_bytes()
            await self._kept.pointers.put(JOBS + job_id, marked, epoch)
            return True

    def is_cancelled(self, pointer: bytes) -> bool:
        """Whether that is noted in a pointer that `stored` gave."""
        with contextlib.suppress(BlobCorrupt):
            return Pointer.from_bytes(pointer).mark == _CANCELLED
        return False

    async def job_ids(self) -> list[str]:
        """All that are stored, in order."""
        return list(await self.stored())

    async def stored(self) -> dict[str, bytes]:
        """All that are stored, by id in order, each with its pointer, which saves `load` a look at the backend."""
        return {key.removeprefix(JOBS): pointer for key, pointer in (await self._kept.pointers.list(JOBS)).items()}

    async def load(self, job_id: str, pointer: bytes | None = None) -> bytes:
        """The stored record.

        Args:
            job_id: Of the job.
            pointer: As `stored` has it; by default it is looked up.

        Raises:
            BlobMissing: If the job, or its bytes, are not there.
            BlobCorrupt: If the bytes, or the pointer, are not what was stored.
            StorageError: If the bytes cannot be read.
        """
        pointer = pointer or await self._kept.pointers.get(JOBS + job_id)
        if pointer is None:
            raise BlobMissing(f"job {job_id} is not stored")
        return await self._kept.read(pointer)
