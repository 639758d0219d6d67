"""`CompletedCheckpoint`: what a job is restored from, as it is stored.

Pure; `cluster.store.checkpoints` keeps the bytes. Deliberately not here: the states, which are blobs of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import msgpack

VERSION = 1

StateHandle: TypeAlias = tuple[str, int, str]
"""Where a task's state is: name of the blob, its size in bytes, its sha256."""


class UnreadableCheckpoint(ValueError):
    """Bytes that are no checkpoint, or one of a version that this program does not know."""


@dataclass(frozen=True, slots=True)
class Restorable:
    """What a job can be restored from.

    Attributes:
        checkpoint: The newest one that can be read, or `None` if there never was one.
        skipped: Those before it in line that cannot be read: why, by number. A number may be lower than that of
            `checkpoint`, if the election backend has forgotten the newest.
    """

    checkpoint: CompletedCheckpoint | None = None
    skipped: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompletedCheckpoint:
    """A consistent state of all tasks of a job.

    Attributes:
        checkpoint_id: Rises from 1, also over failovers.
        states: For each task that was running: where its state is.
        results: For each task that had finished: what it returned. It is not run again.
        attempts: Attempt of each task that was running.
        duration_s: From the trigger to the last acknowledgement.
        completed_at: Wall time, seconds since 1970, for people only.
    """

    checkpoint_id: int
    states: Mapping[str, StateHandle] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)
    attempts: Mapping[str, int] = field(default_factory=dict)
    duration_s: float = 0.0
    completed_at: float = 0.0

    @property
    def state_bytes(self) -> int:
        """Size of all states together."""
        return sum(size_bytes for _, size_bytes, _ in self.states.values())

    def restores(self, task_id: str) -> tuple[int, StateHandle] | None:
        """Its number and the state of a task; `None` if it has none."""
        handle = self.states.get(task_id)
        return (self.checkpoint_id, handle) if handle else None

    def to_bytes(self) -> bytes:
        """As MessagePack."""
        packed: bytes = msgpack.packb(
            {
                "version": VERSION,
                "checkpoint_id": self.checkpoint_id,
                "states": {task_id: list(handle) for task_id, handle in self.states.items()},
                "results": dict(self.results),
                "attempts": dict(self.attempts),
                "duration_s": self.duration_s,
                "completed_at": self.completed_at,
            }
        )
        return packed

    @classmethod
    def from_bytes(cls, data: bytes) -> CompletedCheckpoint:
        """The checkpoint that `to_bytes` wrote.

        Raises:
            UnreadableCheckpoint: If it cannot be read, and why.
        """
        try:
            plain = msgpack.unpackb(data, strict_map_key=False)
            if not isinstance(plain, dict) or plain.get("version") != VERSION:
                found = plain.get("version") if isinstance(plain, dict) else type(plain).__name__
                raise UnreadableCheckpoint(f"a checkpoint of version {VERSION} was expected, not {found!r}")
            return cls(
                checkpoint_id=int(plain["checkpoint_id"]),
                states={
                    str(task_id): (str(name), int(size_bytes), str(sha256))
                    for task_id, (name, size_bytes, sha256) in plain["states"].items()
                },
                results=dict(plain["results"]),
                attempts={str(task_id): int(attempt) for task_id, attempt in plain["attempts"].items()},
                duration_s=float(plain["duration_s"]),
                completed_at=float(plain["completed_at"]),
            )
        except UnreadableCheckpoint:
            raise
        except (msgpack.exceptions.UnpackException, AttributeError, ValueError, KeyError, TypeError) as error:
            raise UnreadableCheckpoint(f"the checkpoint cannot be read: {error!r}") from error


def finished_in(checkpoint: CompletedCheckpoint | None) -> Mapping[str, Any]:
    """What those tasks returned that had finished by then, which never run again; nothing without a checkpoint."""
    return checkpoint.results if checkpoint is not None else {}
