"""Copies what is stored into a directory or a tar file that people can read: `deathwatch ha export`. Shell.

Bytes as they are stored, and beside them as JSON what they say. What cannot be read is named in the manifest and left
out. Deliberately not here: reading the stores (`cluster.store.inventory`, `cluster.store.verification`).
"""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from cluster.commands.output import as_json
from cluster.election.driver import PointerStore
from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.model.job_record import JobRecord
from cluster.store.blobs import BlobHandle
from cluster.store.inventory import Inventory, Stored, is_current, read_inventory
from cluster.store.places import StorageError
from cluster.store.verification import Content, Rooms

MOST_LOOKS = 20
"""So often it is looked for what is in the place of something that a living cluster has replaced."""
TAR_ENDINGS = {".tar": "w", ".tar.gz": "w:gz", ".tgz": "w:gz"}


class Target(Protocol):
    """Takes files by name."""

    def put(self, name: str, data: bytes) -> None:
        """One more file."""

    def close(self) -> None:
        """That was all."""


class Folder:
    """A directory, which must be new or empty.

    Raises:
        FileExistsError: If it is not.
    """

    def __init__(self, path: Path) -> None:
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise FileExistsError(f"{path} is there already, and not empty")
        self._path = path

    def put(self, name: str, data: bytes) -> None:
        """See `Target`."""
        file = self._path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def close(self) -> None:
        """See `Target`."""


class Tar:
    """A tar file, which must be new.

    Raises:
        FileExistsError: If it is not.
    """

    def __init__(self, path: Path, mode: str) -> None:
        if path.exists():
            raise FileExistsError(f"{path} is there already")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._tar: Any = tarfile.open(path, mode)  # type: ignore[call-overload]  # noqa: SIM115 - closed by `close`

    def put(self, name: str, data: bytes) -> None:
        """See `Target`."""
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime = len(data), int(time.time())
        self._tar.addfile(entry, io.BytesIO(data))

    def close(self) -> None:
        """See `Target`."""
        self._tar.close()


def open_target(path: Path) -> Target:
    """A directory, or a tar file if the name ends like one.

    Raises:
        FileExistsError: If something is there.
    """
    for ending, mode in TAR_ENDINGS.items():
        if path.name.endswith(ending):
            return Tar(path, mode)
    return Folder(path)


async def export(
    inventory: Inventory, rooms: Rooms, pointers: PointerStore, target: Target, job_id: str | None
) -> tuple[int, list[str]]:
    """Copy one job's data, or all. What a living cluster has replaced meanwhile is left out for what is in its place.

    Returns:
        How many things were copied, and what is missing, one line each.
    """
    copied: list[dict[str, Any]] = []
    missing: list[str] = []
    waiting = deque(one for one in inventory.items if job_id in (None, one.job_id))
    seen, looks = {one.key for one in waiting}, 0
    while waiting:
        item = waiting.popleft()
        files, said = await _files(item, rooms)
        if said and looks < MOST_LOOKS and not await is_current(pointers, item):
            looks += 1
            found = (await read_inventory(pointers)).items
            waiting.extend(one for one in found if one.job_id == item.job_id and one.key not in seen)
            seen |= {one.key for one in found}
            continue
        missing += said
        for name, data in files.items():
            target.put(name, data)
        if files:
            copied.append(_entry(item, _folder(item)))
    counters = {job: counter.decode(errors="backslashreplace") for job, counter in inventory.counters.items()}
    manifest = {"items": copied, "missing": missing, "counters": counters}
    target.put("manifest.json", json.dumps(manifest, indent=2).encode())
    target.close()
    return len(copied), missing


async def _files(item: Stored, rooms: Rooms) -> tuple[dict[str, bytes], list[str]]:
    """What is to be written for one thing, by name, and what is missing of it."""
    folder = _folder(item)
    try:
        data, content = await rooms.bytes_of(item), await rooms.content_of(item)
    except (StorageError, ValueError) as error:
        return {}, [f"{item.title}: {error}"]
    files = {f"{folder}.msgpack": data, f"{folder}.json": as_json(_plain(content)).encode()}
    missing = []
    if isinstance(content, JobRecord) and content.source.code:
        files[f"{folder}-source.py"] = content.source.code
    if isinstance(content, CompletedCheckpoint):
        for task_id, handle in content.states.items():
            try:
                state = await rooms.states.read(BlobHandle(*handle))
            except StorageError as error:
                missing.append(f"{item.title}, state of {task_id}: {error}")
            else:
                files[f"{folder}-states/{quote(task_id, safe='[]')}.msgpack"] = state
    return files, missing


def _folder(item: Stored) -> str:
    leaf = item.kind if not item.number else f"{item.kind}-{item.number}"
    return f"{quote(item.job_id, safe='')}/{leaf}"


def _entry(item: Stored, folder: str) -> dict[str, Any]:
    handle = item.handle
    known = {} if handle is None else {"file": handle.name, "size_bytes": handle.size_bytes, "sha256": handle.sha256}
    return {"title": item.title, "key": item.key, "epoch": item.epoch, "exported_as": folder, **known}


def _plain(content: Content) -> Mapping[str, Any]:
    if isinstance(content, JobRecord):
        strategy = content.restart_strategy
        return {
            "job_id": content.job_id,
            "name": content.name,
            "source": str(content.source),
            "arguments": dict(content.source.arguments),
            "tasks": [[task.name, task.parallelism, dict(task.config)] for task in content.tasks],
            "checkpoint_interval_s": content.checkpoint_interval_s,
            "restart_strategy": None if strategy is None else strategy.to_plain(),
            "submitted_at": content.submitted_at,
        }
    if isinstance(content, CompletedCheckpoint):
        return {
            "checkpoint_id": content.checkpoint_id,
            "completed_at": content.completed_at,
            "states": {task_id: list(handle) for task_id, handle in content.states.items()},
            "finished": dict(content.results),
            "attempts": dict(content.attempts),
        }
    return {
        "job_id": content.job_id,
        "name": content.name,
        "status": content.status.value,
        "results": dict(content.results),
        "reason": content.reason,
        "submitted_at": content.submitted_at,
        "ended_at": content.ended_at,
        "restarts": content.restarts,
        "details": dict(content.details),
    }
