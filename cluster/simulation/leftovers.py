"""What is left of jobs that have ended: nothing but a result that is clean (I13). Pure; reads what the ensemble has.

Bytes that no pointer names are no matter here: they cost room, and `deathwatch export --orphans` finds them.
Deliberately not here: when one looks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from kazoo.exceptions import NoNodeError

from cluster.election.zookeeper.layout import Layout, from_node
from cluster.simulation.tree import Tree
from cluster.store.blobs import BlobCorrupt
from cluster.store.pointed import Pointer


def not_clean(tree: Tree, layout: Layout) -> list[str]:
    """Jobs that have ended, and whose leader has not cleaned up behind them yet."""
    dirty = []
    for job_id in _children(tree, layout.path_of("results")):
        data, _ = tree.get(layout.path_of(f"results/{job_id}"))
        if Pointer.from_bytes(from_node(data) or b"").mark != "clean":
            dirty.append(job_id)
    return dirty


def left_behind(tree: Tree, layout: Layout) -> list[str]:
    """What is named still of jobs that are clean."""
    dirty, left = not_clean(tree, layout), []
    for job_id in _children(tree, layout.path_of("results")):
        if job_id in dirty:
            continue
        names = (f"jobs/{job_id}", f"checkpoint-counter/{job_id}")
        left += [name for name in names if _has_value(tree, layout.path_of(name))]
        left += [
            f"checkpoints/{job_id}/{number}" for number in _children(tree, layout.path_of(f"checkpoints/{job_id}"))
        ]
    return left


def naming(tree: Tree, layout: Layout, path: str = "") -> Iterator[tuple[str, Pointer]]:
    """All pointers to files that a tree has now, and where."""
    path = path or layout.base
    for name in _children(tree, path):
        below = f"{path}/{name}"
        with contextlib.suppress(BlobCorrupt):  # another value, or none
            yield below, Pointer.from_bytes(from_node(tree.get(below)[0]) or b"")
        yield from naming(tree, layout, below)


def _children(tree: Tree, path: str) -> list[str]:
    with contextlib.suppress(NoNodeError):
        return sorted(tree.children(path))
    return []


def _has_value(tree: Tree, path: str) -> bool:
    with contextlib.suppress(NoNodeError):
        return from_node(tree.get(path)[0]) is not None
    return False
