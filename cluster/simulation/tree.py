"""The nodes of a simulated ensemble, and what its transactions do to them. Pure.

As ZooKeeper has them: versions, owners of ephemeral nodes, numbers of sequential ones, all or nothing. Errors are
kazoo's, because that is what the election expects. Driven by `cluster.simulation.ensemble`. Deliberately not here:
sessions' times, members, access rights.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from kazoo.exceptions import (
    BadVersionError,
    KazooException,
    NodeExistsError,
    NoNodeError,
    NotEmptyError,
    RolledBackError,
    RuntimeInconsistency,
)

from actors.values import value
from cluster.election.zookeeper.transaction import Op

ANY = -1


@value
class Stat:
    """What is known of a node beside its data; the names are ZooKeeper's."""

    version: int
    ephemeralOwner: int  # noqa: N815
    numChildren: int  # noqa: N815
    czxid: int


@dataclass(slots=True)
class Node:
    """One node."""

    data: bytes
    owner: int
    czxid: int
    version: int = 0
    made: int = 0
    below: dict[str, None] = field(default_factory=dict)

    def copy(self) -> Node:
        """One that does not change with it."""
        return Node(self.data, self.owner, self.czxid, self.version, self.made, self.below.copy())


class Tree:
    """All nodes, as one member has them.

    Attributes:
        zxid: Number of the last transaction that is in it.
        first: Number of the first sequential node below any; the counter is one of 32 bits, with a sign.
        is_unordered: Whether names below a node are told in no order, as ZooKeeper does; else in that of their making.
    """

    def __init__(self) -> None:
        self.zxid = self.first = 0
        self.is_unordered = False
        self._nodes: dict[str, Node] = {"/": Node(b"", 0, 0)}
        self._changed: list[str] = []
        self._undo: dict[str, Node | None] = {}

    # --- reading ------------------------------------------------------------------------------------------------------

    def get(self, path: str) -> tuple[bytes, Stat]:
        """Data and stat. Raises `NoNodeError`."""
        node = self._nodes.get(path)
        if node is None:
            raise NoNodeError
        return node.data, self._stat(node)

    def exists(self, path: str) -> Stat | None:
        """The stat, or `None`."""
        node = self._nodes.get(path)
        return None if node is None else self._stat(node)

    def children(self, path: str) -> list[str]:
        """Names of what is directly below. Raises `NoNodeError`."""
        node = self._nodes.get(path)
        if node is None:
            raise NoNodeError
        return sorted(node.below, key=_hash) if self.is_unordered else list(node.below)

    def owned_by(self, session: int) -> list[str]:
        """The ephemeral nodes of a session."""
        return [path for path, node in self._nodes.items() if node.owner == session]

    # --- writing ------------------------------------------------------------------------------------------------------

    def commit(self, ops: Iterable[Op], session: int, zxid: int) -> tuple[list[Any], list[str]]:
        """Do all operations or none.

        Args:
            ops: In order; each sees what those before it have done.
            session: Who asks; owns the ephemeral nodes that are made.
            zxid: Number of the transaction.

        Returns:
            The results, or for each operation the error that it had or was rolled back with; and the paths that have
            changed, none if nothing was done.
        """
        ops = list(ops)
        self._changed, self._undo, results = [], {}, []
        for index, op in enumerate(ops):
            try:
                results.append(self._do(op, session, zxid))
            except KazooException as error:
                self._roll_back()
                rest = len(ops) - index - 1
                return [*([RolledBackError()] * index), error, *([RuntimeInconsistency()] * rest)], []
        self.zxid = zxid
        return results, self._changed

    def _roll_back(self) -> None:
        for path, node in self._undo.items():
            if node is None:
                self._nodes.pop(path, None)
            else:
                self._nodes[path] = node

    def _keep(self, path: str) -> None:
        """Remember a node as it was before the transaction."""
        if path not in self._undo:
            node = self._nodes.get(path)
            self._undo[path] = None if node is None else node.copy()

    def _do(self, op: Op, session: int, zxid: int) -> Any:
        match op.name, op.args:
            case "check", (path, version):
                self._node(path, version)
                return True
            case "create", (path, data, _, ephemeral, sequence):
                return self._create(path, data, session if ephemeral else 0, sequence, zxid)
            case "set_data", (path, data, version):
                node = self._node(path, version)
                self._keep(path)
                node.data, node.version = data, node.version + 1
                self._changed.append(path)
                return self._stat(node)
            case "delete", (path, version):
                self._node(path, version)
                if self._nodes[path].below:
                    raise NotEmptyError
                above = _parent(path)
                self._keep(path)
                self._keep(above)
                del self._nodes[path], self._nodes[above].below[_name(path)]
                self._changed += [path, above]
                return True
        raise ValueError(f"a simulated ensemble knows no operation {op.name}{op.args}")

    def _create(self, path: str, data: bytes, owner: int, sequence: bool, zxid: int) -> str:
        above = _parent(path)
        parent = self._nodes.get(above)
        if parent is None:
            raise NoNodeError
        if sequence:
            path = f"{path}{_signed(parent.made + self.first):010d}"
        if path in self._nodes:
            raise NodeExistsError
        self._keep(above)
        self._keep(path)
        parent.made += 1
        parent.below[_name(path)] = None
        self._nodes[path] = Node(data, owner, zxid)
        self._changed += [path, above]
        return path

    def _node(self, path: str, version: int) -> Node:
        node = self._nodes.get(path)
        if node is None:
            raise NoNodeError
        if version not in (ANY, node.version):
            raise BadVersionError
        return node

    def _stat(self, node: Node) -> Stat:
        return Stat(node.version, node.owner, len(node.below), node.czxid)


def _hash(name: str) -> int:
    return zlib.crc32(name.encode())


def _signed(number: int) -> int:
    return (number + 2**31) % 2**32 - 2**31


def _parent(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def _name(path: str) -> str:
    return path.rpartition("/")[2]
