"""What is stored of a cluster, as its pointers say: jobs, checkpoints and results. Shell: reads only.

For the commands below `deathwatch ha`, which need no leader. Deliberately not here: whether the bytes are sound
(`cluster.store.verification`), and bytes without a pointer (`cluster.store.orphans`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cluster.election.driver import PointerStore
from cluster.store.blobs import BlobCorrupt, BlobHandle
from cluster.store.checkpoints import CHECKPOINTS, COUNTERS, RETAINED, checkpoint_number
from cluster.store.jobs import JOBS
from cluster.store.pointed import Pointer
from cluster.store.results import RESULTS

JOB, CHECKPOINT, RETAINED_CHECKPOINT, RESULT = "job", "checkpoint", "retained", "result"
_EPOCH = re.compile(r"-(\d+)(?:-[0-9a-f]{16})?\Z")


@dataclass(frozen=True, slots=True)
class Stored:
    """One pointer and what it names.

    Attributes:
        kind: `job`, `checkpoint`, `retained` or `result`.
        job_id: Whose.
        number: Of a checkpoint, else 0.
        key: Of the pointer.
        handle: Of the bytes; `None` if the pointer cannot be read.
        mark: `dirty` or `clean`, of a result; `cancelled`, of a job that is to end so; else empty.
        complaint: Why the pointer cannot be read, else empty.
        value: The pointer as it is stored.
    """

    kind: str
    job_id: str
    number: int
    key: str
    handle: BlobHandle | None
    mark: str = ""
    complaint: str = ""
    value: bytes = b""

    @property
    def epoch(self) -> int | None:
        """Of the leader that wrote it; `None` if its name does not say so."""
        found = _EPOCH.search(self.handle.name) if self.handle is not None else None
        return int(found[1]) if found is not None else None

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.kind} {self.job_id}" + (f"/{self.number}" if self.number else "")


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that pointers name.

    Attributes:
        items: By kind, job and number.
        counters: The last number given to a checkpoint of each job, as it is stored.
    """

    items: tuple[Stored, ...]
    counters: Mapping[str, bytes] = field(default_factory=dict)

    def of(self, *kinds: str, job_id: str | None = None) -> Iterator[Stored]:
        """The items of those kinds, of one job or of all."""
        return (one for one in self.items if one.kind in kinds and job_id in (None, one.job_id))


async def read_inventory(pointers: PointerStore) -> Inventory:
    """Read all pointers.

    Raises:
        ElectionUnavailable: If the election backend cannot be used.
    """
    items: list[Stored] = []
    for prefix, kind in ((JOBS, JOB), (CHECKPOINTS, CHECKPOINT), (RETAINED, RETAINED_CHECKPOINT), (RESULTS, RESULT)):
        for key, value in (await pointers.list(prefix)).items():
            items.append(_stored(kind, key, key.removeprefix(prefix).removeprefix(CHECKPOINTS), value))
    counters = {key.removeprefix(COUNTERS): value for key, value in (await pointers.list(COUNTERS)).items()}
    return Inventory(tuple(items), counters)


async def is_current(pointers: PointerStore, item: Stored) -> bool:
    """Whether that is stored still: a cluster that lives replaces and removes things at any time.

    Raises:
        ElectionUnavailable: If the election backend cannot be used.
    """
    return await pointers.get(item.key) == item.value


def _stored(kind: str, key: str, name: str, value: bytes) -> Stored:
    job_id, number = name, 0
    if kind in (CHECKPOINT, RETAINED_CHECKPOINT):
        job_id = name.partition("/")[0]
        try:
            number = checkpoint_number(key)
        except ValueError:
            return Stored(kind, job_id, 0, key, None, complaint=f"{key} is no checkpoint's key", value=value)
    try:
        pointer = Pointer.from_bytes(value)
    except BlobCorrupt as error:
        return Stored(kind, job_id, number, key, None, complaint=str(error), value=value)
    return Stored(kind, job_id, number, key, pointer.handle, pointer.mark, value=value)
