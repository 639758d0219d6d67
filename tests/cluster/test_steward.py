"""When a JobManager's process ends, or begins again: the steward hears it, and decides by who leads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from actors import Props
from actors.address import Address
from cluster.election.driver import LeaderInfo
from cluster.steward import LeaveCluster, Steward
from runtime import ActorSystem
from runtime.remote.events import QuarantinedBy

LEADER = Address("jobmanager", "10.0.0.1", 6123)
OTHER = Address("jobmanager", "10.0.0.2", 6123)


@pytest.mark.parametrize(
    ("leader", "by", "begins_again"),
    [("a", LEADER, True), ("a", OTHER, False), ("b", LEADER, False)],
)
async def test_whom_the_leader_takes_for_dead(
    actor_system: ActorSystem, leader: str, by: Address, begins_again: bool
) -> None:
    """A standby that the leader takes for dead begins again as a new incarnation; the leader itself never does."""
    contender = "actor://jobmanager@10.0.0.1:6123/user/contender#1"
    office: Any = SimpleNamespace(leader=LeaderInfo(3, "dispatcher", contender, leader))
    left: list[str] = []
    again: list[str] = []
    steward = actor_system.spawn(
        Props(Steward, office, "b", actor_system.dead_letters, left.append, again.append), "steward"
    )
    await steward.ask(LeaveCluster(0, "said by a former leader"))  # it is there
    actor_system.event_stream.publish(QuarantinedBy(by, "declared dead before"))
    await steward.ask(LeaveCluster(0, "again"))  # it has heard
    assert (left, bool(again)) == ([], begins_again)
