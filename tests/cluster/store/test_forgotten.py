"""A backend that has lost what it acknowledged costs no job: the storage directory still has the newest checkpoint."""

from __future__ import annotations

import gc
import sys

import pytest

from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.store.blobs import BlobMissing
from cluster.store.checkpoints import CheckpointStore
from tests.cluster.store.conftest import Backend, Storage


async def checkpoint(storage: Storage, number: int, epoch: int = 1) -> CompletedCheckpoint:
    """One of a job with one task, whose state is stored."""
    handle = await storage.write(f"checkpoints/j/{number}/{epoch}", b"state of %d" % number)
    return CompletedCheckpoint(number, {"x": (handle.name, handle.size_bytes, handle.sha256)})


async def forget(backend: Backend, checkpoints: CheckpointStore, storage: Storage, *numbers: int) -> None:
    """Store these checkpoints; then the backend is as it was after the first, and the directory is not."""
    await checkpoints.next_id(1, "j")
    await checkpoints.add(1, "j", await checkpoint(storage, numbers[0]))
    before = dict(backend.election.values)
    for number in numbers[1:]:
        await checkpoints.next_id(1, "j")
        await checkpoints.add(1, "j", await checkpoint(storage, number))
    backend.election.values.clear()
    backend.election.values.update(before)


async def test_the_newest_that_is_stored_is_taken(backend: Backend, storage: Storage) -> None:
    """Why is said, its number is not given again, and the next checkpoint ends the trouble."""
    checkpoints = CheckpointStore(backend, storage)
    await forget(backend, checkpoints, storage, 1, 2, 3)
    after = CheckpointStore(backend, storage)

    found = await after.restorable("j")

    assert found.checkpoint is not None
    assert found.checkpoint.checkpoint_id == 3
    assert "is missing" in found.skipped[1]
    assert await after.next_id(1, "j") == 4
    await after.add(1, "j", await checkpoint(storage, 4))
    again = await CheckpointStore(backend, storage).restorable("j")
    assert again.checkpoint is not None
    assert (again.checkpoint.checkpoint_id, again.skipped) == (4, {})


async def test_the_newest_epoch_comes_first(backend: Backend, storage: Storage) -> None:
    """Numbers may be given twice after the counter was forgotten; epochs are not."""
    checkpoints = CheckpointStore(backend, storage)
    await forget(backend, checkpoints, storage, 1, 9)
    before = dict(backend.election.values)
    epoch = backend.next_leader()
    await checkpoints.add(epoch, "j", await checkpoint(storage, 3, epoch))
    backend.election.values.clear()
    backend.election.values.update(before)

    found = await CheckpointStore(backend, storage).restorable("j")

    assert found.checkpoint is not None
    assert found.checkpoint.checkpoint_id == 3


async def test_looking_for_it_leaves_nothing_to_clean_up(backend: Backend, storage: Storage) -> None:
    """Whoever has found one ends the search: it is not left to a task of the loop that nobody owns."""
    checkpoints = CheckpointStore(backend, storage)
    await forget(backend, checkpoints, storage, 1, 2)
    left: list[object] = []
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(firstiter=None, finalizer=left.append)
    try:
        await checkpoints.restorable("j")
        gc.collect()
    finally:
        sys.set_asyncgen_hooks(*hooks)
    assert not left


@pytest.mark.parametrize("job_goes_on", [True, False])
async def test_nothing_of_it_is_remembered_for_ever(backend: Backend, storage: Storage, *, job_goes_on: bool) -> None:
    """What the store knows of a job that was in trouble goes with its next checkpoint, or with its end."""
    checkpoints = CheckpointStore(backend, storage)
    await forget(backend, checkpoints, storage, 1, 2)
    after = CheckpointStore(backend, storage)
    await after.restorable("j")
    assert after._restored
    if job_goes_on:
        number = await after.next_id(1, "j")
        await after.add(1, "j", await checkpoint(storage, number))
    else:
        await after.discard(1, "j")
    assert not after._restored
    assert not after._unreadable


@pytest.mark.parametrize("harm", ["changed", "its state gone"])
async def test_one_that_is_not_whole_is_not_taken(backend: Backend, storage: Storage, harm: str) -> None:
    """Without a pointer its name says what it must be; with nothing whole there is an error, never an empty start."""
    checkpoints = CheckpointStore(backend, storage)
    await forget(backend, checkpoints, storage, 1, 2)
    (metadata,) = (name for name in storage.kept if name.startswith("completed-checkpoints/j/2-"))
    if harm == "changed":
        storage.kept[metadata] = storage.kept[metadata].replace(b"attempts", b"attempte")
    else:
        del storage.kept["checkpoints/j/2/1"]

    with pytest.raises(BlobMissing, match="j/1-"):
        await checkpoints.restorable("j")


async def test_older_ones_are_not_looked_for(backend: Backend, storage: Storage) -> None:
    """What lies in the folder from before the one that is pointed to was given up: it is no replacement."""
    checkpoints = CheckpointStore(backend, storage)
    old = await checkpoint(storage, 1)
    await checkpoints.add(1, "j", old)
    metadata = {name: data for name, data in storage.kept.items() if "completed-checkpoints/j/1-" in name}
    await checkpoints.add(1, "j", await checkpoint(storage, 2))
    storage.kept.update(metadata)
    await storage.write("checkpoints/j/1/1", b"state of 1")
    for name in [name for name in storage.kept if "completed-checkpoints/j/2-" in name]:
        del storage.kept[name]

    with pytest.raises(BlobMissing, match="j/2-"):
        await checkpoints.restorable("j")
