"""The TaskManagers that are registered with a leader. Bookkeeping of `cluster.leader.resource_manager`; no I/O.

Deliberately not here: their slots (`cluster.model.slots`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from actors import ActorRef
from actors.address import Address
from cluster.model.slots import Holder
from cluster.model.task_lease import surely_over_at
from cluster.protocol import RegisterTaskManager

Heartbeat: TypeAlias = tuple[float | None, float | None, float | None, float | None]
"""Seconds since the last heartbeat, how suspicious that is, from when on it is death, seconds between the last two."""
NO_HEARTBEAT: Heartbeat = (None, None, None, None)


@dataclass(slots=True)
class Member:
    """One registered TaskManager.

    Attributes:
        key: Id of this incarnation.
        registered_at: Wall time.
        granted_at: Monotonic time of the last lease that it was granted.
        suspected_at: Wall time of the suspicion under which it stands, or `None`.
        condemned: Whether it is judged dead without proof, and its lease is waited for.
        dismissed: Whether it is let go, and told so until it has left; it is condemned then, too.
    """

    key: str
    ref: ActorRef[Any]
    resource_id: str
    session: int
    pid: int
    lease_s: float
    registered_at: float
    granted_at: float
    suspected_at: float | None = None
    condemned: bool = False
    dismissed: bool = False

    @classmethod
    def of(cls, offer: RegisterTaskManager, wall_time: float, now: float) -> Member:
        """Who has just registered."""
        ref = offer.task_manager
        return cls(key_of(offer), ref, offer.resource_id, offer.session, offer.pid, offer.lease_s, wall_time, now)

    @property
    def lease_over_at(self) -> float:
        """Monotonic time from which on none of its tasks runs, if it gets no other lease."""
        return surely_over_at(self.granted_at, self.lease_s)

    def describe(self, slots: Sequence[Holder | None], heartbeat: Heartbeat) -> dict[str, Any]:
        """For `DescribeTaskManagers`."""
        age_s, suspicion, threshold, interval_s = heartbeat
        return {
            "id": self.resource_id,
            "path": str(self.ref.path),
            "pid": self.pid,
            "slots": len(slots),
            "free_slots": list(slots).count(None),
            "tasks": [list(holder) for holder in slots if holder is not None],
            "registered_at": self.registered_at,
            "suspected": self.suspected_at is not None,
            "heartbeat_age_s": age_s,
            "heartbeat_interval_s": interval_s,
            "suspicion": suspicion,
            "suspicion_threshold": threshold,
        }


def key_of(offer: RegisterTaskManager) -> str:
    """Of one incarnation: the same when it registers again."""
    return f"{offer.resource_id}#{offer.task_manager.path.uid}"


class Members:
    """All of them, by reference and by key."""

    def __init__(self) -> None:
        self._by_ref: dict[ActorRef[Any], Member] = {}
        self._by_key: dict[str, Member] = {}

    def __iter__(self) -> Iterator[Member]:
        return iter(list(self._by_ref.values()))

    def __len__(self) -> int:
        return len(self._by_ref)

    def describe(
        self, slots_of: Callable[[str], Sequence[Holder | None]], beats: Mapping[Address, Heartbeat]
    ) -> list[dict[str, Any]]:
        """All of them, for `DescribeTaskManagers`."""
        return [one.describe(slots_of(one.key), beats.get(one.ref.path.address, NO_HEARTBEAT)) for one in self]

    def add(self, member: Member) -> None:
        """It is registered."""
        self._by_ref[member.ref] = self._by_key[member.key] = member

    def remove(self, member: Member) -> None:
        """It is not any more."""
        del self._by_ref[member.ref], self._by_key[member.key]

    def find(self, ref: ActorRef[Any]) -> Member | None:
        """The TaskManager with that reference."""
        return self._by_ref.get(ref)

    def keyed(self, key: str) -> Member | None:
        """The one with that key; `None` if it is lost."""
        return self._by_key.get(key)

    def called(self, resource_id: str) -> list[Member]:
        """Those of that name."""
        return [one for one in self if one.resource_id == resource_id]

    def at(self, address: Address) -> list[Member]:
        """Those at that address."""
        return [one for one in self if one.ref.path.address == address]
