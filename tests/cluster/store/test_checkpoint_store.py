"""Checkpoints are found again, older ones go, and nothing is deleted that somebody needs."""

from __future__ import annotations

import pytest

from cluster.model.completed_checkpoint import CompletedCheckpoint, Restorable, StateHandle
from cluster.store.blobs import BlobCorrupt, BlobHandle
from cluster.store.checkpoints import CheckpointStore, checkpoint_key, checkpoint_number
from cluster.store.places import StorageError
from tests.cluster.store.conftest import Backend, Storage


async def checkpoint(storage: Storage, number: int, *tasks: str) -> CompletedCheckpoint:
    states: dict[str, StateHandle] = {}
    for task in tasks:
        handle = await storage.write(f"checkpoints/j/{number}/{task}", f"{task} at {number}".encode())
        states[task] = (handle.name, handle.size_bytes, handle.sha256)
    return CompletedCheckpoint(number, states, {}, dict.fromkeys(tasks, 1))


async def test_numbers_of_checkpoints_rise_over_leaders(backend: Backend, storage: Storage) -> None:
    """The counter begins at 1, never gives a number twice, and each job has its own."""
    checkpoints = CheckpointStore(backend, storage)
    assert [await checkpoints.next_id(1, "j"), await checkpoints.next_id(1, "j")] == [1, 2]
    epoch = backend.next_leader()
    assert await checkpoints.next_id(epoch, "j") == 3
    assert await checkpoints.next_id(epoch, "other") == 1


async def test_the_newest_checkpoint_is_found_and_older_ones_go(backend: Backend, storage: Storage) -> None:
    """As many as are retained are kept; of the others neither pointer, metadata nor states stay."""
    checkpoints = CheckpointStore(backend, storage, retained=2)
    assert (await checkpoints.restorable("j")).checkpoint is None
    for number in (1, 2, 9, 10, 11):
        await checkpoints.add(1, "j", await checkpoint(storage, number, "x[0]", "x[1]"))
    await checkpoints.add(1, "jj", CompletedCheckpoint(50))

    latest = (await checkpoints.restorable("j")).checkpoint
    assert latest is not None
    assert latest.checkpoint_id == 11
    assert [checkpoint_number(key) for key in await backend.list(checkpoint_key("j"))] == [10, 11]
    assert sum(name.startswith("checkpoints/") for name in storage.kept) == 4


async def test_a_state_that_a_newer_checkpoint_shares_is_kept(backend: Backend, storage: Storage) -> None:
    """Dropping an old checkpoint does not take a state from the new one."""
    checkpoints = CheckpointStore(backend, storage)
    first = await checkpoint(storage, 1, "x")
    await checkpoints.add(1, "j", first)
    await checkpoints.add(1, "j", CompletedCheckpoint(2, first.states))

    assert first.states["x"][0] in storage.kept


async def test_discarding_leaves_nothing(backend: Backend, storage: Storage) -> None:
    """After a job's end its checkpoints, states and counter are gone; other jobs' stay."""
    checkpoints = CheckpointStore(backend, storage, retained=3)
    await checkpoints.add(1, "other", CompletedCheckpoint(1))
    before = (dict(storage.kept), dict(backend.election.values))
    for _ in range(2):
        number = await checkpoints.next_id(1, "j")
        await checkpoints.add(1, "j", await checkpoint(storage, number, "x"))
    await checkpoints.discard(1, "j")

    assert (storage.kept, backend.election.values) == before


async def test_without_a_readable_checkpoint_there_is_an_error(backend: Backend, storage: Storage) -> None:
    """FLINK-22502: never an empty start where there was a checkpoint; discarding works all the same."""
    checkpoints = CheckpointStore(backend, storage, retained=3)
    await checkpoints.add(1, "j", await checkpoint(storage, 1, "x"))
    await checkpoints.add(1, "j", CompletedCheckpoint(2))
    del storage.kept["checkpoints/j/1/x"]
    storage.kept[next(name for name in storage.kept if "/2-" in name)] = b"x"
    with pytest.raises(BlobCorrupt, match="j/2-"):
        await checkpoints.restorable("j")
    await checkpoints.discard(1, "j")
    assert await checkpoints.restorable("j") == Restorable()


@pytest.mark.parametrize(
    "harm",
    [
        *("state gone", "state torn", "a bit of the state flipped"),
        *("metadata gone", "metadata changed", "pointer changed"),
    ],
)
async def test_an_unreadable_checkpoint_gives_way_to_an_older_one(
    backend: Backend, storage: Storage, harm: str
) -> None:
    """The next retained one is used, and why is said; the unreadable one goes with the next checkpoint."""
    checkpoints = CheckpointStore(backend, storage, retained=2)
    for number in (1, 2):
        await checkpoints.add(1, "j", await checkpoint(storage, number, "x"))
    metadata = next(name for name in storage.kept if "/2-" in name)
    if harm == "state gone":
        del storage.kept["checkpoints/j/2/x"]
    elif harm == "state torn":
        storage.kept["checkpoints/j/2/x"] = b"x"
    elif harm == "a bit of the state flipped":
        whole = storage.kept["checkpoints/j/2/x"]
        storage.kept["checkpoints/j/2/x"] = bytes([whole[0] ^ 1]) + whole[1:]
    elif harm == "metadata gone":
        del storage.kept[metadata]
    elif harm == "metadata changed":
        storage.kept[metadata] = bytes(reversed(storage.kept[metadata]))
    else:
        await backend.put(checkpoint_key("j", 2), b"rubbish", 1)

    found = await checkpoints.restorable("j")
    assert found.checkpoint is not None
    assert found.checkpoint.checkpoint_id == 1
    assert list(found.skipped) == [2]
    await checkpoints.add(1, "j", await checkpoint(storage, 3, "x"))
    assert [checkpoint_number(key) for key in await backend.list(checkpoint_key("j"))] == [1, 3]


@pytest.mark.parametrize("counter", [None, b"rubbish"])
async def test_a_lost_counter_is_counted_anew(backend: Backend, storage: Storage, counter: bytes | None) -> None:
    """FLINK-14091: a counter that cannot be read neither ends all checkpoints nor gives a number twice."""
    checkpoints = CheckpointStore(backend, storage)
    await checkpoints.add(1, "j", CompletedCheckpoint(41))
    if counter is not None:
        await backend.put("checkpoint-counter/j", counter, 1)
    assert [await checkpoints.next_id(1, "j"), await checkpoints.next_id(1, "j")] == [42, 43]


async def test_retained_checkpoints_outlive_their_job(backend: Backend, storage: Storage) -> None:
    """No leader takes them for a running job's, their bytes stay, and they can be dropped for good."""
    checkpoints = CheckpointStore(backend, storage, retained=2)
    for number in (1, 2):
        await checkpoints.add(1, "j", await checkpoint(storage, number, "x"))
    before = dict(storage.kept)
    await checkpoints.discard(1, "j", retain=True)
    await checkpoints.discard(1, "j", retain=True)
    assert await checkpoints.restorable("j") == Restorable()
    assert storage.kept == before
    assert await checkpoints.drop_retained(1, "j") == 2
    assert storage.kept == {}
    assert backend.election.values == {}


async def test_cleaning_waits_for_the_storage(backend: Backend, storage: Storage) -> None:
    """FLINK-26652: what cannot be read because the storage is away is not forgotten, but cleaned when it is back."""
    checkpoints = CheckpointStore(backend, storage)
    await checkpoints.add(1, "j", await checkpoint(storage, 1, "x"))
    read = storage.store.read

    async def away(handle: BlobHandle) -> bytes:
        raise StorageError("no contact")

    storage.store.read = away  # type: ignore[method-assign]
    with pytest.raises(StorageError):
        await checkpoints.discard(1, "j")
    storage.store.read = read  # type: ignore[method-assign]
    await checkpoints.discard(1, "j")
    assert storage.kept == {}


async def test_states_of_an_aborted_checkpoint_are_deleted(backend: Backend, storage: Storage) -> None:
    """States that no checkpoint names can be deleted by their handles."""
    aborted = await checkpoint(storage, 1, "x", "y")
    await CheckpointStore(backend, storage).delete_states(tuple(aborted.states.values()))
    assert storage.kept == {}
