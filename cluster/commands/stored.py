"""What the commands about stored data do: list, verify, export, gc. Each returns its exit code. Shell.

They need no leader: they read the election backend's pointers and the storage directory, and only `gc --delete` removes
anything, files that no pointer names. Deliberately not here: parsing the command line (`cluster.commands.ha_commands`).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.backends import follower_driver
from cluster.client import ClusterClient, RequestRefused
from cluster.commands.export import export, open_target
from cluster.commands.jobs import print_data
from cluster.commands.output import as_json, columns
from cluster.config import ClusterConfig
from cluster.election.driver import PointerStore
from cluster.election.reader import reading
from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.node import FAILED, OK, say
from cluster.protocol import DropRetained
from cluster.store.blobs import BlobStore
from cluster.store.inventory import Stored, read_inventory
from cluster.store.orphans import delete_orphans, find_orphans
from cluster.store.places import StorageError
from cluster.store.verification import Rooms, complaints
from runtime import ActorSystem


@dataclass(frozen=True, slots=True)
class _Stores:
    pointers: PointerStore
    blobs: BlobStore
    states: BlobStore
    results: BlobStore

    @property
    def rooms(self) -> Rooms:
        return Rooms(self.blobs, self.states, self.results)


@contextlib.asynccontextmanager
async def _opened(config: ClusterConfig) -> AsyncIterator[_Stores]:
    if config.high_availability in ("none", "memory"):
        mode = config.high_availability
        raise RequestRefused(f"with high-availability: {mode} nothing is stored that outlives its process")
    async with reading(follower_driver(config, ActorSystem("reader"))) as pointers:
        yield _Stores(pointers, *(BlobStore(url, config.recovery.storage_timeout_s) for url in config.store_urls))


async def list_stored(config: ClusterConfig, *, as_data: bool) -> int:
    """Print what is stored: jobs, checkpoints, results, with sizes and the epochs that they were written under."""
    async with _opened(config) as stores:
        inventory = await read_inventory(stores.pointers)
        rows = [await _row(one, stores.rooms) for one in inventory.items]
    if as_data:
        print_data(as_json(rows))
    elif rows:
        table = [["KIND", "JOB", "NUMBER", "EPOCH", "BYTES", "WHAT"]]
        for row in rows:
            cells = (row["kind"], row["job"], row["number"] or "-", row["epoch"] or "-", row["size_bytes"], row["what"])
            table.append([str(cell) for cell in cells])
        print_data(columns(table))
    else:
        say("nothing is stored")
    return OK


async def _row(one: Stored, rooms: Rooms) -> dict[str, Any]:
    size_bytes = one.handle.size_bytes if one.handle is not None else 0
    what = one.mark
    try:
        content = await rooms.content_of(one)
    except (StorageError, ValueError) as error:
        what = f"cannot be read: {error}"
    else:
        if isinstance(content, CompletedCheckpoint):
            size_bytes += content.state_bytes
            what = f"{len(content.states)} states, {len(content.results)} finished"
        else:
            what = " ".join(
                filter(None, (content.name, getattr(getattr(content, "status", None), "value", ""), one.mark))
            )
    known = {"key": one.key, "file": one.handle.name if one.handle is not None else None}
    return {
        "kind": one.kind,
        "job": one.job_id,
        "number": one.number,
        "epoch": one.epoch,
        "size_bytes": size_bytes,
        "what": what,
        **known,
    }


async def verify_stored(config: ClusterConfig, *, as_data: bool) -> int:
    """Read every pointer and every file, and print each complaint; 1 if there is one."""
    async with _opened(config) as stores:
        inventory = await read_inventory(stores.pointers)
        said = []
        async for complaint in complaints(inventory, stores.rooms, stores.pointers):
            said.append(complaint)
            if not as_data:
                print_data(complaint)
    if as_data:
        print_data(as_json({"checked": len(inventory.items), "complaints": said}))
    say(f"{len(inventory.items)} pointers checked, {len(said)} complaints")
    return FAILED if said else OK


async def export_stored(config: ClusterConfig, target: Path, job_id: str | None) -> int:
    """Copy one job's data, or all, into a directory or a tar file; 1 if something is missing."""
    async with _opened(config) as stores:
        inventory = await read_inventory(stores.pointers)
        if job_id is not None and not any(one.job_id == job_id for one in inventory.items):
            raise RequestRefused(f"nothing is stored of a job {job_id}")
        pointers = stores.pointers
        count, missing = await export(inventory, stores.rooms, pointers, open_target(target), job_id)
    for line in missing:
        say(line)
    say(f"{count} items copied to {target}, {len(missing)} missing")
    return FAILED if missing else OK


async def collect_orphans(config: ClusterConfig, older_than_s: float, *, delete: bool, as_data: bool) -> int:
    """Print the files that no pointer names, and delete them if that is asked for."""
    async with _opened(config) as stores:
        before = time.time() - older_than_s
        places = (stores.blobs, stores.states, stores.results)
        found = await find_orphans(stores.pointers, *places, before)
        for _, file in () if as_data else found.files:
            print_data(f"{file.size_bytes:>12} {file.name}")
        failed = await delete_orphans(found) if delete else []
    spared = list(dict.fromkeys(found.spared))
    if as_data:
        files = [{"name": file.name, "size_bytes": file.size_bytes} for _, file in found.files]
        outcome = {"deleted": delete, "complaints": failed, "younger": found.young, "spared_jobs": spared}
        print_data(as_json({"files": files, "size_bytes": found.size_bytes, **outcome}))
    for line in failed:
        say(line)
    for job_id in spared:
        say(f"files of job {job_id} are spared: one of its checkpoints cannot be read, so what it needs is not known")
    did = "deleted" if delete else "would be deleted with --delete"
    young = f", {found.young} younger files are left alone" if found.young else ""
    say(f"{len(found.files)} files of {found.size_bytes} bytes {did}{young}")
    return FAILED if failed else OK


async def drop_retained(config: ClusterConfig, job_id: str, *, as_data: bool) -> int:
    """Have the leader delete the retained checkpoints of an ended job."""
    async with ClusterClient(config, waiting=say) as client:
        answer = await client.request(DropRetained(job_id))
    if as_data:
        print_data(as_json({"job": job_id, "dropped": answer["dropped"]}))
    say(f"{answer['dropped']} retained checkpoints of job {job_id} are deleted")
    return OK
