"""Jobs, checkpoints and results survive crashes between any two steps, and refuse leaders that are none any more."""

from __future__ import annotations

import asyncio

import pytest

from cluster.election.driver import ElectionUnavailable, StaleEpoch
from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.store.blobs import BlobCorrupt, BlobMissing
from cluster.store.checkpoints import CheckpointStore
from cluster.store.jobs import JobStore
from cluster.store.results import ResultStore
from tests.cluster.store.conftest import Backend, Storage


async def test_a_job_is_loaded_by_the_next_leader(backend: Backend, storage: Storage) -> None:
    """What one leader stored, the next one lists and loads; what it removed is gone, with its bytes."""
    jobs = JobStore(backend, storage)
    await jobs.put(1, "b", b"record b")
    await jobs.put(1, "a", b"record a")
    epoch = backend.next_leader()

    assert await jobs.job_ids() == ["a", "b"]
    assert await jobs.load("b") == b"record b"
    await jobs.remove(epoch, "b")
    await jobs.remove(epoch, "b")
    assert await jobs.job_ids() == ["a"]
    assert len(storage.kept) == 1


async def test_that_a_job_is_to_be_cancelled_is_kept_with_it(backend: Backend, storage: Storage) -> None:
    """The next leader sees it without reading any bytes; it goes with the job, and never brings one back."""
    jobs = JobStore(backend, storage)
    await jobs.put(1, "a", b"record a")
    await jobs.put(1, "b", b"record b")
    assert await jobs.cancel(1, "a")
    epoch = backend.next_leader()
    assert {job_id: jobs.is_cancelled(pointer) for job_id, pointer in (await jobs.stored()).items()} == {
        "a": True,
        "b": False,
    }
    assert await jobs.load("a") == b"record a"
    with pytest.raises(StaleEpoch):
        await jobs.cancel(1, "b")
    await asyncio.gather(jobs.cancel(epoch, "a"), jobs.remove(epoch, "a"), jobs.cancel(epoch, "a"))
    assert not await jobs.cancel(epoch, "a")
    assert await jobs.job_ids() == ["b"]
    assert not jobs.is_cancelled(b"\xc1")


async def test_a_cancellation_that_comes_too_late_brings_no_job_back(
    backend: Backend, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job is removed while it is looked up: whatever the order, nothing of it is left."""
    get, slowly = backend.get, [True]

    async def slow(key: str) -> bytes | None:
        found = await get(key)
        if slowly and slowly.pop():
            await asyncio.sleep(0.01)
        return found

    jobs = JobStore(backend, storage)
    await jobs.put(1, "a", b"record")
    monkeypatch.setattr(backend, "get", slow)
    noting = asyncio.ensure_future(jobs.cancel(1, "a"))
    await asyncio.sleep(0)
    await jobs.remove(1, "a")
    await noting
    assert await jobs.job_ids() == []


async def test_a_job_put_again_replaces_the_record(backend: Backend, storage: Storage) -> None:
    """The same id twice is one job, and no bytes are left over."""
    jobs = JobStore(backend, storage)
    await jobs.put(1, "a", b"old")
    await jobs.put(1, "a", b"new")
    await jobs.put(1, "a", b"new")

    assert await jobs.load("a") == b"new"
    assert len(storage.kept) == 1


async def test_a_former_leader_stores_nothing(backend: Backend, storage: Storage) -> None:
    """A stale epoch changes neither pointers nor bytes, in any of the stores."""
    jobs, results = JobStore(backend, storage), ResultStore(backend, storage)
    checkpoints = CheckpointStore(backend, storage)
    await jobs.put(1, "a", b"record")
    await results.create_dirty(1, "z", b"result")
    await results.mark_clean(1, "z")
    backend.next_leader()
    before = (dict(storage.kept), dict(backend.election.values))

    for late in (
        jobs.put(1, "b", b"record"),
        jobs.put(1, "a", b"record"),
        jobs.remove(1, "a"),
        results.create_dirty(1, "a", b"result"),
        results.create_dirty(1, "z", b"result"),
        results.mark_clean(1, "z"),
        checkpoints.next_id(1, "a"),
        checkpoints.add(1, "a", CompletedCheckpoint(1)),
        checkpoints.discard(1, "a"),
    ):
        with pytest.raises(StaleEpoch):
            await late
    assert (storage.kept, backend.election.values) == before


async def test_a_crash_between_bytes_and_pointer_stores_nothing(backend: Backend, storage: Storage) -> None:
    """Bytes without a pointer are no job."""
    jobs = JobStore(backend, storage)
    backend.break_before_put = True
    with pytest.raises(ElectionUnavailable):
        await jobs.put(1, "a", b"record")

    assert await jobs.job_ids() == []


async def test_bytes_are_kept_when_the_pointer_may_have_been_written(backend: Backend, storage: Storage) -> None:
    """When the answer is lost the pointer may be there, so the bytes must be."""
    jobs = JobStore(backend, storage)
    backend.break_after_put = True
    with pytest.raises(ElectionUnavailable):
        await jobs.put(1, "a", b"record")
    backend.next_leader()

    assert await jobs.job_ids() == ["a"]
    assert await jobs.load("a") == b"record"


async def test_missing_and_torn_bytes_are_told_apart(backend: Backend, storage: Storage) -> None:
    """A job whose bytes are gone, shortened or changed is a typed error that names the file."""
    jobs = JobStore(backend, storage)
    await jobs.put(1, "a", b"record")
    (name,) = storage.kept
    for damage, error in ((b"reco", BlobCorrupt), (b"recorD", BlobCorrupt)):
        storage.kept[name] = damage
        with pytest.raises(error, match=name):
            await jobs.load("a")
    del storage.kept[name]
    with pytest.raises(BlobMissing, match=name):
        await jobs.load("a")
    with pytest.raises(BlobMissing):
        await jobs.load("never stored")
    backend.election.values["jobs/a"] = b"\xc1"
    with pytest.raises(BlobCorrupt):
        await jobs.load("a")


async def test_a_result_is_dirty_then_clean_and_never_gone(backend: Backend, storage: Storage) -> None:
    """A finished job stays finished: over its cleaning and over leaders."""
    results = ResultStore(backend, storage)
    assert await results.get("a") is None
    await results.create_dirty(1, "a", b"result")
    await results.create_dirty(1, "b", b"other")
    assert await results.job_ids() == {"a": False, "b": False}
    epoch = backend.next_leader()
    await results.mark_clean(epoch, "a")
    await results.mark_clean(epoch, "none")

    assert await results.job_ids() == {"a": True, "b": False}
    assert (await results.get("a"), await results.get("b")) == (b"result", b"other")
