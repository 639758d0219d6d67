"""`Steward`: the actor at `/user/steward` of each JobManager: when the process ends, and when the whole cluster. SHELL.

The leader's steward tells every TaskManager and every standby to leave, then its own process leaves; jobs stay stored,
so a cluster that is started again goes on with them. Differs from Flink: its `DELETE /cluster` removes what is stored.
A JobManager that the leader takes for dead, because it was cut off or frozen, can never be its standby again, and one
without a contender can never lead: it starts again as a new incarnation. Deliberately not here: how a process leaves
(`cluster.node`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from actors import Actor, ActorPath, ActorRef, Request, Terminated, message
from actors.address import Address
from cluster.election.driver import LeaderInfo
from cluster.election.protocol import GetElection
from cluster.protocol import GetCluster, ShutdownTaskManager
from runtime.remote.events import QuarantinedBy

STEWARD = "steward"
STANDBY_S = 2.0
"""A standby that does not answer in this time is left where it is."""


@message(name="cluster.shut-down-cluster")
class ShutDownCluster(Request[Any]):
    """Asks the leader's steward to end the cluster. Answer: `{}`, or `{"error": ...}` from one that does not lead."""

    reason: str


@message(name="cluster.leave-cluster")
class LeaveCluster(Request[Any]):
    """The leader of `epoch` tells a standby to leave. Answer: `{}`, when it stands for election no more."""

    epoch: int
    reason: str


class Office(Protocol):
    """The part of `LeaderOffice` that is needed here."""

    leader: LeaderInfo | None


@dataclass(frozen=True, slots=True)
class _Told:
    """Everybody else was told to leave."""

    asker: ActorRef[Any]
    reason: str


class Steward(Actor[Any]):
    """One for each JobManager.

    Args:
        office: Knows who leads.
        candidate: Id of this JobManager.
        contender: Its contender.
        leave: Called with the reason when this process should end.
        start_again: Called with the reason when only a new incarnation can stand by the leader, or lead.
    """

    def __init__(
        self,
        office: Office,
        candidate: str,
        contender: ActorRef[Any],
        leave: Callable[[str], None],
        start_again: Callable[[str], None],
    ) -> None:
        self._office = office
        self._candidate = candidate
        self._contender = contender
        self._leave = leave
        self._start_again = start_again

    def pre_start(self) -> None:
        """Hear of it when somebody takes us for dead, and when our contender has ended."""
        self.context.system.event_stream.subscribe(self.ref, QuarantinedBy)
        self.context.watch(self._contender)

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
                    self._tell_everybody(leader, reason),
                    on_success=lambda _: _Told(asker, reason),
                    on_failure=lambda error: self._apologise(asker, error),
                )
            case _Told(asker, reason):
                asker.tell({}, self.ref)
                self._leave(reason)
            case QuarantinedBy(address, detail):
                if leader is not None and leader.candidate != self._candidate and _lives_at(leader, address):
                    self._start_again(f"the leader at {address} takes this process for dead: {detail}")
            case Terminated(detail=detail):  # without it an office that this process gets would be nobody's
                self._start_again(f"the contender has ended: {detail}")
            case LeaveCluster(epoch, reason):
                if leader is None or epoch >= leader.epoch:
                    self._leave(f"the leader said: {reason}")
                self.reply({})
            case _:
                self.unhandled(message)

    async def _tell_everybody(self, leader: LeaderInfo, reason: str) -> None:
        """Standbys first, and until they have heard it: none of them must follow us."""
        election = await self._contender.ask(GetElection())
        cluster = await self._ref(ActorPath.parse(leader.address)).ask(GetCluster())
        standbys = [self._steward_of(candidate) for candidate in election["standbys"]]
        order = LeaveCluster(leader.epoch, reason)
        asked = (standby.ask(order, timeout=STANDBY_S) for standby in standbys)
        await asyncio.gather(*asked, return_exceptions=True)
        for member in cluster["task_managers"]:
            path = ActorPath.parse(member["path"])
            self._ref(path).tell(ShutdownTaskManager(leader.epoch, reason), self.ref)

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


def _lives_at(leader: LeaderInfo, address: Address) -> bool:
    return ActorPath.parse(leader.contender).address == address
