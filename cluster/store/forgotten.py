"""Checkpoints that the storage directory has and the election backend does not know any more. Shell: lists a folder.

A backend that has lost what it had acknowledged (an ensemble after a bad hand-over, a backup that was restored) points
to a checkpoint that is gone, because a newer one took its place; that one is still there. A name says everything that
the lost pointer did: number, epoch and sha256. So what is found is whole, or it is not taken.
Deliberately not here: when to look (`cluster.store.checkpoints`), and cleaning up (`cluster.store.orphans`).
"""

from __future__ import annotations

import re

from cluster.store.blobs import BlobHandle, Blobs

METADATA_FOLDER = "completed-checkpoints"
_NAME = re.compile(r"(\d+)-(?:([0-9a-f]{64})-)?(\d+)")


def metadata_name(job_id: str, number: int, epoch: int, sha256: str) -> str:
    """The name of a checkpoint's metadata.

    Args:
        job_id: Of the job.
        number: Of the checkpoint.
        epoch: Of the leader that writes it.
        sha256: Of the metadata, hexadecimal.
    """
    return f"{METADATA_FOLDER}/{job_id}/{number}-{sha256}-{epoch}"


def metadata_number(name: str) -> int:
    """The number of the checkpoint, from a name that `metadata_name` made."""
    return int(name.rpartition("/")[2].partition("-")[0])


async def newer_metadata(blobs: Blobs, job_id: str, than: BlobHandle) -> list[BlobHandle]:
    """What was written after the metadata `than`, the newest first.

    An epoch is never given twice, even by a backend that forgets, as long as a candidate remembers it; a number may be.
    So the epoch comes first.

    Args:
        blobs: Of the metadata.
        job_id: Of the job.
        than: What the backend points to.

    Raises:
        StorageError: If the folder cannot be listed.
    """
    known = _place(than.name)
    if known is None:
        return []
    found = []
    for file in await blobs.files(f"{METADATA_FOLDER}/{job_id}"):
        place = _place(file.name)
        if place is not None and place[2] and place[:2] > known[:2]:
            found.append((place, BlobHandle(file.name, file.size_bytes, place[2])))
    return [handle for _, handle in sorted(found, key=lambda one: one[0], reverse=True)]


def _place(name: str) -> tuple[int, int, str] | None:
    """Epoch, number and sha256 of a name; the last one empty if it was written by an older release."""
    parts = _NAME.fullmatch(name.rpartition("/")[2])
    return (int(parts[3]), int(parts[1]), parts[2] or "") if parts else None
