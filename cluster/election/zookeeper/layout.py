"""Where everything is in ZooKeeper, and in which form. Pure.

As in Flink: its root, the cluster's id, `leader/latch`, `leader/dispatcher/connection_info`, `jobgraphs`. What Flink
does not have is `leader/epoch`: the newest epoch and to whom it was given.

    /flink/default/leader/latch/<nonce>-latch-0000000012          a candidate, ephemeral
    /flink/default/leader/epoch                                   {"epoch": 7, "holder": "<nonce>-latch-...", ...}
    /flink/default/leader/dispatcher/connection_info              the confirmed leader, ephemeral
    /flink/default/jobgraphs/<job id>                             the value of the key `jobs/<job id>`, after a "="
    /flink/default/checkpoints/<job id>/<number>                  likewise; nodes without a value are folders

Deliberately not here: reading and writing any of it.
"""

from __future__ import annotations

import json
from urllib.parse import quote, unquote

from cluster.model.latch_effects import OfficeRecord, Vacancy

_SAFE = " !#$&'()*+,-.:;<=>?@[]^_`{|}~"
_FOLDERS = {"jobs": "jobgraphs"}
"""Keys' first parts that Flink calls something else."""
_RESERVED = {"leader", *_FOLDERS.values()}
_VALUE = b"="
"""Before each value: a node without it is only a folder for others."""


class Layout:
    """The nodes of one cluster.

    Args:
        root: Of all clusters.
        cluster_id: Of this one; may have slashes in it.

    Attributes:
        root: As a path.
        base: Under which all nodes of this cluster are.
        queue: Under which the candidates' latch nodes are.
        record: Says who holds the office.
        info: Shows the confirmed leader.
    """

    def __init__(self, root: str, cluster_id: str) -> None:
        self.root = "/" + root.strip("/")
        self.base = f"{self.root.rstrip('/')}/{cluster_id.strip('/')}"
        self.queue = f"{self.base}/leader/latch"
        self.record = f"{self.base}/leader/epoch"
        self.info = f"{self.base}/leader/dispatcher/connection_info"

    def latch(self, name: str) -> str:
        """Path of a latch node."""
        return f"{self.queue}/{name}"

    def path_of(self, key: str) -> str:
        """Path of the node that keeps the value of a key."""
        first, *others = key.split("/")
        return "/".join((self.base, _FOLDERS.get(first) or _quoted(first, _RESERVED), *map(_quoted, others)))

    def key_of(self, path: str) -> str:
        """Key of a node."""
        first, *others = path.removeprefix(f"{self.base}/").split("/")
        keys = {folder: key for key, folder in _FOLDERS.items()}
        return "/".join((keys.get(first) or _unquoted(first), *map(_unquoted, others)))

    def folder_of(self, prefix: str) -> str:
        """Path of the folder in which, or below which, all keys with this beginning are."""
        folder, slash, _ = prefix.rpartition("/")
        return self.path_of(folder) if slash else self.base

    def is_ours(self, path: str) -> bool:
        """Whether a node under `base` can keep a value: what concerns the election does not."""
        return path != f"{self.base}/leader"


def parents_of(path: str, below: str) -> list[str]:
    """The nodes between `below` and `path`, outermost first."""
    parts = path.removeprefix(f"{below}/").split("/")[:-1]
    return ["/".join((below, *parts[: count + 1])) for count in range(len(parts))]


def to_node(value: bytes) -> bytes:
    """A value as it is kept."""
    return _VALUE + value


def from_node(data: bytes) -> bytes | None:
    """What `to_node` made; `None` if the node is only a folder."""
    return data[len(_VALUE) :] if data.startswith(_VALUE) else None


def record_to_node(epoch: int, holder: str, freed: Vacancy = Vacancy.RESIGNED) -> bytes:
    """An office record as it is kept: to be read by people, too."""
    return json.dumps({"epoch": epoch, "holder": holder, "freed": freed.value}).encode()


def record_from_node(data: bytes, version: int) -> OfficeRecord:
    """What `record_to_node` made.

    Raises:
        ValueError: If it is something else.
    """
    try:
        fields = json.loads(data)
        return OfficeRecord(int(fields["epoch"]), str(fields["holder"]), version, Vacancy(fields["freed"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the record of the office cannot be read: {data[:200]!r}") from error


def _quoted(part: str, reserved: set[str] | frozenset[str] = frozenset()) -> str:
    if part in reserved or part in (".", ".."):
        return f"%{ord(part[0]):02X}{part[1:]}"
    return quote(part, safe=_SAFE) if part else "%"


def _unquoted(part: str) -> str:
    return "" if part == "%" else unquote(part)
