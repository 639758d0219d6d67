"""How long tasks may run without word from a leader, seen from both sides. Pure.

A TaskManager asks for its tasks' lease again and again. It counts from when it asked, so an answer that was long on its
way is worth nothing; when the lease is over its tasks are ended, however it came that no leader answered: a cut, a
freeze, a dead leader. A leader that loses sight of a TaskManager without proof of its death starts nothing in the place
of its tasks before their lease must be over. So no two attempts of a task run at a time. Shells:
`cluster.taskmanager.task_manager`, `cluster.leader.resource_manager`. Not in Flink: there two copies may run for the
difference of two timeouts.
"""

from __future__ import annotations

import math

CLOCKS_DIFFER = 1.1
"""How much longer a leader waits than the lease is: no two clocks run at one rate, and processes take time to die."""
DEATH_S = 0.1
"""The same for the shortest of leases."""
RENEWALS = 6
"""How often a lease is asked for in its time."""


class TaskLease:
    """The lease of a TaskManager's tasks, as it sees it.

    Args:
        lease_s: How long it holds; `None` for tasks that need none.

    Attributes:
        until: Monotonic seconds; tasks may run until then.
    """

    __slots__ = ("lease_s", "until")

    def __init__(self, lease_s: float | None) -> None:
        self.lease_s = lease_s
        self.until = math.inf if lease_s is None else -math.inf

    @property
    def renew_every_s(self) -> float | None:
        """How often to ask; `None` for never."""
        return None if self.lease_s is None else self.lease_s / RENEWALS

    def granted(self, asked_at: float) -> bool:
        """A leader has answered what was asked at `asked_at`; whether that lengthens the lease."""
        if self.lease_s is None or asked_at + self.lease_s <= self.until:
            return False
        self.until = asked_at + self.lease_s
        return True

    def would_hold(self, asked_at: float, now: float) -> bool:
        """Whether an answer to what was asked at `asked_at` is worth anything still."""
        return self.lease_s is None or now < asked_at + self.lease_s

    def is_over(self, now: float) -> bool:
        """Whether no task may run."""
        return now >= self.until


def surely_over_at(granted_at: float, lease_s: float) -> float:
    """When a lease is over for certain, by the clock of the leader that granted it at `granted_at`, or heard of it."""
    return granted_at + (lease_s * CLOCKS_DIFFER + DEATH_S if lease_s > 0 else 0.0)
