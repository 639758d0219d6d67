"""What the judge takes for the newest checkpoint of a job, by what the ensemble has decided and what the disk has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgpack
import pytest

from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.simulation.disk import SimDisk
from cluster.simulation.kept import Kept
from cluster.simulation.ledger import Ledger
from cluster.store.blobs import BlobHandle
from cluster.store.forgotten import metadata_name
from cluster.store.pointed import Pointer
from runtime.sim.campaign import Record
from runtime.sim.trace import Trace

NAME, JOB = "sim-kept", f"{1:032x}"


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """Of a job with one task, on a disk of its own."""
    ledger = Ledger()
    ledger.start(0, 0)
    yield ledger
    SimDisk.forget(NAME)


def written(name: str, data: bytes) -> BlobHandle:
    SimDisk(f"sim://{NAME}/ha").write(name, data)
    return BlobHandle(name, len(data), hashlib.sha256(data).hexdigest())


def checkpoint(number: int, epoch: int, count: int) -> BlobHandle:
    """All of it is on the disk, and nobody points to it."""
    state = written(f"checkpoints/{JOB}/{number}/count-0-{epoch}-1", msgpack.packb(count))
    states = {"count[0]": (state.name, state.size_bytes, state.sha256)}
    data = CompletedCheckpoint(number, states, attempts={"count[0]": 1}).to_bytes()
    return written(metadata_name(JOB, number, epoch, hashlib.sha256(data).hexdigest()), data)


def test_what_no_pointer_names_takes_the_place_of_a_rotten_one(ledger: Ledger) -> None:
    """Decision 18: where the newest is damaged, one that is younger and whole is gone on from, and nothing less."""
    kept = Kept(NAME, [ledger], Record(Trace(), lambda: 0.0))
    pointers = [checkpoint(number, 1, 10 * number) for number in (1, 2)]
    for number, pointer in enumerate(pointers, 1):
        kept.decided(JOB, number, Pointer(pointer).to_bytes())
    checkpoint(3, 1, 30)
    kept.spoiled(1)  # though nothing has changed
    assert (ledger.owed, ledger.unpointed(0)) == ({0: 20}, set())
    ledger.start(0, 30)
    assert ledger.unkept == [(0, 2, 30)]
    SimDisk.spoil(NAME, pointers[1].name, lambda _: None)
    kept.spoiled(1)
    assert (ledger.owed, ledger.unpointed(0)) == ({0: 30}, {30})
    ledger.start(0, 30)
    assert ledger.unkept == [(0, 2, 30)]


@pytest.mark.parametrize("of", ["metadata", "state"])
def test_what_is_not_whole_takes_no_place(ledger: Ledger, of: str) -> None:
    """One that is itself damaged, or that is older than the damaged one, owes nothing."""
    kept = Kept(NAME, [ledger], Record(Trace(), lambda: 0.0))
    pointers = [checkpoint(number, 2, 10 * number) for number in (2, 3)]
    for number, pointer in zip((2, 3), pointers, strict=True):
        kept.decided(JOB, number, Pointer(pointer).to_bytes())
    checkpoint(9, 1, 90)  # of a leader before that
    damaged = checkpoint(4, 2, 40)
    SimDisk.spoil(NAME, pointers[1].name, lambda _: None)
    name = damaged.name if of == "metadata" else f"checkpoints/{JOB}/4/count-0-2-1"
    SimDisk.spoil(NAME, name, lambda data: data[:-1])
    kept.spoiled(1)
    assert (ledger.owed, ledger.unpointed(0)) == ({0: 20}, set())
