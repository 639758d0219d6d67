"""Reads everything that is stored and says what is wrong with it: pointers, files, checksums, and what they say. Shell.

For `deathwatch ha verify`; changes nothing. Deliberately not here: which files have no pointer
(`cluster.store.orphans`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TypeAlias

from cluster.election.driver import PointerStore
from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.model.job_record import JobRecord
from cluster.model.job_result import JobResult
from cluster.store.blobs import BlobHandle, Blobs
from cluster.store.inventory import CHECKPOINT, JOB, RESULT, Inventory, Stored, is_current, read_inventory
from cluster.store.places import StorageError

Content: TypeAlias = JobRecord | CompletedCheckpoint | JobResult


@dataclass(frozen=True, slots=True)
class Rooms:
    """Where each kind of bytes is.

    Attributes:
        blobs: Jobs and the metadata of checkpoints.
        states: What tasks have written for checkpoints.
        results: Results of jobs.
    """

    blobs: Blobs
    states: Blobs
    results: Blobs

    async def bytes_of(self, item: Stored) -> bytes:
        """The bytes that a pointer names.

        Raises:
            StorageError: If the pointer, or the bytes, are not what was stored.
        """
        if item.handle is None:
            raise StorageError(item.complaint)
        return await (self.results if item.kind == RESULT else self.blobs).read(item.handle)

    async def content_of(self, item: Stored) -> Content:
        """What the bytes say.

        Raises:
            StorageError: If they cannot be had.
            ValueError: If they make no sense to this release.
        """
        data = await self.bytes_of(item)
        if item.kind == JOB:
            return JobRecord.from_bytes(data)
        if item.kind == RESULT:
            return JobResult.from_bytes(data)
        return CompletedCheckpoint.from_bytes(data)


async def complaints(inventory: Inventory, rooms: Rooms, pointers: PointerStore) -> AsyncIterator[str]:
    """Everything that is wrong, one line each. Reads every byte. What is replaced or removed meanwhile is not wrong.

    Raises:
        ElectionUnavailable: If the election backend cannot be used.
    """
    for item in inventory.items:
        said = [complaint async for complaint in _about_bytes(item, rooms)]
        if said and await is_current(pointers, item):
            for complaint in said:
                yield complaint
    said = _about_numbers(inventory)
    again = _about_numbers(await read_inventory(pointers)) if said else []
    for complaint in said:
        if complaint in again:
            yield complaint


async def _about_bytes(item: Stored, rooms: Rooms) -> AsyncIterator[str]:
    try:
        content = await rooms.content_of(item)
    except (StorageError, ValueError) as error:
        yield f"{item.title}: {error}"
        return
    if isinstance(content, CompletedCheckpoint):
        for task_id, handle in content.states.items():
            try:
                await rooms.states.read(BlobHandle(*handle))
            except StorageError as error:
                yield f"{item.title}, state of {task_id}: {error}"
    elif content.job_id != item.job_id:
        yield f"{item.title}: it is stored under another id than its own, {content.job_id}"


def _about_numbers(inventory: Inventory) -> list[str]:
    """What does not go together, though each may be sound."""
    said = []
    jobs = {one.job_id for one in inventory.of(JOB)}
    dirty = {one.job_id for one in inventory.of(RESULT) if one.mark == "dirty"}
    newest: dict[str, int] = {}
    for one in inventory.of(CHECKPOINT):
        newest[one.job_id] = max(one.number, newest.get(one.job_id, 0))
        if one.job_id not in jobs | dirty:
            said.append(f"{one.title}: there is no such job")
    for job_id, number in newest.items():
        try:
            counted = int(inventory.counters.get(job_id, b""))
        except ValueError:
            said.append(f"job {job_id}: its counter of checkpoints is missing or cannot be read")
        else:
            if counted < number:
                said.append(f"job {job_id}: its counter of checkpoints says {counted}, but there is number {number}")
    return said
