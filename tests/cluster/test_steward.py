"""When a JobManager's process ends, or begins again: the steward hears it, and decides by who leads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from actors import Actor, Props
from actors.address import Address
from cluster.election.driver import LeaderInfo
from cluster.steward import LeaveCluster, Steward
from runtime import ActorSystem, graceful_stop
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


async def test_a_process_without_a_contender_begins_again(actor_system: ActorSystem) -> None:
    """Its driver would win offices under which nobody leads; a restart of the contender is no end."""
    again: list[str] = []
    contender = actor_system.spawn(Props(Failing), "contender")
    office: Any = SimpleNamespace(leader=None)
    steward = actor_system.spawn(Props(Steward, office, "b", contender, again.append, again.append), "steward")
    contender.tell("fail")
    await contender.ask("are you there?")
    await steward.ask(LeaveCluster(0, "again"))
    assert again == ["the leader said: again"]

    await graceful_stop(contender)
    await steward.ask(LeaveCluster(0, "again"))
    assert again[1].startswith("the contender has ended")


class Failing(Actor[str]):
    """Fails when it is told to."""

    def receive(self, message: str) -> None:
        if message == "fail":
            raise ValueError(message)
        self.reply("yes")
