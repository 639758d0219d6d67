"""Which TaskManagers of the former leader a new one has still to hear of before it starts anything. Pure.

Their tasks may run: so long as one of them is neither back, nor dead for certain, nor without lease, nothing is started
in the place of what it may hold. Shell: `cluster.leader.resource_manager`. Deliberately not here: what they bring back
(`cluster.model.task_reunion`), and who they are (`cluster.leader.member_record`).
"""

from __future__ import annotations

from collections.abc import Mapping

from cluster.model.task_lease import surely_over_at


class Reunion:
    """The TaskManagers that are waited for.

    Args:
        former: Those of the former leader: path, and the lease of its tasks in seconds.
        now: When this leader took over, monotonic seconds; no other has granted a lease since.
    """

    __slots__ = ("_missing",)

    def __init__(self, former: Mapping[str, float], now: float) -> None:
        self._missing = {path: surely_over_at(now, lease_s) for path, lease_s in former.items()}

    @property
    def missing(self) -> tuple[str, ...]:
        """Paths of those that are waited for."""
        return tuple(self._missing)

    @property
    def ends_at(self) -> float | None:
        """When the last of them has no lease any more; `None` if nobody is waited for."""
        return max(self._missing.values(), default=None)

    def accounted(self, path: str) -> None:
        """It is back, or dead for certain."""
        self._missing.pop(path, None)

    def is_over(self, now: float) -> bool:
        """Whether nothing of the former leader's tasks can run where this leader does not know of it."""
        self._missing = {path: until for path, until in self._missing.items() if until > now}
        return not self._missing
