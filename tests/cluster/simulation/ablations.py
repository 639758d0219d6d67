"""Safeguards of the product that can be taken out, so that it shows whether the campaign's judge would miss them.

Each entry replaces methods by ones without their check for the length of a `with`; nothing in the product knows of it.
With each goes a schedule that shows it.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cluster.election.office import LeaderOffice
from cluster.election.zookeeper.steps import OfficeSteps
from cluster.model.checkpoints import CheckpointCoordinator
from cluster.model.latch_effects import Take
from cluster.model.tenure import Tenure
from cluster.simulation.ledger import Counting
from cluster.store.blobs import BlobHandle
from cluster.store.pointed import PointedBlobs, Pointer

_TAKE = OfficeSteps.take
_COMPLETE = CheckpointCoordinator._complete
NEVER = property(lambda tenure: float("inf"))
CUT_FROM_ENSEMBLE = "4.0 isolate leader for=6.0 from_members_only=1"
KILL = "4.0 kill leader for=1.0\n6.0 kill tm1 for=0.5"

Patch = tuple[type, str, Any]


def _same_epoch(steps: OfficeSteps, take: Take) -> Any:
    return _TAKE(steps, replace(take, epoch=1))


def _early(coordinator: Any, now: float) -> Any:
    """The last one is not waited for."""
    pending = coordinator._pending
    if pending is not None and len(pending.waiting) == 1:
        pending.waiting.clear()
    return _COMPLETE(coordinator, now)


async def _pointer_first(self: PointedBlobs, key: str, name: str, data: bytes, epoch: int, mark: str = "") -> None:
    handle = BlobHandle(name, len(data), hashlib.sha256(data).hexdigest())
    await self.pointers.put(key, Pointer(handle, mark).to_bytes(), epoch)
    await self._blobs.write(name, data)


ABLATIONS: dict[str, tuple[list[Patch], str]] = {
    "a leader out of touch goes on": (
        [(Tenure, "deadline", NEVER), (Tenure, "acts_until", NEVER), (Tenure, "suspend", lambda _: [])],
        CUT_FROM_ENSEMBLE,
    ),
    "epochs stand still": ([(OfficeSteps, "take", _same_epoch)], KILL),
    "state is not restored": ([(Counting, "restore", lambda task, state: setattr(task, "_number", state + 50))], KILL),
    "a checkpoint counts before all have acknowledged": ([(CheckpointCoordinator, "_complete", _early)], KILL),
    "a pointer is written before its bytes": ([(PointedBlobs, "put", _pointer_first)], KILL),
    "whoever was leader may act": (
        [
            (LeaderOffice, "may_act", lambda office, epoch: office.core.highest_epoch > 0),
        ],
        KILL,
    ),
}


@contextlib.contextmanager
def without(name: str) -> Iterator[str]:
    """Take one safeguard out; gives the schedule that shows it."""
    patches, schedule = ABLATIONS[name]
    before = [(owner, method, owner.__dict__[method]) for owner, method, _ in patches]
    for owner, method, changed in patches:
        setattr(owner, method, changed)
    try:
        yield schedule
    finally:
        for owner, method, original in before:
            setattr(owner, method, original)
