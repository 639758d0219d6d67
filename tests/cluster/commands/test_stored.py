"""`deathwatch ha list | verify | export | gc`: over a storage directory and an election file, without a leader."""

from __future__ import annotations

import asyncio
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from cluster.backends import sqlite_driver
from cluster.cli import call
from cluster.commands.export import export, open_target
from cluster.config import load
from cluster.election.reader import Reader
from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.model.job import JobStatus
from cluster.model.job_record import JobRecord, TaskRecord
from cluster.model.job_result import JobResult
from cluster.model.job_source import JobSource
from cluster.store.blobs import BlobStore
from cluster.store.checkpoints import CheckpointStore
from cluster.store.inventory import Inventory, read_inventory
from cluster.store.jobs import JobStore
from cluster.store.results import ResultStore
from cluster.store.verification import Rooms, complaints
from tests.cluster.leading import lead

pytestmark = pytest.mark.real


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    return ["-D", "high-availability=sqlite", "-D", f"high-availability.storageDir={tmp_path}/store"]


@pytest.fixture
def stored(options: list[str], tmp_path: Path) -> Path:
    """A job with two checkpoints, an ended job, and two files that nothing points to; where they are."""
    config, _ = load(None, options[1::2])

    async def fill() -> None:
        driver = sqlite_driver(config)
        epoch = await lead(driver)
        blobs = BlobStore(config.storage_url)
        jobs, checkpoints = JobStore(driver.pointers, blobs), CheckpointStore(driver.pointers, blobs, retained=2)
        source = JobSource(file_name="job.py", code=b"job = 1")
        record = JobRecord("j1", "counter", source, (TaskRecord("count", 1, {}),))
        await jobs.put(epoch, "j1", record.to_bytes())
        for _ in range(2):
            number = await checkpoints.next_id(epoch, "j1")
            handle = await blobs.write(f"checkpoints/j1/{number}/count-0", b"\x07")
            where = (handle.name, handle.size_bytes, handle.sha256)
            await checkpoints.add(epoch, "j1", CompletedCheckpoint(number, {"count[0]": where}))
        result = JobResult("j0", "old", JobStatus.FINISHED, {"count[0]": 3})
        await ResultStore(driver.pointers, blobs).create_dirty(epoch, "j0", result.to_bytes())
        await blobs.write("checkpoints/j1/9/count-0", b"lost")
        await blobs.write("submitted-jobs/young-1-0123456789abcdef", b"young")
        await driver.close()

    asyncio.run(fill())
    place = tmp_path / "store" / "default"
    for path in place.rglob("*"):
        if path.is_file() and "young" not in path.name:
            os.utime(path, (1.0, 1.0))
    return place


def answered(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = call(list(words))
    out = capsys.readouterr()
    return code, out.out, out.err


def test_what_is_stored_is_listed(stored: Path, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Jobs, checkpoints and results with their sizes and epochs, for people and as JSON."""
    code, out, _ = answered(capsys, "ha", "list", "--json", *options)
    rows: list[dict[str, Any]] = json.loads(out)
    assert code == 0
    assert [(row["kind"], row["job"], row["number"], row["epoch"]) for row in rows] == [
        ("job", "j1", 0, 1),
        ("checkpoint", "j1", 1, 1),
        ("checkpoint", "j1", 2, 1),
        ("result", "j0", 0, 1),
    ]
    assert rows[0]["what"] == "counter"
    assert rows[3]["what"] == "old FINISHED dirty"
    code, out, _ = answered(capsys, "ha", "list", *options)
    assert code == 0
    assert out.splitlines()[0].split() == ["KIND", "JOB", "NUMBER", "EPOCH", "BYTES", "WHAT"]
    assert len(out.splitlines()) == 5


def test_sound_stores_have_no_complaints(stored: Path, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0, nothing on stdout, and how much was checked on stderr."""
    assert answered(capsys, "ha", "verify", *options) == (0, "", "deathwatch: 4 pointers checked, 0 complaints\n")


def test_each_complaint_is_said(stored: Path, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A state torn, metadata changed, a result gone: a line for each, and exit code 1; the data is as it was."""
    (stored / "checkpoints/j1/2/count-0").write_bytes(b"")
    metadata = next((stored / "completed-checkpoints/j1").glob("1-*"))
    metadata.write_bytes(bytes(reversed(metadata.read_bytes())))
    next((stored / "job-results").iterdir()).unlink()
    code, out, err = answered(capsys, "ha", "verify", *options)
    assert code == 1
    assert err == "deathwatch: 4 pointers checked, 3 complaints\n"
    checkpoint_1, checkpoint_2, result = sorted(out.splitlines())
    assert checkpoint_1.startswith("checkpoint j1/1: ")
    assert "sha256 differs" in checkpoint_1
    assert checkpoint_2.startswith("checkpoint j1/2, state of count[0]: ")
    assert "has 0 bytes, 1 were written" in checkpoint_2
    assert result.startswith("result j0: ")
    assert "is missing" in result
    code, out, _ = answered(capsys, "ha", "verify", "--json", *options)
    assert code == 1
    assert len(json.loads(out)["complaints"]) == 3


def test_a_job_of_another_version_is_a_complaint_and_stays(
    stored: Path, options: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another release has stored is refused with both versions named, and not touched."""
    monkeypatch.setattr("cluster.model.job_record.VERSION", 2)
    code, out, _ = answered(capsys, "ha", "verify", *options)
    assert code == 1
    assert "version 2 was expected, not 1" in out
    monkeypatch.undo()
    assert answered(capsys, "ha", "verify", *options)[0] == 0


@pytest.mark.parametrize("target", ["out", "out.tar", "out.tar.gz"])
def test_everything_can_be_exported(
    stored: Path, options: list[str], tmp_path: Path, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bytes as stored, what they say as JSON, the job's file, and a manifest; into a directory or a tar file."""
    place = tmp_path / target
    assert answered(capsys, "ha", "export", str(place), *options)[0] == 0
    if target != "out":
        with tarfile.open(place) as tar:
            tar.extractall(tmp_path / "out", filter="data")
    out = tmp_path / "out"
    assert (out / "j1/job-source.py").read_bytes() == b"job = 1"
    assert json.loads((out / "j1/job.json").read_text())["name"] == "counter"
    assert (out / "j1/checkpoint-2-states/count[0].msgpack").read_bytes() == b"\x07"
    assert json.loads((out / "j0/result.json").read_text())["results"] == {"count[0]": 3}
    manifest = json.loads((out / "manifest.json").read_text())
    assert len(manifest["items"]) == 4
    assert manifest["missing"] == []
    code, _, err = answered(capsys, "ha", "export", str(place), *options)
    assert code == 1
    assert "is there already" in err


def test_one_job_can_be_exported(
    stored: Path, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only its data; what is missing of it is said, with exit code 1; a job that is not there is refused."""
    (stored / "checkpoints/j1/2/count-0").unlink()
    code, _, err = answered(capsys, "ha", "export", str(tmp_path / "out"), "--job", "j1", *options)
    assert code == 1
    assert "state of count[0]" in err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["j1", "manifest.json"]
    assert answered(capsys, "ha", "export", str(tmp_path / "no"), "--job", "j7", *options)[0] == 1


def test_orphans_are_shown_and_deleted_on_demand(
    stored: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Files without a pointer that are old enough; a dry run at first. Everything else is untouched."""
    before = {path for path in stored.rglob("*") if path.is_file()}
    code, out, err = answered(capsys, "ha", "gc", *options)
    assert code == 0
    assert out.split() == ["4", "checkpoints/j1/9/count-0"]
    assert "1 files of 4 bytes would be deleted with --delete, 1 younger files are left alone" in err
    assert {path for path in stored.rglob("*") if path.is_file()} == before
    code, out, _ = answered(capsys, "ha", "gc", "--json", *options)
    assert (code, json.loads(out)) == (
        0,
        {
            "files": [{"name": "checkpoints/j1/9/count-0", "size_bytes": 4}],
            "size_bytes": 4,
            "deleted": False,
            "complaints": [],
            "younger": 1,
            "spared_jobs": [],
        },
    )
    assert answered(capsys, "ha", "gc", "--delete", *options)[0] == 0
    after = {path for path in stored.rglob("*") if path.is_file()}
    assert before - after == {stored / "checkpoints/j1/9/count-0"}
    assert answered(capsys, "ha", "verify", *options)[0] == 0
    assert answered(capsys, "ha", "gc", "--older-than", "0", "--delete", *options)[0] == 0
    assert not (stored / "submitted-jobs/young-1-0123456789abcdef").exists()
    assert answered(capsys, "ha", "gc", "--older-than", "soon", *options)[0] == 2


def test_nothing_of_an_unreadable_checkpoint_is_taken(
    stored: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Which states it has is not known, so none of its job's goes."""
    next((stored / "completed-checkpoints/j1").glob("2-*")).write_bytes(b"x")
    code, out, err = answered(capsys, "ha", "gc", "--delete", *options)
    assert (code, out) == (0, "")
    assert "files of job j1 are spared" in err
    assert (stored / "checkpoints/j1/9/count-0").exists()


def test_without_stores_there_is_nothing_to_show(capsys: pytest.CaptureFixture[str]) -> None:
    """High-availability none stores nothing that outlives its process: said so, with exit code 1."""
    code, _, err = answered(capsys, "ha", "list")
    assert code == 1
    assert "nothing is stored" in err


def write(options: list[str], key: str, value: bytes) -> None:
    """Put it into the election's file."""
    config, _ = load(None, options[1::2])

    async def spoil() -> None:
        driver = sqlite_driver(config)
        await driver.pointers.put(key, value, await lead(driver))
        await driver.close()

    asyncio.run(spoil())


def test_a_key_without_a_number_is_a_complaint(
    stored: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What else is stored is listed and checked all the same."""
    write(options, "checkpoints/j1/newest", b"1")
    code, out, err = answered(capsys, "ha", "verify", *options)
    assert (code, err) == (1, "deathwatch: 5 pointers checked, 1 complaints\n")
    assert out == "checkpoint j1: checkpoints/j1/newest is no checkpoint's key\n"
    code, out, _ = answered(capsys, "ha", "list", *options)
    assert code == 0
    assert len(out.splitlines()) == 6


def test_a_counter_that_is_no_text_is_exported_as_it_is(
    stored: Path, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever exports what is left of a spoilt cluster gets the list of what was copied, too."""
    write(options, "checkpoint-counter/j1", b"\xff1")
    answered(capsys, "ha", "export", f"{tmp_path}/out", *options)
    assert json.loads((tmp_path / "out/manifest.json").read_bytes())["counters"] == {"j1": "\\xff1"}


class Moving:
    """Pointers of a cluster that lives: when `key` is looked at again, it has gone, or something else is in its place.

    Args:
        pointers: As they were.
        key: Of the one that was replaced.
        by: What is there by then.
    """

    def __init__(self, pointers: Any, key: str, by: dict[str, bytes]) -> None:
        self.pointers, self.key, self.by = pointers, key, by
        self.gone = False

    async def get(self, key: str) -> bytes | None:
        self.gone = True
        return self.by.get(key) if key == self.key else await self.pointers.get(key)

    async def list(self, prefix: str) -> dict[str, bytes]:
        found: dict[str, bytes] = await self.pointers.list(prefix)
        if not self.gone:
            return found
        new = {key: value for key, value in self.by.items() if key.startswith(prefix)}
        return {key: value for key, value in (found | new).items() if key != self.key}


def test_what_a_living_cluster_replaces_is_no_complaint(
    stored: Path, options: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A checkpoint that is gone when it is to be read was replaced: verify is silent, export takes the newer one."""
    config, _ = load(None, options[1::2])

    async def look() -> tuple[list[str], int, list[str]]:
        driver = sqlite_driver(config)
        await driver.start(Reader())
        blobs = BlobStore(config.storage_url)
        rooms = Rooms(blobs, blobs, blobs)
        inventory = await read_inventory(driver.pointers)
        old, new = sorted(one.key for one in inventory.of("checkpoint"))
        before = Inventory(tuple(one for one in inventory.items if one.key != new), inventory.counters)
        (stored / "checkpoints/j1/1/count-0").unlink()
        said = [one async for one in complaints(before, rooms, Moving(driver.pointers, old, {}))]  # type: ignore[arg-type]
        moving: Any = Moving(driver.pointers, old, {})
        count, missing = await export(before, rooms, moving, open_target(tmp_path / "out"), "j1")
        await driver.close()
        return said, count, missing

    assert asyncio.run(look()) == ([], 2, [])
    assert (tmp_path / "out/j1/checkpoint-2.json").exists()
    assert not (tmp_path / "out/j1/checkpoint-1.json").exists()
    assert answered(capsys, "ha", "verify", *options)[0] == 1, "nothing has replaced it here"
