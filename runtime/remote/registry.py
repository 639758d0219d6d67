"""`WatchRegistry`: who watches whom across nodes, by node. Pure bookkeeping.

Cells keep their own books (`actors.watching`); this one knows which nodes matter, and whom to tell when one of them is
gone: one signal for each cell, however much it watches there (D65, D72). The shell is `runtime.remote.watcher`.
"""

from __future__ import annotations

from typing import Any

from actors.address import ActorPath, Address
from actors.ref import ActorRef
from actors.signals import AddressTerminated, DeathWatchNotification, Unwatch, Watch

# The innermost dictionary is a set that keeps its order: who is told first must not depend on hashes. Each reference
# stands for itself, so that an equal one finds it.
_Table = dict[Address, dict[ActorRef[Any], dict[ActorRef[Any], ActorRef[Any]]]]


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

    def has_there(self, watcher: ActorRef[Any], subject: ActorRef[Any]) -> bool:
        """Whether our `watcher` watches `subject` on its node."""
        return subject in self._there.get(subject.path.address, {}).get(watcher, {})

    def known_there(self, watcher: ActorRef[Any], subject: ActorRef[Any]) -> list[ActorRef[Any]]:
        """By which references our `watcher` watches an actor of another node: by its uid first, then by its name."""
        path, subjects = subject.path, self._there.get(subject.path.address, {}).get(watcher, {})
        if not subjects:
            return []
        named: ActorRef[Any] = ActorRef(ActorPath(path.address, path.elements), subject.sink)
        return [subjects[one] for one in dict.fromkeys((subject, named)) if one in subjects]

    def others_there(self, watcher: ActorRef[Any], subject: ActorRef[Any]) -> list[ActorRef[Any]]:
        """By which other references it watches whoever has the path of `subject`, or had it."""
        path = subject.path
        if path.uid:
            return [one for one in self.known_there(watcher, subject) if one != subject]
        subjects = self._there.get(path.address, {}).get(watcher, {})
        return [one for one in subjects if one.path.elements == path.elements and one.path.uid]

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

    def remove_node(
        self, signal: AddressTerminated, fresh: list[Watch]
    ) -> list[tuple[ActorRef[Any], AddressTerminated | DeathWatchNotification | Unwatch]]:
        """Forget a node.

        Args:
            signal: What is known of its end.
            fresh: Watches that the dead incarnation never got, and that shall begin anew; those that are not registered
                any more are removed from the list.

        Returns:
            Whom of ours to tell what: `signal`, once, except to those who have a fresh watch there and are told in
            detail. In the order in which they came.
        """
        there, here = self._there.pop(signal.address, {}), self._here.pop(signal.address, {})
        fresh[:] = list(dict.fromkeys(watch for watch in fresh if watch.watchee in there.get(watch.watcher, {})))
        spared: dict[ActorRef[Any], set[ActorRef[Any]]] = {}
        for watch in fresh:
            spared.setdefault(watch.watcher, set()).add(watch.watchee)
        told: list[tuple[ActorRef[Any], AddressTerminated | DeathWatchNotification | Unwatch]] = []
        for ref in {**there, **here}:
            if ref not in spared:
                told.append((ref, signal))
                continue
            told += [
                (ref, DeathWatchNotification(subject, False, True, signal.cause, signal.detail))
                for subject in there.get(ref, {})
                if subject not in spared[ref]
            ]
            told += [(ref, Unwatch(ref, watcher)) for watcher in here.get(ref, {})]
        return told

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
    table.setdefault(address, {}).setdefault(ours, {})[theirs] = theirs


def _remove(table: _Table, address: Address, ours: ActorRef[Any], theirs: ActorRef[Any]) -> None:
    node = table.get(address)
    if node is None or ours not in node:
        return
    node[ours].pop(theirs, None)
    if not node[ours]:
        del node[ours]
        if not node:
            del table[address]
