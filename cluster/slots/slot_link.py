"""What a TaskManager and one of its slot processes say to each other, and how that looks as bytes. Pure.

The link is an inherited socket pair, so both ends are the same release of this package: no handshake, no names, each
message a MessagePack array of a tag and the fields in order, one behind the other. It does without the frames of
`runtime.protocol` because `runtime` is more than a slot process should have to import. Its shells are
`cluster.slots.slot_channel` (the bytes), `cluster.taskmanager.slot` (the TaskManager's end) and
`cluster.slots.slot_process` (the child's end). Deliberately not here: what either side does about a message.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import msgpack

MAX_LINK_BYTES = 64 * 1024 * 1024
"""No longer message crosses a link: more than a job file or a result that fits into a frame between two machines."""


@dataclass(frozen=True, slots=True)
class Run:
    """Run one attempt of one task; the only one this process will ever run.

    Attributes:
        epoch: Of the leader that deployed it; with `attempt` it names the attempt for ever.
        job_id: Of the job.
        task_id: `name[index]`.
        attempt: Counts from 1.
        source: Where the job comes from, as `JobSource.to_wire` gives it.
        task: Name of the `TaskSpec`.
        index: Of this parallel instance, from 0.
        parallelism: Of the task.
        restore: `[checkpoint_id, [name, size_bytes, sha256]]`, or None to start afresh.
        storage: URL under which snapshots are written and read.
        max_result_bytes: A result that packs to more fails the task.
        verbose: Whether the task's log shows `info` and `debug` too.
    """

    epoch: int
    job_id: str
    task_id: str
    attempt: int
    source: Any
    task: str
    index: int
    parallelism: int
    restore: Any
    storage: str
    max_result_bytes: int
    verbose: bool = False


@dataclass(frozen=True, slots=True)
class Cancel:
    """Ask the task to end: `run` is cancelled once. A task that does not listen is killed later."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Take the state for this checkpoint and write it."""

    checkpoint_id: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The process has imported what it needs and waits for `Run`."""


@dataclass(frozen=True, slots=True)
class Running:
    """The task is made and restored, and `run` begins."""


@dataclass(frozen=True, slots=True)
class Finished:
    """`run` returned; `result` is what it returned, as MessagePack."""

    result: bytes


@dataclass(frozen=True, slots=True)
class Canceled:
    """`run` ended because of `Cancel`."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The attempt failed.

    Attributes:
        error: For people, with the user's traceback.
        recoverable: Whether another attempt may fare better.
    """

    error: str
    recoverable: bool


@dataclass(frozen=True, slots=True)
class SnapshotDone:
    """The state is in the store; `handle` is `[name, size_bytes, sha256]`."""

    checkpoint_id: int
    handle: Any


@dataclass(frozen=True, slots=True)
class SnapshotFailed:
    """The state could not be taken or written, and why; the task runs on."""

    checkpoint_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What the task says of itself, for people; newest counts."""

    value: Any


ToSlot: TypeAlias = Run | Cancel | Snapshot
FromSlot: TypeAlias = Ready | Running | Finished | Canceled | Failed | SnapshotDone | SnapshotFailed | Progress
LinkMessage: TypeAlias = ToSlot | FromSlot

_CLASSES: tuple[type[Any], ...] = (
    Run, Cancel, Snapshot, Ready, Running, Finished, Canceled, Failed, SnapshotDone, SnapshotFailed, Progress,
)  # fmt: skip
_TAGS: dict[type[Any], int] = {cls: tag for tag, cls in enumerate(_CLASSES)}


class LinkError(Exception):
    """The other end of a link sent what no slot process of this release sends."""


def encode(message: LinkMessage) -> bytes:
    """One message as bytes.

    Raises:
        LinkError: If it is longer than `MAX_LINK_BYTES`.
    """
    packed: bytes = msgpack.packb([_TAGS[type(message)], *(getattr(message, field.name) for field in fields(message))])
    if len(packed) > MAX_LINK_BYTES:
        raise LinkError(f"a {type(message).__name__} of {len(packed)} bytes is longer than {MAX_LINK_BYTES}")
    return packed


class LinkDecoder:
    """Bytes in, messages out. One for each end of each link."""

    def __init__(self) -> None:
        self._stream = msgpack.Unpacker(max_buffer_size=MAX_LINK_BYTES + 1024 * 1024, strict_map_key=False)

    def feed(self, data: bytes) -> list[LinkMessage]:
        """The messages that `data` completes, in order.

        Raises:
            LinkError: If the bytes are not messages of this link; nothing after that can be trusted.
        """
        try:
            self._stream.feed(data)
            return [_decode(plain) for plain in self._stream]
        except LinkError:
            raise
        except Exception as error:
            raise LinkError(f"bytes on the link of a slot process are no messages: {error!r}") from error


def _decode(plain: Any) -> LinkMessage:
    if not isinstance(plain, list) or not plain or not isinstance(plain[0], int):
        raise LinkError(f"what came on the link of a slot process is no message: {str(plain)[:80]}")
    tag, *values = plain
    if not 0 <= tag < len(_CLASSES):
        raise LinkError(f"unknown message {tag} on the link of a slot process")
    message: LinkMessage = _CLASSES[tag](*values)
    return message
