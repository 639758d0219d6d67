"""`Steward`: the actor at `/user/steward` of each JobManager; ends the whole cluster when somebody asks for it. SHELL.

The leader's steward tells every TaskManager and every standby to leave, then its own process leaves; jobs stay stored,
so a cluster that is started again goes on with them. Differs from Flink: its `DELETE /cluster` removes what is stored.
Deliberately not here: how a process leaves (`cluster.node`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from actors import Actor, ActorPath, ActorRef, Request, message
from actors.address import Address
from cluster.election.driver import LeaderInfo
from cluster.election.protocol import GetElection
from cluster.protocol import GetCluster, ShutdownTaskManager

STEWARD = "steward"


@message(name="cluster.shut-down-cluster")
class ShutDownCluster(Request[Any]):
    """Asks the leader's steward to end the cluster. Answer: `{}`, or `{"error": ...}` from one that does not lead."""

    reason: str


@message(name="cluster.leave-cluster")
class LeaveCluster:
    """The leader of `epoch` tells a standby to leave."""

    epoch: int
    reason: str


class Office(Protocol):
    """The part of `LeaderOffice` that is needed here."""

    leader: LeaderInfo | None


@dataclass(frozen=True, slots=True)
class _Known:
    """Who there is."""

    asker: ActorRef[Any]
    reason: str
    task_managers: list[str]
    standbys: list[str]


class Steward(Actor[Any]):
    """One for each JobManager.

    Args:
        office: Knows who leads.
        candidate: Id of this JobManager.
        contender: Its contender.
        leave: Called with the reason when this process should end.
    """

    def __init__(self, office: Office, candidate: str, contender: ActorRef[Any], leave: Callable[[str], None]) -> None:
        self._office = office
        self._candidate = candidate
        self._contender = contender
        self._leave = leave

    def receive(self, message: Any) -> None:
        """Handle one message."""
        leader = self._office.leader
        match message:
            case ShutDownCluster(reason):
                if leader is None or leader.candidate != self._candidate:
                    self.reply({"error": f"{self._candidate} does not lead"})
                    return
                asker = self.sender
                self.context.pipe_to_self(
                    self._look_around(leader, asker, reason), on_failure=lambda error: self._apologise(asker, error)
                )
            case _Known() if leader is not None:
                for path in message.task_managers:
                    order = ShutdownTaskManager(leader.epoch, message.reason)
                    self._ref(ActorPath.parse(path)).tell(order, self.ref)
                for candidate in message.standbys:
                    self._steward_of(candidate).tell(LeaveCluster(leader.epoch, message.reason), self.ref)
                message.asker.tell({}, self.ref)
                self._leave(message.reason)
            case LeaveCluster(epoch, reason):
                if leader is None or epoch >= leader.epoch:
                    self._leave(f"the leader said: {reason}")
            case _:
                self.unhandled(message)

    async def _look_around(self, leader: LeaderInfo, asker: ActorRef[Any], reason: str) -> _Known:
        election = await self._contender.ask(GetElection())
        cluster = await self._ref(ActorPath.parse(leader.address)).ask(GetCluster())
        members = [str(one["path"]) for one in cluster["task_managers"]]
        return _Known(asker, reason, members, list(election["standbys"]))

    def _apologise(self, asker: ActorRef[Any], error: BaseException) -> None:
        asker.tell({"error": f"it is not known who there is: {error}"}, self.ref)

    def _ref(self, path: ActorPath) -> ActorRef[Any]:
        ref: ActorRef[Any] = self.context.system.ref_for(path)
        return ref

    def _steward_of(self, candidate: str) -> ActorRef[Any]:
        """A candidate is called `name@host:port#incarnation`, see `cluster.assembly`."""
        host, _, port = candidate.rpartition("@")[2].partition("#")[0].rpartition(":")
        address = Address(self.context.system.name, host, int(port))
        return self._ref(ActorPath(address, ("user", STEWARD)))
