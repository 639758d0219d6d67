"""`WatchRegistry`: who watches whom across nodes, by node. Pure bookkeeping.

Cells keep their own books (`actors.watching`); this one knows which nodes matter, and whom to tell when one of them is
gone: one signal for each cell, however much it watches there (D65, D72). The shell is `runtime.remote.watcher`.
"""

from __future__ import annotations

from typing import Any

from actors.address import Address
from actors.ref import ActorRef

_Table = dict[Address, dict[ActorRef[Any], set[ActorRef[Any]]]]


class WatchRegistry:
    """Watches in both directions.

    `there` holds what our actors watch on other nodes, as node -> our watcher -> subjects there; `here` what other
    nodes' actors watch with us, as node -> our subject -> watchers there.
    """

    def __init__(self) -> None:
        self._there: _Table = {}
        self._here: _Table = {}

    def add_there(self, watcher: ActorRef[Any], subject: ActorRef[Any]) -> None:
        """Our `watcher` watches `subject` on its node."""
        _add(self._there, subject.path.address, watcher, subject)

    def remove_there(self, watcher: ActorRef[Any], subject: ActorRef[Any]) -> None:
        """It does not any more; no-op if it did not."""
        _remove(self._there, subject.path.address, watcher, subject)

    def add_here(self, watcher: ActorRef[Any], subject: ActorRef[Any]) -> None:
        """`watcher` on its node watches our `subject`."""
        _add(self._here, watcher.path.address, subject, watcher)

    def remove_here(self, watcher: ActorRef[Any], subject: ActorRef[Any]) -> None:
        """It does not any more; no-op if it did not."""
        _remove(self._here, watcher.path.address, subject, watcher)

    def watches(self, address: Address) -> bool:
        """Whether an actor of ours watches one there: only then are heartbeats sent (D85)."""
        return address in self._there

    def cares(self, address: Address) -> bool:
        """Whether anybody is to be told when that node is gone."""
        return address in self._there or address in self._here

    def remove_node(self, address: Address) -> list[ActorRef[Any]]:
        """Forget the node; returns our actors that are to be told, each once, in the order in which they came."""
        return list({**self._there.pop(address, {}), **self._here.pop(address, {})})

    def counts(self) -> dict[Address, tuple[int, int]]:
        """For each node how many subjects are watched there, and how many of ours from there."""
        return {
            address: (
                sum(len(subjects) for subjects in self._there.get(address, {}).values()),
                sum(len(watchers) for watchers in self._here.get(address, {}).values()),
            )
            for address in self._there.keys() | self._here.keys()
        }


def _add(table: _Table, address: Address, ours: ActorRef[Any], theirs: ActorRef[Any]) -> None:
    table.setdefault(address, {}).setdefault(ours, set()).add(theirs)


def _remove(table: _Table, address: Address, ours: ActorRef[Any], theirs: ActorRef[Any]) -> None:
    node = table.get(address)
    if node is None or ours not in node:
        return
    node[ours].discard(theirs)
    if not node[ours]:
        del node[ours]
        if not node:
            del table[address]
