"""What a TaskManager and one of its slot processes say to each other, and how that looks as bytes. Pure.

The link is an inherited socket pair, so both ends are the same release of this package: no handshake, no names, a tag
and the fields in order. Its shells are `cluster.slot_channel` (the bytes), `cluster.slot` (the TaskManager's end) and
`cluster.slot_process` (the child's end). Deliberately not here: what either side does about a message.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import msgpack

from runtime.protocol.frames import FrameDecoder, encode_frame

MAX_LINK_FRAME_BYTES = 64 * 1024 * 1024
"""Nothing longer crosses a link: more than a job file or a result that fits into a frame between two machines."""


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
    """One message as one frame.

    Raises:
        FrameTooLarge: If it is longer than `MAX_LINK_FRAME_BYTES`.
    """
    payload = [_TAGS[type(message)], *(getattr(message, field.name) for field in fields(message))]
    return encode_frame(msgpack.packb(payload), MAX_LINK_FRAME_BYTES)


class LinkDecoder:
    """Bytes in, messages out. One for each end of each link."""

    def __init__(self) -> None:
        self._frames = FrameDecoder(MAX_LINK_FRAME_BYTES)

    def feed(self, data: bytes) -> list[LinkMessage]:
        """The messages that `data` completes, in order.

        Raises:
            LinkError: If the bytes are not messages of this link; nothing after that can be trusted.
        """
        try:
            return [_decode(frame) for frame in self._frames.feed(data)]
        except LinkError:
            raise
        except Exception as error:
            raise LinkError(f"bytes on the link of a slot process are no messages: {error}") from error


def _decode(frame: bytes) -> LinkMessage:
    payload = msgpack.unpackb(frame, strict_map_key=False)
    if not isinstance(payload, list) or not payload or not isinstance(payload[0], int):
        raise LinkError(f"a frame on the link of a slot process is no message: {str(payload)[:80]}")
    tag, *values = payload
    if not 0 <= tag < len(_CLASSES):
        raise LinkError(f"unknown message {tag} on the link of a slot process")
    message: LinkMessage = _CLASSES[tag](*values)
    return message
