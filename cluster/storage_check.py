"""`check_storage`: what a process makes sure of before it begins: that its storage directory is there. SHELL.

A directory that is not there is made, for a cluster has to begin once. Not if the election backend knows of jobs whose
bytes are in it: then it is not new but away, as below a mount point that nothing is mounted on, and an empty one in its
place would make each of these jobs unreadable. Deliberately not here: a directory that goes away later
(`cluster.store.places`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cluster.backends import sqlite_driver, sqlite_file, zookeeper_driver
from cluster.config import ClusterConfig
from cluster.election.driver import ElectionDriver, ElectionUnavailable
from cluster.election.reader import reading
from cluster.store.blobs import BlobStore
from cluster.store.jobs import JOBS
from cluster.store.places import StorageError

AGAIN_S = 1.0


async def check_storage(config: ClusterConfig, say: Callable[[str], None]) -> None:
    """Make what is not there and may be new, and make sure that all of it can be written.

    In worker threads, as every later access: what that needs is loaded now, and not during a failover. If a directory
    is not there, and the election backend is out of reach, this waits until one of them is.

    Args:
        config: Says where it is.
        say: Tells people that it waits.

    Raises:
        StorageError: If one cannot be used, or is away.
        ElectionUnavailable: If the election backend cannot be used at all.
    """
    for url in sorted(set(config.store_urls)):
        store = BlobStore(url, config.recovery.storage_timeout_s)
        if not await store.exists():
            await _must_be_new(config, store, say)
        await store.check()


async def _must_be_new(config: ClusterConfig, store: BlobStore, say: Callable[[str], None]) -> None:
    """Wait until the backend can be asked. Raises `StorageError` if it knows of jobs."""
    is_said = False
    while (known := await _known_jobs(config)) is None:
        if not is_said:
            say(f"{store.url} is not there, and ZooKeeper does not answer whether any job has its data in it: waiting")
            is_said = True
        await asyncio.sleep(AGAIN_S)
        if await store.exists():
            return
    if known:
        raise StorageError(
            f"{store.url} is not there, but {len(known)} jobs have their data in it ({', '.join(known[:3])}"
            f"{', ...' if len(known) > 3 else ''}): mount its disk; if that is lost for good, make the directory "
            "yourself, and these jobs are set aside"
        )


async def _known_jobs(config: ClusterConfig) -> list[str] | None:
    """Ids of the jobs that the backend knows, none if it is new, too; `None` if ZooKeeper does not answer now."""
    if config.zookeeper is not None:
        try:
            return await _jobs_of(zookeeper_driver(config.zookeeper))
        except ElectionUnavailable as error:
            if isinstance(error.__cause__, ImportError):
                raise
            return None
    if config.high_availability == "sqlite" and sqlite_file(config).exists():
        return await _jobs_of(sqlite_driver(config))
    return []


async def _jobs_of(driver: ElectionDriver) -> list[str]:
    async with reading(driver) as pointers:
        return [key.removeprefix(JOBS) for key in await pointers.list(JOBS)]
