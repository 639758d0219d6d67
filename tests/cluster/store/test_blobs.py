"""Files, memory and fsspec keep bytes alike."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from cluster.store.blobs import MAX_HANGING, BlobCorrupt, BlobHandle, BlobMissing, BlobStore
from cluster.store.places import FilePlace, StorageError

pytestmark = [pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"]), pytest.mark.real]


@pytest.fixture(params=["path", "file", "memory", "fsspec"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return {
        "path": f"{tmp_path}/deep/er",
        "file": f"file://{tmp_path}/deep/er",
        "memory": f"memory://{tmp_path}",
        "fsspec": f"local://{tmp_path}/deep/er",
    }[str(request.param)]


async def test_bytes_come_back_from_another_store_of_the_same_url(url: str) -> None:
    """Whatever keeps them, bytes written through one store are read and deleted through another."""
    store = BlobStore(url)
    store.check_writable()
    handle = await store.write("jobs/a b[0]", b"\x00bytes")
    again = BlobStore(url)
    assert await again.read(handle) == b"\x00bytes"
    await store.write("jobs/a b[0]", b"newer")
    assert await again.read(BlobHandle("jobs/a b[0]", 5, await _digest(again))) == b"newer"
    await again.delete(handle)
    await again.delete(handle)
    with pytest.raises(BlobMissing):
        await store.read(handle)


async def _digest(store: BlobStore) -> str:
    return (await store.write("other", b"newer")).sha256


@pytest.mark.parametrize("name", ["", "/etc/x", "a/../b", "a//b", ".", "a\0b"])
async def test_a_name_cannot_leave_the_store(name: str, tmp_path: Path) -> None:
    """Names are relative paths of ordinary words."""
    with pytest.raises(StorageError):
        await BlobStore(str(tmp_path)).write(name, b"")


async def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails in the middle of a write leaves the old bytes and no half file."""
    store = BlobStore(str(tmp_path))
    handle = await store.write("a", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match="No space left on device"):
            await store.write("a", b"new and longer")

    assert await store.read(handle) == b"old"
    assert os.listdir(tmp_path) == ["a"]


async def test_empty_directories_go_with_the_last_blob(tmp_path: Path) -> None:
    """What a job leaves behind is nothing, not a tree of empty directories."""
    store = BlobStore(str(tmp_path))
    one, two = await store.write("c/j/1", b""), await store.write("c/j/2", b"")
    await store.delete(one)
    assert os.listdir(tmp_path) == ["c"]
    await store.delete(two)
    assert os.listdir(tmp_path) == []


async def test_a_directory_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    """Unmounted or moved away: nothing is written to what is in its place, nothing in it is called missing."""
    root = tmp_path / "disk"
    store = BlobStore(str(root))
    with pytest.raises(StorageError, match=f"the directory {root} is not there"):
        await store.write("jobs/a", b"bytes")
    store.check_writable()
    handle = await store.write("jobs/a", b"bytes")
    root.rename(tmp_path / "away")
    for asked in (store.write("jobs/b", b"more"), store.read(handle), store.look(handle), store.verify(handle)):
        with pytest.raises(StorageError, match=f"the directory {root} is not there") as raised:
            await asked
        assert not isinstance(raised.value, BlobMissing)
    assert os.listdir(tmp_path) == ["away"]
    (tmp_path / "away").rename(root)
    assert await store.read(handle) == b"bytes"
    await store.write("jobs/b", b"more")


async def test_a_blob_can_be_looked_at(url: str) -> None:
    """Whether it is there and whole is known without reading it; and what is in a folder, with its size."""
    store = BlobStore(url)
    store.check_writable()
    assert await store.files("jobs") == []
    handle = await store.write("jobs/deep/a", b"bytes")
    await store.write("other/b", b"")
    await store.look(handle)
    await store.verify(handle)
    assert [(one.name, one.size_bytes) for one in await store.files("jobs")] == [("jobs/deep/a", 5)]
    with pytest.raises(BlobCorrupt, match="has 5 bytes, 4 were written"):
        await store.look(BlobHandle("jobs/deep/a", 4, ""))
    with pytest.raises(BlobMissing):
        await store.look(BlobHandle("jobs/deep/c", 4, ""))
    with pytest.raises(BlobMissing):
        await store.verify(BlobHandle("jobs/deep/c", 4, ""))
    await store.write("jobs/deep/a", b"Bytes")
    await store.look(handle)
    with pytest.raises(BlobCorrupt, match="sha256"):
        await store.verify(handle)


class Hanging(FilePlace):
    """A disk that does not answer until it is let."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.answers = threading.Event()

    def read(self, name: str) -> bytes | None:
        self.answers.wait()
        return super().read(name)

    def check_writable(self) -> None:
        self.answers.wait()


async def test_a_disk_that_hangs_does_not_hang_its_user(tmp_path: Path) -> None:
    """An operation fails after its time, threads that hang are bounded, and all is well when the disk answers again."""
    store = BlobStore(str(tmp_path))
    handle = await store.write("a", b"bytes")
    store._timeout_s = 0.2  # enough for a thread to begin
    store._place = place = Hanging(str(tmp_path))
    for _ in range(MAX_HANGING):
        with pytest.raises(StorageError, match=r"it has taken more than 0\.2 s"):
            await store.read(handle)
    before = threading.active_count()
    with pytest.raises(StorageError, match=r"a small file in .* cannot be written: 8 operations hang"):
        await store.check()
    with pytest.raises(StorageError, match="8 operations hang there already"):
        await store.write("b", b"")
    assert threading.active_count() == before
    place.answers.set()
    async with asyncio.timeout(10):
        while store._hanging:  # noqa: ASYNC110 - threads set no event of this loop
            await asyncio.sleep(0.001)
    store._timeout_s = 30.0
    assert await store.read(handle) == b"bytes"
