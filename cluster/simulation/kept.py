"""`Kept`: what the newest checkpoint of each job holds, so that no start may go on from less (I6). For judges.

Read from what the ensemble has decided and what the disk has, past the stores of the code under test: a pointer that
is decided names what is there, whole, and each state in it; from then on it counts, and who starts a task later owes
at least that. Where the bytes of the newest one have changed, one that is whole on the disk, and to which a leader that
died has not come to point, may be gone on from instead (decision 18). Pure but for the simulated disk. Deliberately not
here: other rules (`cluster.simulation.invariants`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import msgpack

from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.simulation.disk import SimDisk
from cluster.simulation.ledger import Ledger
from cluster.store.blobs import BlobHandle
from cluster.store.pointed import Pointer
from runtime.sim.campaign import Record

_INDEX = re.compile(r"\[(\d+)\]")
_NAME = re.compile(r"completed-checkpoints/([0-9a-f]+)/(\d+)-([0-9a-f]{64})-(\d+)")
"""Of metadata: job, number, sha256, epoch of the leader that wrote it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One that has counted.

    Attributes:
        metadata: Its own bytes.
        states: What it has of each task, by index: the bytes, and the count in them.
    """

    metadata: BlobHandle
    states: Mapping[int, tuple[BlobHandle, int]]

    @property
    def handles(self) -> list[BlobHandle]:
        """All bytes that it needs."""
        return [self.metadata, *(handle for handle, _ in self.states.values())]


class Kept:
    """The checkpoints that count.

    Args:
        cluster: Name of the simulated cluster, whose disk it is.
        ledgers: Of its jobs, in the order of their numbers; each is told what its tasks owe.
        record: Is told, and raises.
    """

    def __init__(self, cluster: str, ledgers: Sequence[Ledger], record: Record) -> None:
        self._cluster = cluster
        self._ledgers = ledgers
        self._record = record
        self._checkpoints: dict[int, dict[int, Checkpoint]] = {}
        self._needs: dict[str, frozenset[str]] = {}

    def decided(self, job_id: str, number: int, pointer: bytes) -> None:
        """The ensemble has a pointer to a checkpoint of a job."""
        what = f"checkpoint {number} of job {int(job_id, 16)}"
        metadata = Pointer.from_bytes(pointer).handle
        checkpoint = CompletedCheckpoint.from_bytes(self._read(what, metadata))
        ledger = self._ledgers[int(job_id, 16) - 1]
        tasks = ledger.lives.keys() - {_index(task_id) for task_id in (*checkpoint.states, *checkpoint.results)}
        self._record.require(not tasks, "I6", f"{what} counts, and has nothing of tasks {sorted(tasks)}")
        states: dict[int, tuple[BlobHandle, int]] = {}
        for task_id, handle in checkpoint.states.items():
            own = f"/{number}/" in handle[0]
            self._record.require(own, "I6", f"{what} has {handle[0]} of {task_id}, which was not taken for it")
            asked, given = checkpoint.attempts.get(task_id, 0), int(handle[0].rpartition("-")[2])
            text = f"{what} has the state of attempt {given} of {task_id}, and attempt {asked} was asked"
            self._record.require(given == asked, "I6", text)
            state = msgpack.unpackb(self._read(f"the state of {task_id} in {what}", BlobHandle(*handle)))
            index, owed = _index(task_id), ledger.owed
            before = owed.get(index, 0)
            self._record.require(state >= before, "I6", f"{what} has {state} of {task_id}, and {before} was kept")
            owed[index] = state
            ledger.kept.setdefault(index, {0}).add(state)
            states[index] = (BlobHandle(*handle), state)
            ledger.attempts[index] = checkpoint.attempts.get(task_id, 0)
        ledger.owed.update({_index(task_id): int(count) for task_id, count in checkpoint.results.items()})
        self._checkpoints.setdefault(int(job_id, 16), {})[number] = Checkpoint(metadata, states)
        self._needs[metadata.name] = frozenset(handle.name for handle, _ in states.values())

    def whole(self, number: int) -> list[Checkpoint]:
        """The checkpoints of a job that are as they were written, newest first."""
        kept = self._checkpoints.get(number, {})
        return [kept[one] for one in sorted(kept, reverse=True) if all(map(self._is_whole, kept[one].handles))]

    def needed(self, metadata: str) -> frozenset[str]:
        """Names of the states of the checkpoint of that name."""
        return self._needs.get(metadata, frozenset())

    def spoiled(self, number: int) -> None:
        """Something that a job has kept was changed, and its leader dies: the newest whole one is owed now."""
        ledger = self._ledgers[number - 1]
        ledger.attempts.clear()  # those of an older one are lower
        ledger.unpointed = partial(self._unpointed_counts, number)
        for one in [*self._unpointed(number), *self.whole(number)][:1]:
            ledger.owed.update({index: state for index, (_, state) in one.states.items()})

    def hidden(self, number: int, files: Collection[str]) -> None:
        """All that pointers of a job name is away for a while: who reads slowly may find the oldest back, and no other.

        So no more than that is owed, until another counts. And who finds none of them may go on from a younger one, to
        which a leader that died has not come to point.
        """
        ledger = self._ledgers[number - 1]
        younger = self._unpointed(number) if number in self._checkpoints else []
        ledger.unpointed = partial(self._unpointed_counts, number, younger=younger)
        for one in self._checkpoints.get(number, {}).values():
            if one.metadata.name in files:
                ledger.attempts.clear()  # those of an older one are lower
                for index, (_, state) in one.states.items():
                    ledger.owed[index] = min(ledger.owed.get(index, 0), state)

    def _unpointed_counts(self, number: int, index: int, younger: Sequence[Checkpoint] = ()) -> set[int]:
        found = [*younger, *self._unpointed(number)] if number in self._checkpoints else []
        return {one.states[index][1] for one in found if index in one.states}

    def _unpointed(self, number: int) -> list[Checkpoint]:
        """What is whole, and younger than the newest that counts, which is not; no pointer names it. Youngest first."""
        kept = self._checkpoints[number]
        newest = kept[max(kept)]
        if all(map(self._is_whole, newest.handles)):
            return []
        found = {}
        for name, data in SimDisk.all_kept(self._cluster).items():
            match = _NAME.fullmatch(name)
            if match is None or int(match[1], 16) != number or _age(name) <= _age(newest.metadata.name):
                continue
            metadata = BlobHandle(name, len(data), match[3])
            states = self._states(data) if self._is_whole(metadata) else None
            if states is not None:
                found[_age(name)] = Checkpoint(metadata, states)
        return [found[age] for age in sorted(found, reverse=True)]

    def _states(self, metadata: bytes) -> dict[int, tuple[BlobHandle, int]] | None:
        """What a checkpoint has of each task; `None` if not all of it is whole."""
        states = {}
        for task_id, (name, size_bytes, sha256) in CompletedCheckpoint.from_bytes(metadata).states.items():
            handle = BlobHandle(name, size_bytes, sha256)
            if not self._is_whole(handle):
                return None
            states[_index(task_id)] = (handle, int(msgpack.unpackb(SimDisk.kept(self._cluster, name) or b"")))
        return states

    def ended(self, job_id: str, pointer: Pointer) -> None:
        """The ensemble has a pointer to the result of a job: it is over, and nothing of it is at work."""
        ledger, number = self._ledgers[int(job_id, 16) - 1], int(job_id, 16)
        self._read(f"the result of job {number}", pointer.handle)
        ledger.ended = len(ledger.steps)
        busy = [one for one, process in ledger.processes.items() if ledger.runs(process)]
        self._record.require(not busy, "I11", f"job {number} has ended, and {busy} (task, life) are at work")

    def _is_whole(self, handle: BlobHandle) -> bool:
        data = SimDisk.kept(self._cluster, handle.name)
        return data is not None and hashlib.sha256(data).hexdigest() == handle.sha256

    def _read(self, what: str, handle: BlobHandle) -> bytes:
        data = SimDisk.kept(self._cluster, handle.name)
        self._record.require(data is not None, "I6", f"{what} counts, and {handle.name} is not there")
        data = data or b""
        is_whole = hashlib.sha256(data).hexdigest() == handle.sha256
        self._record.require(is_whole, "I6", f"{what} counts, and {handle.name} is not what was written")
        return data


def _index(task_id: str) -> int:
    found = _INDEX.search(task_id)
    return int(found[1]) if found is not None else 0


def _age(name: str) -> tuple[int, int]:
    """Of metadata: the epoch in which it was written, and its number; the higher, the younger."""
    match = _NAME.fullmatch(name)
    return (int(match[4]), int(match[2])) if match is not None else (0, 0)
