"""`CheckpointStore`: the completed checkpoints of each job, newest last, and the counter of their numbers.

The pointer is in the election backend, the metadata is a blob, and the states that it names are blobs that the tasks
have written. Implements `cluster.leader.services.Checkpoints`. Counterpart: Flink's `DefaultCompletedCheckpointStore`.
A newest checkpoint that cannot be read is never passed over in silence (FLINK-22502): one that the backend has
forgotten (`cluster.store.forgotten`), or an older one that is retained, takes its place, and the reason is handed on;
without any it is an error, never an empty start.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncGenerator, Mapping, Sequence

from cluster.election.driver import PointerStore
from cluster.model.completed_checkpoint import (
    CompletedCheckpoint,
    Restorable,
    StateHandle,
    UnreadableCheckpoint,
)
from cluster.store.blobs import BlobCorrupt, BlobHandle, BlobMissing, Blobs
from cluster.store.forgotten import metadata_name, metadata_number, newer_metadata
from cluster.store.places import StorageError
from cluster.store.pointed import PointedBlobs, Pointer

CHECKPOINTS = "checkpoints/"
COUNTERS = "checkpoint-counter/"
RETAINED = "retained/"
"""Before the key of a checkpoint that outlives its job."""
CHECKED_AT_A_TIME = 4
"""States that are read for checking, of all jobs together."""
CHECK_S = 1.0
"""A job does not wait longer than this for its states to be checked; its tasks check them, too."""
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
        self._blobs = blobs
        self._states = states if states is not None else blobs
        self._retained = retained
        self._checking = asyncio.Semaphore(CHECKED_AT_A_TIME)
        self._unreadable: dict[str, frozenset[int]] = {}
        self._restored: dict[str, int] = {}

    async def next_id(self, epoch: int, job_id: str) -> int:
        """A number that no checkpoint of this job has had, from 1 up.

        Raises:
            StaleEpoch: If another leads.
        """
        key = COUNTERS + job_id
        counted = await self._pointers.get(key)
        try:
            last = int(counted or b"")
        except ValueError:  # lost or not ours: never an end of all checkpoints (FLINK-14091), nor a number twice
            kept = await self._pointers.list(checkpoint_key(job_id))
            last = max(map(checkpoint_number, kept), default=0)
        last = max(last, self._restored.get(job_id, 0))  # the counter may have been forgotten in part
        await self._pointers.put(key, str(last + 1).encode(), epoch)
        self._restored.pop(job_id, None)
        return last + 1

    async def add(self, epoch: int, job_id: str, checkpoint: CompletedCheckpoint) -> None:
        """Store a checkpoint, then drop the oldest beyond the number retained.

        Raises:
            StaleEpoch: If another leads; then it is not stored, and its states are left to the caller.
            StorageError: If the metadata cannot be written; likewise.
            ElectionUnavailable: If it is not known whether it is stored.
        """
        number = checkpoint.checkpoint_id
        metadata = checkpoint.to_bytes()
        name = metadata_name(job_id, number, epoch, hashlib.sha256(metadata).hexdigest())
        await self._kept.put(checkpoint_key(job_id, number), name, metadata, epoch)
        kept = await self._pointers.list(checkpoint_key(job_id))
        unreadable = self._unreadable.pop(job_id, frozenset())
        good = [key for key in kept if checkpoint_number(key) not in unreadable]
        for key in [key for key in kept if key not in good[-self._retained :]]:
            with contextlib.suppress(StorageError):  # the new one is stored; this one has another chance next time
                await self._drop(epoch, key, kept[key], needed=frozenset(checkpoint.states.values()))

    async def restorable(self, job_id: str) -> Restorable:
        """The newest one whose metadata and states are all there, and what is wrong with those that are not taken.

        The sha256 of states is checked, a few at a time. What there is no more time for is looked at by its length
        only, and checked by the task that reads it.

        Raises:
            BlobMissing: If there are checkpoints and none can be read.
            BlobCorrupt: Likewise.
            StorageError: If the storage directory is out of reach.
        """
        until = asyncio.get_running_loop().time() + CHECK_S
        kept = await self._pointers.list(checkpoint_key(job_id))
        skipped: dict[int, str] = {}
        newest: StorageError | None = None
        async with contextlib.aclosing(self._newest_first(job_id, kept, skipped)) as candidates:
            async for number, pointer in candidates:
                try:
                    checkpoint = await self._load(pointer)
                    await self._check([BlobHandle(*one) for one in checkpoint.states.values()], until)
                except (BlobMissing, BlobCorrupt) as error:
                    newest = newest or error
                    skipped.setdefault(number, str(error))
                else:
                    if skipped:
                        self._unreadable[job_id] = frozenset(skipped)
                        self._restored[job_id] = number
                    return Restorable(checkpoint, skipped)
        if newest is not None:
            raise newest
        return Restorable()

    async def _newest_first(
        self, job_id: str, kept: Mapping[str, bytes], skipped: Mapping[int, str]
    ) -> AsyncGenerator[tuple[int, bytes], None]:
        """The newest that the backend knows; if that is skipped, those that it has forgotten; then the older ones.

        Raises:
            StorageError: If the storage directory is out of reach.
        """
        for nth, key in enumerate(sorted(kept, reverse=True)):
            number = checkpoint_number(key)
            yield number, kept[key]
            if nth == 0 and number in skipped:
                with contextlib.suppress(BlobCorrupt):  # a pointer that says nothing
                    for handle in await newer_metadata(self._blobs, job_id, Pointer.from_bytes(kept[key]).handle):
                        yield metadata_number(handle.name), Pointer(handle).to_bytes()

    async def discard(self, epoch: int, job_id: str, *, retain: bool = False) -> None:
        """The job has ended: remove its checkpoints, their states and the counter.

        Args:
            epoch: Of the leader.
            job_id: Of the job.
            retain: Keep the checkpoints for people: under another key, where no leader looks for them.

        Raises:
            StaleEpoch: If another leads.
        """
        for key, pointer in (await self._pointers.list(checkpoint_key(job_id))).items():
            if retain:
                await self._pointers.put(RETAINED + key, pointer, epoch)
                await self._pointers.delete(key, epoch)
            else:
                await self._drop(epoch, key, pointer, needed=frozenset())
        await self._pointers.delete(COUNTERS + job_id, epoch)
        self._restored.pop(job_id, None)
        self._unreadable.pop(job_id, None)

    async def drop_retained(self, epoch: int, job_id: str) -> int:
        """Remove what `discard` kept of an ended job; how many checkpoints that were.

        Raises:
            StaleEpoch: If another leads.
        """
        kept = await self._pointers.list(RETAINED + checkpoint_key(job_id))
        for key, pointer in kept.items():
            await self._drop(epoch, key, pointer, needed=frozenset())
        return len(kept)

    async def delete_states(self, handles: tuple[StateHandle, ...]) -> None:
        """Delete states that belong to no checkpoint.

        Raises:
            StorageError: If one cannot be deleted.
        """
        for handle in handles:
            await self._states.delete(BlobHandle(*handle))

    async def _check(self, handles: Sequence[BlobHandle], until: float) -> None:
        """Whether these states are what was written: as a whole until then, in their length after that.

        Raises:
            BlobMissing: If one is not there.
            BlobCorrupt: If one is something else.
            StorageError: If that cannot be known.
        """
        await asyncio.gather(*(self._states.look(handle) for handle in handles))

        async def verify(handle: BlobHandle) -> None:
            async with self._checking:
                await self._states.verify(handle)

        try:
            async with asyncio.timeout_at(until), asyncio.TaskGroup() as group:
                for handle in sorted(handles, key=lambda handle: handle.size_bytes):
                    group.create_task(verify(handle))
        except TimeoutError:
            pass  # the tasks look again when they read them
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors

    async def _drop(self, epoch: int, key: str, pointer: bytes, needed: frozenset[StateHandle]) -> None:
        """Forget one checkpoint, with its states but those that a newer one shares. Unreadable ones leave theirs.

        Raises:
            StorageError: If the storage directory is out of reach; then nothing is forgotten.
        """
        states: tuple[StateHandle, ...] = ()
        with contextlib.suppress(BlobMissing, BlobCorrupt):
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


def checkpoint_key(job_id: str, checkpoint_id: int | None = None) -> str:
    """The key of a checkpoint's pointer, or the beginning of all of a job's; padded, so that keys are in order."""
    return f"{CHECKPOINTS}{job_id}/" + ("" if checkpoint_id is None else f"{checkpoint_id:0{_DIGITS}d}")


def checkpoint_number(key: str) -> int:
    """The number of a checkpoint, from the key of its pointer."""
    return int(key.rpartition("/")[2])
