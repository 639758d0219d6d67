"""`TaskManagerProvider`: what the ResourceManager asks of whoever can start TaskManagers. A protocol and its values.

Deliberately not here: how many are needed, which the leader knows, and how one is started, which each provider knows.
"""

from __future__ import annotations

from typing import Protocol


class TaskManagerProvider(Protocol):
    """Keeps as many TaskManagers alive as it is told.

    A provider that cannot start any (`none`) ignores what it is told: then jobs wait until somebody starts one by hand.
    """

    @property
    def can_start(self) -> bool:
        """Whether it ever starts anything; said to people whose job waits for slots."""
        ...

    def require(self, epoch: int, missing_slots: int, registered: frozenset[str]) -> None:
        """The leader's need, told whenever it changes. Returns at once; a TaskManager registers by itself.

        Called again with the same need it must not start more: what it has started and is not yet registered counts.

        Args:
            epoch: Of the leader; a lower one than before is ignored.
            missing_slots: Slots that jobs wait for beyond the free ones of the registered TaskManagers; 0 or more.
            registered: Resource ids of the TaskManagers that are registered and alive.
        """

    def lost(self, epoch: int, resource_id: str) -> None:
        """A TaskManager is dead by the leader's verdict: what is left of its process must be ended."""
