"""`LeaderOffice`: one process's leadership, as the backend, the contender and the leader's actors see it.

Shell of `cluster.model.leadership`: it listens to the election driver, feeds the core, and hands the effects to the
contender actor, which performs them. `may_act` answers at once, so work that was started under an epoch can be checked
at the moment it takes effect. Implements `cluster.leader.services.Office`. Deliberately not here: performing anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from actors import ActorRef, Terminated
from cluster.election.driver import LeaderInfo, Succession
from cluster.model.leadership import Leadership, LeadershipEffect
from cluster.model.timeline import Takeover


@dataclass(frozen=True, slots=True)
class Perform:
    """For the contender: do these, in order."""

    effects: tuple[LeadershipEffect, ...]


@dataclass(frozen=True, slots=True)
class LeaderSeen:
    """For the contender: another leader is confirmed, or nobody is."""

    info: LeaderInfo | None


@dataclass(frozen=True, slots=True)
class BackendFailed:
    """For the contender: the election backend cannot be used."""

    error: BaseException


class GrantedBy(Protocol):
    """The part of an `ElectionDriver` that says how an office became free, and whether it is ours for certain."""

    succession: Succession

    def holds(self, epoch: int) -> bool:
        """See `ElectionDriver`."""
        ...


class LeaderOffice:
    """One process's office.

    Args:
        driver: Says why the office was free.
        address_of: Makes the text of a local reference that others can reach.
        wall_time: Seconds since 1970, for people.

    Attributes:
        core: The contender's state machine.
        leader: The confirmed leader, as the backend shows it.
        trouble: What the backend failed with last, for people, until a leader is seen again; empty if nothing.
    """

    def __init__(
        self, driver: GrantedBy, address_of: Callable[[ActorRef[Any]], str], wall_time: Callable[[], float]
    ) -> None:
        self.core = Leadership()
        self.leader: LeaderInfo | None = None
        self.trouble = ""
        self._driver = driver
        self._address_of = address_of
        self._wall_time = wall_time
        self._contender: ActorRef[Any] | None = None
        self._former: LeaderInfo | None = None
        self._verdict: tuple[int, Terminated, float] | None = None
        self._suspected: tuple[int, float] | None = None
        self._takeovers: dict[int, Takeover] = {}

    def open(self, contender: ActorRef[Any]) -> None:
        """`contender` performs the effects from now on."""
        self._contender = contender

    # --- the driver's listener ----------------------------------------------------------------------------------------

    def granted(self, epoch: int) -> None:
        """See `ElectionListener`."""
        takeover = self._took_over(epoch)
        self._takeovers = {} if takeover is None else {epoch: takeover}
        self.perform(self.core.granted(epoch))

    def revoked(self) -> None:
        """See `ElectionListener`."""
        self.perform(self.core.revoked())

    def suspended(self) -> None:
        """See `ElectionListener`."""
        self.perform(self.core.suspended())

    def resumed(self) -> None:
        """See `ElectionListener`."""
        self.perform(self.core.resumed())

    def leader_changed(self, info: LeaderInfo | None) -> None:
        """See `ElectionListener`."""
        self._former = self.leader or self._former
        self.leader = info
        if info is not None:
            self.trouble = ""
        self.perform(self.core.leader_changed(info.epoch if info is not None else 0))
        self._tell(LeaderSeen(info))

    def failed(self, error: Exception) -> None:
        """See `ElectionListener`."""
        self.trouble = str(error)
        self._tell(BackendFailed(error))

    # --- the leader's actors ------------------------------------------------------------------------------------------

    def may_act(self, epoch: int) -> bool:
        """See `Office`."""
        return self.core.may_act(epoch) and self._driver.holds(epoch)

    def reachable(self, epoch: int, dispatcher: ActorRef[Any]) -> None:
        """See `Office`."""
        self.perform(self.core.ready(epoch, self._address_of(dispatcher)))

    def broken(self, epoch: int, error: BaseException) -> None:
        """See `Office`."""
        if self.core.may_act(epoch):
            self._tell(BackendFailed(error))
        self.perform(self.core.failed(epoch))

    def takeover(self, epoch: int) -> Takeover | None:
        """See `Office`."""
        return self._takeovers.get(epoch)

    # --- the contender ------------------------------------------------------------------------------------------------

    def leader_died(self, epoch: int, verdict: Terminated) -> None:
        """The contender that led under `epoch` is dead by DeathWatch's verdict."""
        self._verdict = (epoch, verdict, self._wall_time())
        self.perform(self.core.leader_dead(epoch, certain=verdict.cause.is_certain))

    def leader_suspected(self, epoch: int, *, suspected: bool) -> None:
        """The contender that led under `epoch` is suspiciously silent, or is heard again; for the timeline."""
        self._suspected = (epoch, self._wall_time()) if suspected else None

    def leave(self) -> None:
        """This process takes no part any more: from now on it may not act."""
        self.perform(self.core.leave())

    def perform(self, effects: list[LeadershipEffect]) -> None:
        """Hand effects of the core to the contender."""
        if effects:
            self._tell(Perform(tuple(effects)))

    def _took_over(self, epoch: int) -> Takeover | None:
        """How we came to lead. DeathWatch's verdict on the former leader is the best evidence, else the backend's."""
        former = self.leader or self._former
        if former is None or former.epoch >= epoch:
            return None
        now = self._wall_time()
        suspected_at = None
        if self._suspected is not None and self._suspected[0] == former.epoch:
            suspected_at = self._suspected[1]
        name = f"{former.candidate} (epoch {former.epoch})"
        if self._verdict is not None and self._verdict[0] == former.epoch:
            _, verdict, convicted_at = self._verdict
            return Takeover(name, verdict.cause.value, verdict.detail, suspected_at, convicted_at, now)
        how = self._driver.succession
        seen_dead = how is Succession.PROCESS_DEAD
        detail = "the election backend saw the process end" if seen_dead else ""
        return Takeover(name, how.value, detail, suspected_at, now if seen_dead else None, now)

    def _tell(self, message: Any) -> None:
        if self._contender is not None:
            self._contender.tell(message)
