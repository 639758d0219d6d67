"""Files that no pointer names: left behind by crashes between two steps, or by storage that was away. Shell.

For `deathwatch ha gc`. Only the folders of the stores are looked at. Files are listed before the pointers are read, and
a young file is left alone, for its pointer may be about to be written; so this may run beside a living cluster.
Deliberately not here: anything that a pointer names.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cluster.election.driver import PointerStore
from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.store.blobs import BlobHandle, BlobStore
from cluster.store.forgotten import METADATA_FOLDER
from cluster.store.inventory import CHECKPOINT, RESULT, RETAINED_CHECKPOINT, read_inventory
from cluster.store.places import StorageError, StoredFile
from cluster.store.verification import Rooms

JOBS_FOLDER, STATES_FOLDER, RESULTS_FOLDER = "submitted-jobs", "checkpoints", "job-results"


@dataclass(slots=True)
class Orphans:
    """What was found.

    Attributes:
        files: Old enough to go, with the store that has each.
        young: How many have no pointer and are too young, or of unknown age.
        spared: Jobs with a checkpoint that cannot be read: what its states are is not known, so none is taken.
    """

    files: list[tuple[BlobStore, StoredFile]] = field(default_factory=list)
    young: int = 0
    spared: list[str] = field(default_factory=list)

    @property
    def size_bytes(self) -> int:
        """Of all files together."""
        return sum(file.size_bytes for _, file in self.files)


async def find_orphans(
    pointers: PointerStore, blobs: BlobStore, states: BlobStore, results: BlobStore, older_than: float
) -> Orphans:
    """Look for files without a pointer.

    Args:
        pointers: Of the election backend.
        blobs: Of jobs and metadata.
        states: Of the tasks' states.
        results: Of results.
        older_than: Wall time, seconds since 1970; files that were changed later are left alone.

    Raises:
        StorageError: If a store cannot be listed.
        ElectionUnavailable: If the pointers cannot be read.
    """
    places = ((blobs, JOBS_FOLDER), (blobs, METADATA_FOLDER), (states, STATES_FOLDER), (results, RESULTS_FOLDER))
    files = [(store, file) for store, folder in places for file in await store.files(folder)]
    inventory = await read_inventory(pointers)
    rooms = Rooms(blobs, states, results)
    found = Orphans()
    named = {(_url(results if one.kind == RESULT else blobs), one.handle.name) for one in inventory.items if one.handle}
    unreadable = any(one.handle is None for one in inventory.items)
    for one in inventory.of(CHECKPOINT, RETAINED_CHECKPOINT):
        try:
            content = await rooms.content_of(one)
        except (StorageError, ValueError):
            found.spared.append(one.job_id)
            continue
        if isinstance(content, CompletedCheckpoint):
            named |= {(_url(states), name) for name, _, _ in content.states.values()}
    for store, file in files:
        parts = file.name.split("/")
        spared = unreadable or (parts[0] in (STATES_FOLDER, METADATA_FOLDER) and parts[1] in found.spared)
        if spared or (_url(store), file.name) in named:
            continue
        if file.modified_at is None or file.modified_at >= older_than:
            found.young += 1
        else:
            found.files.append((store, file))
    return found


async def delete_orphans(orphans: Orphans) -> list[str]:
    """Delete them; what went wrong, one line each."""
    said = []
    for store, file in orphans.files:
        try:
            await store.delete(BlobHandle(file.name, file.size_bytes, ""))
        except StorageError as error:
            said.append(str(error))
    return said


def _url(store: BlobStore) -> str:
    return store.url.rstrip("/")
