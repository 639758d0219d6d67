"""Bytes with a pointer: the order of writing and deleting that all three stores share.

Bytes first, then the pointer, so that a pointer always finds its bytes; to delete, the pointer first. When it is not
known whether a pointer was written, the bytes stay. Deliberately not here: what is stored (the stores beside this).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import msgpack

from cluster.election.driver import PointerStore, StaleEpoch
from cluster.store.blobs import BlobCorrupt, BlobHandle, Blobs
from cluster.store.places import StorageError


@dataclass(frozen=True, slots=True)
class Pointer:
    """The small value in the election backend.

    Attributes:
        handle: Of the bytes.
        mark: A word of the store's own.
    """

    handle: BlobHandle
    mark: str = ""

    def to_bytes(self) -> bytes:
        """As MessagePack."""
        packed: bytes = msgpack.packb([self.handle.name, self.handle.size_bytes, self.handle.sha256, self.mark])
        return packed

    @classmethod
    def from_bytes(cls, data: bytes) -> Pointer:
        """What `to_bytes` wrote.

        Raises:
            BlobCorrupt: If it is something else.
        """
        try:
            name, size_bytes, sha256, mark = msgpack.unpackb(data)
            return cls(BlobHandle(str(name), int(size_bytes), str(sha256)), str(mark))
        except (ValueError, TypeError, msgpack.UnpackException) as error:
            raise BlobCorrupt(f"a pointer in the election backend cannot be read: {error}") from error


class PointedBlobs:
    """Bytes that are found by keys of the election backend.

    Args:
        pointers: Of the election backend.
        blobs: Of the storage directory.
    """

    def __init__(self, pointers: PointerStore, blobs: Blobs) -> None:
        self.pointers = pointers
        self._blobs = blobs

    async def put(self, key: str, name: str, data: bytes, epoch: int, mark: str = "") -> None:
        """Write `data` as blob `name` and let `key` point to it; what it pointed to before is deleted.

        Args:
            key: In the election backend.
            name: Of the blob; contains `epoch`, so that no two leaders ever write the same.
            data: The bytes.
            epoch: Of the leader.
            mark: A word of the store's own.

        Raises:
            StaleEpoch: If another leads; then nothing was changed.
            StorageError: If the bytes cannot be written; likewise.
            ElectionUnavailable: If it is not known whether the pointer was written. The bytes are kept.
        """
        before = await self.pointers.get(key)
        pointer = Pointer(await self._blobs.write(name, data), mark)
        try:
            await self.pointers.put(key, pointer.to_bytes(), epoch)
        except StaleEpoch:
            # Not if an earlier, identical write of ours was in time: then these are its bytes.
            if before is None or _blob_name(before) != name:
                with contextlib.suppress(StorageError):
                    await self._blobs.delete(pointer.handle)
            raise
        if before is not None:
            with contextlib.suppress(StorageError):  # left behind: nothing needs it any more
                old = Pointer.from_bytes(before).handle
                if old.name != name:
                    await self._blobs.delete(old)

    async def delete(self, key: str, epoch: int) -> bool:
        """Delete the pointer, then the bytes; whether it was there. Bytes that cannot be deleted are left behind.

        Raises:
            StaleEpoch: If another leads; then nothing was changed.
        """
        pointer = await self.pointers.get(key)
        was_there = await self.pointers.delete(key, epoch)
        if was_there and pointer is not None:
            with contextlib.suppress(StorageError):
                await self._blobs.delete(Pointer.from_bytes(pointer).handle)
        return was_there

    async def read(self, pointer: bytes) -> bytes:
        """The bytes that a pointer names.

        Raises:
            BlobCorrupt: If the pointer, or the bytes, are not what was stored.
            BlobMissing: If the bytes are not there.
            StorageError: If they cannot be read.
        """
        return await self._blobs.read(Pointer.from_bytes(pointer).handle)


def _blob_name(pointer: bytes) -> str:
    try:
        return Pointer.from_bytes(pointer).handle.name
    except BlobCorrupt:
        return ""
