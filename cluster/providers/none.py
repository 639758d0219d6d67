"""`NoProvider`: TaskManagers are started by people. Jobs wait until there are enough slots.

The provider of a cluster whose `resourcemanager.provider` is `none`, the default.
"""

from __future__ import annotations


class NoProvider:
    """A `TaskManagerProvider` that starts nothing."""

    can_start = False
    trouble = ""

    def has_made(self, resource_id: str) -> bool:
        """See `TaskManagerProvider`."""
        return False

    def require(self, epoch: int, missing_slots: int, registered: frozenset[str]) -> None:
        """See `TaskManagerProvider`."""

    def stand_down(self, epoch: int) -> None:
        """See `TaskManagerProvider`."""

    def lost(self, epoch: int, resource_id: str) -> None:
        """See `TaskManagerProvider`."""

    def close(self) -> None:
        """Nothing to let go of."""
