"""`Contender`: the actor at `/user/contender` of each JobManager: starts and stops the leader part, and watches others.

On a grant it spawns the Dispatcher; when that has recovered, the leadership is published, and only then do others see
it. As a standby it DeathWatches the leader's contender: on a certain death it takes over without waiting for a lease.
Deliberately not here: the decisions (`cluster.model.leadership`, behind `cluster.election.office`). After Flink's
`DefaultLeaderElectionService` and `DefaultDispatcherRunner`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from actors import Actor, ActorPath, ActorRef, OneForOneStrategy, Props, Terminated, stopping_decider
from cluster.election.driver import ElectionDriver, LeaderInfo
from cluster.election.office import BackendFailed, LeaderOffice, LeaderSeen, Perform
from cluster.election.protocol import GetElection, LeaderIs, StandingBy, WhoLeads
from cluster.flaws import drops
from cluster.leader.messages import LeadershipConfirmed
from cluster.model.leadership import Challenge, LeadershipEffect, Publish, Resign, Role, StartLeader, StopLeader
from runtime.remote.events import NodeSuspected, NodeTrusted

PUBLISH_AGAIN_S = 0.1
"""Between two tries to publish while the backend cannot be used."""


@dataclass(frozen=True, slots=True)
class _Published:
    """The backend's answer; `None` when there was none, and why."""

    effect: Publish
    confirmed: bool | None
    why: BaseException | None = None


@dataclass(frozen=True, slots=True)
class _PublishAgain:
    effect: Publish


@dataclass(frozen=True, slots=True)
class _Resigned:
    """The office is given back after the leader part broke."""


@dataclass(frozen=True, slots=True)
class _StandAgain:
    """Others have had their chance."""


class Contender(Actor[Any]):
    """One process's part in the election.

    Args:
        office: The leadership of this process.
        driver: The election backend; started and stood by whoever spawns this.
        candidate: Id of this process's incarnation.
        leader: What to spawn under an epoch: the Dispatcher.
        rest_s: After its leader part broke, this process stands again after so many seconds.
        by_evidence: Whether it may take over from a leader that is dead for certain, or waits for the backend.
    """

    supervisor_strategy = OneForOneStrategy(decider=stopping_decider)

    def __init__(
        self,
        office: LeaderOffice,
        driver: ElectionDriver,
        candidate: str,
        leader: Callable[[int], Props[Any]],
        rest_s: float = 1.0,
        *,
        by_evidence: bool = True,
    ) -> None:
        self._office = office
        self._core = office.core
        self._driver = driver
        self._candidate = candidate
        self._leader_props = leader
        self._rest_s = rest_s
        self._by_evidence = by_evidence
        self._dispatcher: ActorRef[Any] | None = None
        self._dispatcher_epoch = self._unpublished_epoch = 0
        self._watched: ActorRef[Any] | None = None
        self._watched_epoch = 0
        self._standbys: dict[ActorRef[Any], str] = {}

    def pre_start(self) -> None:
        """Take part."""
        for event in (NodeSuspected, NodeTrusted):
            self.context.system.event_stream.subscribe(self.ref, event)
        self._office.open(self.ref)
        self._core.stand()
        self._follow(self._office.leader)

    def post_restart(self, reason: BaseException) -> None:
        """Nothing of an old leader part is left, so its office is given back; others have their chance first."""
        self.pre_start()
        self._perform([Resign(self._core.highest_epoch)])

    def post_stop(self) -> None:
        """Take no part any more; the leader part has stopped with us. Else watches would outlive a restart (D54)."""
        self._core.leave()
        self._core.stopped(self._core.epoch)
        for ref in {*self._standbys, *filter(None, (self._watched, self._dispatcher))}:
            self.context.unwatch(ref)

    def receive(self, message: Any) -> None:
        """Handle one message."""
        match message:
            case _ if drops(self.context, self.log, message):
                pass
            case Perform(effects):
                self._perform(list(effects))
            case LeaderSeen(info):
                self._follow(info)
            case Terminated(ref=ref):
                self._gone(ref, message)
            case _Published(effect, confirmed, why):
                self._published(effect, confirmed, why)
            case _PublishAgain(effect):
                if self._core.role is Role.CONFIRMING and self._core.epoch == effect.epoch:
                    self._publish(effect)
            case _Resigned():
                self.context.timers.start_single("stand", _StandAgain(), self._rest_s)
            case _StandAgain():
                self._background(self._driver.stand(self._candidate))
            case StandingBy(epoch, contender, candidate):
                if epoch == self._core.epoch and contender != self.ref:
                    self._standbys[self.context.watch(contender)] = candidate
            case NodeSuspected(address=address) | NodeTrusted(address=address):
                if self._watched is not None and self._watched.path.address == address:
                    self._office.leader_suspected(self._watched_epoch, suspected=isinstance(message, NodeSuspected))
            case WhoLeads():
                self.reply(LeaderIs(self._office.leader))
            case GetElection():
                self.reply(self._election())
            case BackendFailed(error):
                self.log.error("the leader's work or the election backend failed", error=str(error))
            case _:
                self.unhandled(message)

    # --- effects ------------------------------------------------------------------------------------------------------

    def _perform(self, effects: list[LeadershipEffect]) -> None:
        for effect in effects:
            match effect:
                case StartLeader(epoch):
                    if self._core.role is not Role.GRANTED or self._core.epoch != epoch:
                        continue  # lost since then, also by a restart of ours
                    self.log.info("leadership granted", epoch=epoch, how=self._driver.succession.value)
                    self._dispatcher_epoch = epoch
                    self._dispatcher = self.context.watch(
                        self.context.spawn(self._leader_props(epoch), f"dispatcher-{epoch}")
                    )
                case StopLeader(epoch):
                    self.log.info("leadership ends", epoch=epoch)
                    if self._dispatcher is not None and self._dispatcher_epoch == epoch:
                        self.context.stop(self._dispatcher)
                    else:
                        self._perform(self._core.stopped(epoch))
                case Publish():
                    self._publish(effect)
                case Challenge(epoch):
                    if self._by_evidence:
                        self._background(self._driver.challenge(epoch))
                case Resign():
                    self.context.pipe_to_self(
                        self._driver.resign(), on_success=lambda _: _Resigned(), on_failure=lambda _: _Resigned()
                    )

    def _publish(self, effect: Publish) -> None:
        info = LeaderInfo(effect.epoch, effect.address, self._own_address(), self._candidate)
        self.context.pipe_to_self(
            self._driver.publish(info),
            on_success=lambda confirmed: _Published(effect, confirmed),
            on_failure=lambda why: _Published(effect, None, why),
        )

    def _published(self, effect: Publish, confirmed: bool | None, why: BaseException | None) -> None:
        if confirmed is None:
            if self._unpublished_epoch != effect.epoch:  # said once: it is tried again ten times a second
                self._unpublished_epoch = effect.epoch
                self.log.warning("the leader cannot be shown yet", epoch=effect.epoch, error=str(why))
            self.context.timers.start_single("publish", _PublishAgain(effect), PUBLISH_AGAIN_S)
        elif confirmed:
            self.log.info("leader", epoch=effect.epoch, address=effect.address)
            self._perform(self._core.published(effect.epoch))
            if self._dispatcher is not None and self._dispatcher_epoch == effect.epoch:
                self._dispatcher.tell(LeadershipConfirmed(effect.epoch), self.ref)
        else:
            self._perform(self._core.publish_failed(effect.epoch))

    def _background(self, work: Any) -> None:
        self.context.pipe_to_self(work, on_success=lambda _: None, on_failure=BackendFailed)

    # --- others -------------------------------------------------------------------------------------------------------

    def _gone(self, ref: ActorRef[Any], verdict: Terminated) -> None:
        if ref == self._dispatcher:
            self._dispatcher = None
            if self._core.role is not Role.STOPPING:
                self.log.error("the leader part broke", epoch=self._dispatcher_epoch, detail=verdict.detail)
                self._core.failed(self._dispatcher_epoch)
            self._perform(self._core.stopped(self._dispatcher_epoch))
        elif ref == self._watched:
            self._watched = None
            self.log.info("the leader is gone", cause=verdict.cause.value, detail=verdict.detail)
            self._office.leader_died(self._watched_epoch, verdict)
        self._standbys.pop(ref, None)  # a former leader may stand by already

    def _follow(self, info: LeaderInfo | None) -> None:
        """Watch the leader, unless that is us."""
        if info is None:
            return
        if self._watched is not None and self._watched not in self._standbys:
            self.context.unwatch(self._watched)
        self._watched = None
        if info.candidate == self._candidate:
            return
        for standby in self._standbys:
            self.context.unwatch(standby)
        self._standbys.clear()
        try:
            leader = self.context.system.ref_for(ActorPath.parse(info.contender))
        except ValueError as error:
            self.log.error("the leader cannot be watched", epoch=info.epoch, error=str(error))
            return
        self._watched, self._watched_epoch = self.context.watch(leader), info.epoch
        leader.tell(StandingBy(info.epoch, self.ref, self._candidate), self.ref)

    def _own_address(self) -> str:
        return str(self.ref.path.at(self.context.system.address))

    def _election(self) -> dict[str, Any]:
        leader = self._office.leader
        return {
            "role": self._core.role.value,
            "epoch": self._core.highest_epoch,
            "candidate": self._candidate,
            "leader": None
            if leader is None
            else {"candidate": leader.candidate, "epoch": leader.epoch, "address": leader.address},
            "standbys": sorted(self._standbys.values()),
        }
