"""How a new leader reads its stores: its users wait for as few round trips as there need to be."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from cluster.leader.job_recovery import find_jobs
from cluster.store.blobs import BlobCorrupt


async def test_what_is_independent_is_read_side_by_side() -> None:
    """The four lists do not wait for each other, nor does a job for another, and one may be unreadable."""
    lists, loads = asyncio.Barrier(4), asyncio.Barrier(3)

    async def stored() -> dict[str, bytes]:
        await lists.wait()
        return {**dict.fromkeys("abd", b"a pointer"), "c": b"cancelled"}

    async def ended() -> dict[str, bool]:
        await lists.wait()
        return {"d": True}

    async def nothing(_: str) -> Any:
        await lists.wait()

    async def no_members(_: str) -> dict[str, bytes]:
        await lists.wait()
        return {}

    async def load(job_id: str, pointer: bytes) -> bytes:
        assert pointer == (b"cancelled" if job_id == "c" else b"a pointer")
        await loads.wait()
        raise BlobCorrupt(f"{job_id} is torn")

    services: Any = SimpleNamespace(
        results=SimpleNamespace(job_ids=ended),
        jobs=SimpleNamespace(stored=stored, load=load, is_cancelled=lambda pointer: pointer == b"cancelled"),
        pointers=SimpleNamespace(get=nothing, list=no_members),
    )
    async with asyncio.timeout(10):
        found = await find_jobs(services)
    assert found.cancelled == {"c"}
    assert found.unreadable == {"a": "a is torn", "b": "b is torn", "c": "c is torn"}
    assert (found.ended, found.records, found.members) == ({"d": True}, {}, {})
