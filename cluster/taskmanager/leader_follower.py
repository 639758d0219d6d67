"""How a process that does not stand for election hears who leads: a listener that tells an actor.

SHELL between an `ElectionDriver` and the actor of a TaskManager or a client. Deliberately not here: what they do then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from actors import ActorRef
from cluster.election.driver import LeaderInfo


@dataclass(frozen=True, slots=True)
class LeaderChanged:
    """The election says who leads now; `None` is nobody. Never crosses the wire."""

    leader: LeaderInfo | None


class LeaderFollower:
    """An `ElectionListener` that follows only.

    Args:
        follower: Gets a `LeaderChanged` at each change.
        failed: Called when the backend cannot be used, once per outage.
    """

    def __init__(self, follower: ActorRef[Any], failed: Callable[[Exception], None]) -> None:
        self._follower = follower
        self._failed = failed

    def granted(self, epoch: int) -> None:
        """Cannot happen to one who does not stand."""

    def revoked(self) -> None:
        """Cannot happen to one who does not stand."""

    def suspended(self) -> None:
        """Cannot happen to one who does not stand."""

    def resumed(self) -> None:
        """Cannot happen to one who does not stand."""

    def leader_changed(self, info: LeaderInfo | None) -> None:
        """Pass it on."""
        self._follower.tell(LeaderChanged(info))

    def failed(self, error: Exception) -> None:
        """Pass it on. What is known of the leader stays valid: silence of the backend is no change of leader."""
        self._failed(error)
