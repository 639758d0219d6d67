"""`CheckpointStore`: the completed checkpoints of each job, newest last, and the counter of their numbers.

The pointer is in the election backend, the metadata is a blob, and the states that it names are blobs that the tasks
have written. Implements `cluster.leader.services.Checkpoints`. Counterpart: Flink's `DefaultCompletedCheckpointStore`;
a checkpoint that cannot be read is an error, never skipped (FLINK-22502).
"""

from __future__ import annotations

import contextlib

from cluster.election.driver import PointerStore
from cluster.model.completed_checkpoint import CompletedCheckpoint, StateHandle, UnreadableCheckpoint
from cluster.store.blobs import BlobCorrupt, BlobHandle, Blobs
from cluster.store.places import StorageError
from cluster.store.pointed import PointedBlobs

_DIGITS = 19


class CheckpointStore:
    """The checkpoints of a cluster.

    Args:
        pointers: Of the election backend.
        blobs: Of the storage directory, for the metadata.
        states: Where the tasks write their states; by default the same.
        retained: How many of each job are kept, 1 or more.
    """

    def __init__(self, pointers: PointerStore, blobs: Blobs, states: Blobs | None = None, retained: int = 1) -> None:
        self._kept = PointedBlobs(pointers, blobs)
        self._pointers = pointers
        self._states = states if states is not None else blobs
        self._retained = retained

    async def next_id(self, epoch: int, job_id: str) -> int:
        """A number that no checkpoint of this job has had, from 1 up.

        Raises:
            StaleEpoch: If another leads.
        """
        key = f"checkpoint-counter/{job_id}"
        last = await self._pointers.get(key)
        following = 1 if last is None else int(last) + 1
        await self._pointers.put(key, str(following).encode(), epoch)
        return following

    async def add(self, epoch: int, job_id: str, checkpoint: CompletedCheckpoint) -> None:
        """Store a checkpoint, then drop the oldest beyond the number retained.

        Raises:
            StaleEpoch: If another leads; then it is not stored, and its states are left to the caller.
            StorageError: If the metadata cannot be written; likewise.
            ElectionUnavailable: If it is not known whether it is stored.
        """
        number = checkpoint.checkpoint_id
        name = f"completed-checkpoints/{job_id}/{number}-{epoch}"
        await self._kept.put(_key(job_id, number), name, checkpoint.to_bytes(), epoch)
        kept = await self._pointers.list(_key(job_id))
        for key in list(kept)[: -self._retained]:
            await self._drop(epoch, key, kept[key], needed=frozenset(checkpoint.states.values()))

    async def latest(self, job_id: str) -> CompletedCheckpoint | None:
        """The newest one, or `None`.

        Raises:
            StorageError: If there is one and it cannot be read.
        """
        kept = await self._pointers.list(_key(job_id))
        return await self._load(kept[max(kept)]) if kept else None

    async def all(self, job_id: str) -> list[CompletedCheckpoint]:
        """All that are kept, the newest last.

        Raises:
            StorageError: If one cannot be read.
        """
        return [await self._load(pointer) for pointer in (await self._pointers.list(_key(job_id))).values()]

    async def discard(self, epoch: int, job_id: str) -> None:
        """Remove all of a job's checkpoints, their states and the counter.

        Raises:
            StaleEpoch: If another leads.
        """
        for key, pointer in (await self._pointers.list(_key(job_id))).items():
            await self._drop(epoch, key, pointer, needed=frozenset())
        await self._pointers.delete(f"checkpoint-counter/{job_id}", epoch)

    async def delete_states(self, handles: tuple[StateHandle, ...]) -> None:
        """Delete states that belong to no checkpoint.

        Raises:
            StorageError: If one cannot be deleted.
        """
        for handle in handles:
            await self._states.delete(BlobHandle(*handle))

    async def _drop(self, epoch: int, key: str, pointer: bytes, needed: frozenset[StateHandle]) -> None:
        """Forget one checkpoint, with its states but those that a newer one shares. Unreadable ones leave theirs."""
        states: tuple[StateHandle, ...] = ()
        with contextlib.suppress(StorageError):
            old = await self._load(pointer)
            states = tuple(handle for handle in old.states.values() if handle not in needed)
        if await self._kept.delete(key, epoch):
            with contextlib.suppress(StorageError):
                await self.delete_states(states)

    async def _load(self, pointer: bytes) -> CompletedCheckpoint:
        try:
            return CompletedCheckpoint.from_bytes(await self._kept.read(pointer))
        except UnreadableCheckpoint as error:
            raise BlobCorrupt(str(error)) from error


def _key(job_id: str, checkpoint_id: int | None = None) -> str:
    """Numbers are padded, so that the order of the keys is theirs."""
    return f"checkpoints/{job_id}/" + ("" if checkpoint_id is None else f"{checkpoint_id:0{_DIGITS}d}")
