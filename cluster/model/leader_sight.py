"""Whom a process takes for the leader while it may have lost sight of the election. Pure.

A short break of the connection changes nothing (FLINK-10052): the leader goes on, and so do its tasks. After a long one
the leader that is known may long be deposed, and is not trusted any more (FLINK-18677). Shell:
`cluster.election.zookeeper_sight`. Deliberately not here: what a follower does without a leader.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Show:
    """Tell the process who leads; `None` is nobody, or nobody knows."""

    leader: Any


class LeaderSight:
    """What one process sees. Each method is an event. Times are monotonic seconds.

    Args:
        patience_s: Without a connection, for which the leader that is known is trusted.

    Attributes:
        shown: The leader as the process was told last.
        distrust_at: When `tick` has something to do.
    """

    __slots__ = ("distrust_at", "patience_s", "shown")

    def __init__(self, patience_s: float) -> None:
        self.patience_s = patience_s
        self.shown: Any = None
        self.distrust_at = NEVER

    def seen(self, leader: Any) -> list[Show]:
        """The ensemble says who leads."""
        self.distrust_at = NEVER
        if leader == self.shown:
            return []
        self.shown = leader
        return [Show(leader)]

    def suspended(self, now: float) -> list[Show]:
        """The connection is gone. Another word of it, or of the session's end, does not start the patience anew."""
        if self.distrust_at == NEVER and self.shown is not None:
            self.distrust_at = now + self.patience_s
        return []

    def tick(self, now: float) -> list[Show]:
        """Time has passed."""
        return self.seen(None) if now >= self.distrust_at else []
