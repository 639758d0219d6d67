"""What contenders say to each other and to whoever looks for the leader. Pure data.

Deliberately not here: who may lead, which only the election backend says.
"""

from __future__ import annotations

from typing import Any

from actors import ActorRef, Request, message
from cluster.election.driver import LeaderInfo


@message(name="cluster.leader-is")
class LeaderIs:
    """The confirmed leader, or nobody.

    Attributes:
        info: `None` while there is no confirmed leader.
    """

    info: LeaderInfo | None


@message(name="cluster.who-leads")
class WhoLeads(Request[LeaderIs]):
    """Asks any contender."""


@message(name="cluster.standing-by")
class StandingBy:
    """A standby makes itself known to the leader of `epoch`.

    Attributes:
        contender: Its own contender.
        candidate: Id of its process.
    """

    epoch: int
    contender: ActorRef[Any]
    candidate: str


@message(name="cluster.get-election")
class GetElection(Request[Any]):
    """Asks the leader's contender: `{"role", "epoch", "candidate", "leader": {...} or None, "standbys": [...]}`."""
