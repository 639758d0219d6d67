"""A storage directory on a disk of its own that gets really full, and then read-only. Needs the right to mount."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.store.blobs import BlobStore
from cluster.store.places import StorageError

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_factories=["asyncio"])]


def mount(*words: str) -> bool:
    """Whether it could be done."""
    return subprocess.run(["mount", *words], capture_output=True, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB."""
    directory = tmp_path / "disk"
    directory.mkdir()
    try:
        mounted = mount("-t", "tmpfs", "-o", "size=256k", "deathwatch-test", str(directory))
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("a disk may not be mounted here")
    yield directory
    subprocess.run(["umount", "-l", str(directory)], check=True)


async def test_a_full_disk_and_a_read_only_one(disk: Path) -> None:
    """What does not fit leaves nothing and costs nothing that was there; the reason is said; room is used again."""
    store = BlobStore(f"file://{disk}/recovery")
    store.check_writable()
    old = await store.write("states/a", b"a" * 100_000)
    with pytest.raises(StorageError, match="states/b cannot be written: No space left on device"):
        await store.write("states/b", b"b" * 200_000)
    with pytest.raises(StorageError, match="No space left"):
        await store.write("states/a", b"A" * 200_000)
    assert await store.read(old) == b"a" * 100_000
    assert [one.name for one in await store.files("states")] == ["states/a"]
    await store.delete(old)
    new = await store.write("states/b", b"b" * 200_000)

    assert mount("-o", "remount,ro", str(disk))
    with pytest.raises(StorageError, match="Read-only file system"):
        await store.write("states/c", b"c")
    with pytest.raises(StorageError, match="Read-only file system"):
        store.check_writable()
    with pytest.raises(StorageError, match="states/b cannot be deleted: Read-only file system"):
        await store.delete(new)
    assert await store.read(new) == b"b" * 200_000
    assert mount("-o", "remount,rw", str(disk))
    store.check_writable()
