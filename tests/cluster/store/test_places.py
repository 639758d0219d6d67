"""What keeps bytes says clearly when it cannot."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cluster.store.blobs import BlobStore
from cluster.store.places import FilePlace, StorageError, local_path


def test_a_directory_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    """The error names the directory and the reason: here a file stands in its way."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as refused:
        BlobStore(f"{tmp_path}/file/sub").check_writable()
    assert f"{tmp_path}/file/sub" in str(refused.value)
    assert "Not a directory" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_directory_is_one_clear_line(tmp_path: Path) -> None:
    """Permission denied is said as such."""
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(StorageError, match="Permission denied"):
        BlobStore(str(tmp_path)).check_writable()


def test_a_folder_that_is_deleted_meanwhile_is_made_again(tmp_path: Path) -> None:
    """Whoever deletes the last file of a folder takes that along: a write that comes just then is none that failed."""

    class Raced(FilePlace):
        deletes = 5

        def _make(self, folder: Path) -> None:
            super()._make(folder)
            if folder != tmp_path and self.deletes:
                self.deletes -= 1
                folder.rmdir()

    place = Raced(str(tmp_path))
    place.write("jobs/j/1", b"x")
    assert (place.read("jobs/j/1"), place.deletes) == (b"x", 0)
    place.deletes = 1000
    with pytest.raises(StorageError, match="deleted again and again"):
        place.write("k/1", b"x")


def test_an_unknown_url_is_one_clear_line() -> None:
    """A filesystem that fsspec does not know is named."""
    with pytest.raises(StorageError, match="nosuchfs"):
        BlobStore("nosuchfs://host/x")


def test_files_need_no_fsspec(tmp_path: Path) -> None:
    """The library fsspec is imported only for URLs that need it: a process with files starts without."""
    code = (
        "import sys; from cluster.store.blobs import BlobStore; BlobStore(sys.argv[1]); print('fsspec' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "False"


@pytest.mark.real
def test_a_killed_writer_leaves_whole_files_only(tmp_path: Path) -> None:
    """After kill -9 in the middle of writing, under the blob's name there is a whole version, whichever."""
    code = (
        "import sys; from cluster.store.places import FilePlace\n"
        "place = FilePlace(sys.argv[1])\n"
        "for n in range(10**9):\n"
        "    place.write('blob', bytes([n % 251]) * 200_000)\n"
        "    n == 0 and print('begun', flush=True)\n"
    )
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
        with writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            writer.kill()
        data = FilePlace(str(tmp_path)).read("blob")
        assert data is not None
        assert len(data) == 200_000
        assert len(set(data)) == 1


@pytest.mark.parametrize(
    ("url", "path"),
    [("/srv/x", "/srv/x"), ("x", "x"), ("file:///srv/x", "/srv/x"), ("file:/srv/x", "/srv/x"), ("s3://b/x", None)],
)
def test_a_path_of_this_machine_is_told_from_others(url: str, path: str | None) -> None:
    """Plain paths and file URLs are local; other URLs are not."""
    assert local_path(url) == path


@pytest.mark.parametrize(("url", "package"), [("s3://bucket/x", "s3fs"), ("hdfs://namenode:8020/x", "pyarrow")])
def test_a_missing_package_is_named(url: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL whose filesystem is not installed is one line with the package to install."""
    monkeypatch.setitem(sys.modules, package, None)
    for module in [name for name in sys.modules if name.startswith(f"{package}.")]:
        monkeypatch.delitem(sys.modules, module)
    with pytest.raises(StorageError) as refused:
        BlobStore(url)
    assert f"pip install {package}" in str(refused.value)
    assert "\n" not in str(refused.value)
