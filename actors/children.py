"""`Children`: the children of one actor, their names, and waiting until those that stop are gone. Pure.

The cell (`runtime.cell`) is its shell. Akka counterpart: `ChildrenContainer`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from actors.address import check_actor_name
from actors.errors import ActorNameInUse
from actors.ref import ActorRef
from actors.supervision import ChildStats


class Children:
    """Names and children in start order. A name stays taken until its child is really gone (D42).

    Attributes:
        closed: Set when the actor terminates: no more children then (S67).
    """

    __slots__ = ("_by_name", "_counter", "_stopping", "closed")

    def __init__(self) -> None:
        # Only of children that failed or are stopping there is more to know than the reference.
        self._by_name: dict[str, ActorRef[Any] | ChildStats] = {}
        self._counter = 0
        self._stopping = 0
        self.closed: bool = False

    def __len__(self) -> int:
        return len(self._by_name)

    def __iter__(self) -> Iterator[ChildStats]:
        """Every child in start order, those that are stopping included."""
        return map(self._stats, self._by_name)

    def __contains__(self, ref: ActorRef[Any]) -> bool:
        """Whether exactly this incarnation is a child."""
        child = self._by_name.get(ref.path.name)
        return child is not None and (child is ref or _ref(child) == ref)

    def choose_name(self, name: str | None) -> str:
        """The name for a new child: the given one if it may be used, otherwise `$1`, `$2` ...

        Raises:
            InvalidActorName: If nobody may be called so.
            ActorNameInUse: If a sibling has the name, be it one that is stopping.
            RuntimeError: If the actor is terminating.
        """
        if self.closed:
            raise RuntimeError("a terminating actor cannot have new children")
        if name is None:
            self._counter += 1
            return f"${self._counter}"
        check_actor_name(name)
        if name in self._by_name:
            state = "is stopping and still has" if self._stats(name).stopping else "has"
            raise ActorNameInUse(f"a child {state} the name {name!r}")
        return name

    def add(self, ref: ActorRef[Any]) -> None:
        """A child was made under a name from `choose_name`."""
        self._by_name[ref.path.name] = ref

    def remove(self, ref: ActorRef[Any]) -> bool:
        """A child is gone. Returns whether it was one of ours; its name is free again."""
        name = _name(ref)
        child = self._by_name.get(name)
        if isinstance(child, ChildStats):
            if child.ref is not ref and child.ref != ref:
                return False
            self._stopping -= child.stopping
        elif child is None or (child is not ref and child != ref):
            return False
        del self._by_name[name]
        return True

    def mark_stopping(self, ref: ActorRef[Any]) -> bool:
        """A child is told to stop. Returns `False` if it is unknown or was told before."""
        name = _name(ref)
        stats: ChildStats | None
        if self._by_name.get(name) is ref:  # as of most: nothing else was known of it until now
            self._by_name[name] = stats = ChildStats(ref)
        else:
            stats = self.find(ref)
            if stats is None or stats.stopping:
                return False
        stats.stopping = True
        self._stopping += 1
        return True

    def find(self, ref: ActorRef[Any]) -> ChildStats | None:
        """The entry of exactly this incarnation (S55)."""
        name = ref.path.name
        child = self._by_name.get(name)
        if child is None or (child is not ref and _ref(child) != ref):
            return None
        return child if isinstance(child, ChildStats) else self._stats(name)

    def by_name(self, name: str) -> ActorRef[Any] | None:
        """The child called so, also while it is stopping."""
        child = self._by_name.get(name)
        return child.ref if isinstance(child, ChildStats) else child

    def refs(self) -> list[ActorRef[Any]]:
        """Every child in start order, those that are stopping included."""
        return [_ref(child) for child in self._by_name.values()]

    def all(self) -> list[ChildStats]:
        """The entries of all children in start order."""
        return list(self)

    def alive(self) -> list[ChildStats]:
        """The children that were not told to stop, in start order."""
        return [stats for stats in self if not stats.stopping]

    @property
    def any_stopping(self) -> bool:
        """Whether a child that was told to stop is not gone yet."""
        return self._stopping > 0

    def check(self) -> None:
        """Raise `AssertionError` if an invariant is broken."""
        stopping = sum(stats.stopping for stats in self)
        assert stopping == self._stopping, f"{stopping} are stopping, {self._stopping} were counted"  # noqa: S101

    def _stats(self, name: str) -> ChildStats:
        child = self._by_name[name]
        if not isinstance(child, ChildStats):
            child = self._by_name[name] = ChildStats(child)
        return child


def _name(ref: ActorRef[Any]) -> str:
    """As `ref.path.name`, at half the price."""
    elements = ref.path.elements
    return elements[-1] if elements else "/"


def _ref(child: ActorRef[Any] | ChildStats) -> ActorRef[Any]:
    return child.ref if isinstance(child, ChildStats) else child


NO_CHILDREN: Final = Children()
"""Of an actor that has none and will have none."""
NO_CHILDREN.closed = True
