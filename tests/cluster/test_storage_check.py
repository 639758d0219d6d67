"""`check_storage`: a new directory is made, one that is away is not; who cannot know which it is waits."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from cluster import storage_check
from cluster.backends import sqlite_driver
from cluster.config import ClusterConfig, load
from cluster.election.driver import ElectionUnavailable
from cluster.election.reader import reading
from cluster.storage_check import check_storage
from cluster.store.blobs import BlobStore
from cluster.store.jobs import JobStore
from cluster.store.places import StorageError
from tests.cluster.leading import lead

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_factories=["uvloop"])]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits looks again at once."""
    monkeypatch.setattr(storage_check, "AGAIN_S", 0.0)


def sqlite_config(folder: Path) -> ClusterConfig:
    """The file of the election lies beside the storage directory."""
    return load(
        None,
        [
            "high-availability=sqlite",
            f"high-availability.storageDir={folder}/store",
            f"high-availability.sqlite.path={folder}/election.db",
        ],
    )[0]


def zookeeper_config(folder: Path) -> ClusterConfig:
    return load(
        None,
        [
            "high-availability=zookeeper",
            f"high-availability.storageDir={folder}/store",
            "high-availability.zookeeper.quorum=localhost:1",
        ],
    )[0]


async def store_a_job(config: ClusterConfig) -> None:
    """As a leader does."""
    driver = sqlite_driver(config)
    epoch = await lead(driver)
    await JobStore(driver.pointers, BlobStore(config.storage_url)).put(epoch, "j1", b"a record")
    await driver.close()


class Pointers:
    """Of a backend that does not answer for a while."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    async def list(self, prefix: str) -> dict[str, bytes]:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {f"{prefix}{job_id}": b"" for job_id in answer}


class Driver:
    """Of that backend."""

    def __init__(self, pointers: Pointers) -> None:
        self.pointers = pointers

    async def start(self, listener: Any) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do."""


def refuse(text: str) -> None:
    raise AssertionError(f"nobody waits here: {text}")


async def test_a_new_directory_is_made(tmp_path: Path) -> None:
    """Without an election file no job can be known; with one that knows of none the directory is new, too."""
    config = sqlite_config(tmp_path)
    await check_storage(config, refuse)
    place = tmp_path / "store" / "default"
    assert place.is_dir()
    assert not (tmp_path / "election.db").exists()
    async with reading(sqlite_driver(config)):
        pass
    shutil.rmtree(tmp_path / "store")
    await check_storage(config, refuse)
    assert place.is_dir()


async def test_one_that_jobs_are_kept_in_is_not_made_anew(tmp_path: Path) -> None:
    """Its mount point may be there, and empty. With the directory made by hand its leader says what is lost."""
    config = sqlite_config(tmp_path)
    await check_storage(config, refuse)
    await store_a_job(config)
    store, away = tmp_path / "store", tmp_path / "away"
    store.rename(away)
    store.mkdir()
    with pytest.raises(
        StorageError, match=r"store/default is not there, but 1 jobs have their data in it \(j1\): mount"
    ):
        await check_storage(config, refuse)
    assert not list(store.iterdir())
    (store / "default").mkdir()
    await check_storage(config, refuse)


async def test_it_waits_for_zookeeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new cluster may start before its ensemble; that it waits is said once."""
    pointers = Pointers(ElectionUnavailable("away"), ElectionUnavailable("away"), [])
    monkeypatch.setattr(storage_check, "zookeeper_driver", lambda settings: Driver(pointers))
    said: list[str] = []
    await check_storage(zookeeper_config(tmp_path), said.append)
    assert (tmp_path / "store" / "default").is_dir()
    assert len(said) == 1
    assert "ZooKeeper does not answer whether any job has its data in it: waiting" in said[0]
    assert not pointers.answers


async def test_it_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever comes first: with its directory there is nothing to ask."""
    pointers = Pointers(ElectionUnavailable("away"))
    monkeypatch.setattr(storage_check, "zookeeper_driver", lambda settings: Driver(pointers))
    await check_storage(zookeeper_config(tmp_path), lambda _: (tmp_path / "store" / "default").mkdir(parents=True))
    assert not pointers.answers


async def test_a_missing_package_is_no_reason_to_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not come by itself."""

    def missing(settings: Any) -> Any:
        raise ElectionUnavailable("pip install it") from ImportError("kazoo")

    monkeypatch.setattr(storage_check, "zookeeper_driver", missing)
    with pytest.raises(ElectionUnavailable, match="pip install it"):
        await check_storage(zookeeper_config(tmp_path), refuse)
