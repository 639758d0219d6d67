"""Transactions: several operations of which all are done or none. Values; who sends them is `client`.

Deliberately not here: which operations belong together (`steps`, `pointers`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kazoo.exceptions import RolledBackError, RuntimeInconsistency


class Refused(Exception):
    """A transaction had no effect.

    Attributes:
        index: Of the operation that cannot be done.
        error: Why.
    """

    def __init__(self, index: int, error: Exception) -> None:
        super().__init__(f"operation {index}: {error!r}")
        self.index = index
        self.error = error


@dataclass(frozen=True, slots=True)
class Op:
    """One operation of a transaction: the name of a method of kazoo's transactions, and its arguments."""

    name: str
    args: tuple[Any, ...]


def check(path: str, version: int = -1) -> Op:
    """The node is there, and has this version (-1: any)."""
    return Op("check", (path, version))


def create(path: str, data: bytes = b"", acl: Any = None, *, ephemeral: bool = False, sequence: bool = False) -> Op:
    """Make a node."""
    return Op("create", (path, data, acl, ephemeral, sequence))


def set_data(path: str, data: bytes, version: int = -1) -> Op:
    """Write a node."""
    return Op("set_data", (path, data, version))


def delete(path: str, version: int = -1) -> Op:
    """Remove a node."""
    return Op("delete", (path, version))


def accepted(results: list[Any]) -> list[Any]:
    """The results of a transaction that was done.

    Raises:
        Refused: If it was not.
    """
    for index, result in enumerate(results):
        if isinstance(result, Exception) and not isinstance(result, RolledBackError | RuntimeInconsistency):
            raise Refused(index, result)
    return results
