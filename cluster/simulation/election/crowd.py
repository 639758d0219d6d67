"""`Crowd`: the candidates and followers of an election, whoever holds it, and what can be asked of all of them. SHELL.

Base class of the houses of the scenarios, which start the processes and know their backend. Deliberately not here: what
is right (each scenario's rules), and what a backend says.
"""

from __future__ import annotations

import abc
import contextlib
import random
from contextlib import AbstractContextManager

from cluster.election.driver import ElectionDriver
from cluster.simulation.election.answers import Answers
from cluster.simulation.election.candidate import Candidate
from cluster.simulation.election.faults import FOLLOWERS
from cluster.simulation.election.follower import ORDERS_PORT, Follower
from cluster.simulation.resources import Resources
from runtime.sim.campaign import Record, Violation
from runtime.sim.network import SimNetwork
from runtime.transport.base import Datagrams


class Crowd(abc.ABC):
    """All processes that stand or follow.

    Args:
        network: That they are in.
        record: Is told, and raises.
        resources: Knows what followers obey, and whom they follow.
        pace_s: Between two acts of a leader.
        answers_s: A driver answers within so long.

    Attributes:
        answers: What drivers were asked for.
        candidates: Those that were started last, by name.
        followers: Likewise.
    """

    def __init__(
        self, network: SimNetwork, record: Record, resources: Resources, pace_s: float, answers_s: float
    ) -> None:
        self.answers = Answers(record, answers_s)
        self.candidates: dict[str, Candidate] = {}
        self.followers: dict[str, Follower] = {}
        self._orders: dict[str, Datagrams] = {}
        self._lives: dict[str, int] = {}
        self._network = network
        self._record = record
        self._resources = resources
        self._pace_s = pace_s

    def make_candidate(self, name: str, driver: ElectionDriver, chance: random.Random) -> Candidate:
        """Who stands."""
        return Candidate(name, driver, self, self._pace_s)

    def make_follower(self, name: str, driver: ElectionDriver) -> Follower:
        """Who follows."""
        return Follower(name, driver, self)

    def believers(self) -> dict[str, int]:
        """The running candidates that may act as the leader now, by their own belief, and their epochs."""
        found = {}
        for name, candidate in self.candidates.items():
            if candidate.office.core.epoch:
                process = self._network.process(name)
                if process.alive and not process.frozen and process.call(candidate.is_believing):
                    found[name] = int(candidate.office.core.epoch)
        return found

    def following(self) -> dict[str, int]:
        """The epoch of whom each follower follows; 0 for nobody."""
        leaders = {name: follower.bond.leader for name, follower in self.followers.items()}
        return {name: leader.epoch if leader is not None else 0 for name, leader in leaders.items()}

    @abc.abstractmethod
    def acts(self, name: str, epoch: int) -> None:
        """See `Audience` of candidates."""

    def starts(self, name: str, epoch: int, granted: int) -> None:
        """See `Audience` of candidates. I14: nobody begins to lead under what it has lost."""
        text = f"{name} begins to lead under epoch {epoch}, and was granted {granted or 'none'}"
        with contextlib.suppress(Violation):
            self._record.require(epoch == granted, "I14", text)

    def asks(self, name: str, what: str) -> AbstractContextManager[None]:
        """See `Audience` of both."""
        return self.answers.awaited(name, what)

    def order(self, name: str, epoch: int, number: int) -> None:
        """See `Audience` of candidates."""
        for follower in FOLLOWERS:
            self._orders[name].send(f"{epoch}:{number}".encode(), (follower, ORDERS_PORT))

    def follows(self, name: str, epoch: int) -> None:
        """See `Audience` of followers."""
        self._resources.follows((name, self._lives[name]), epoch)

    def obeys(self, name: str, epoch: int) -> None:
        """See `Audience` of followers."""
        self._resources.accepts((name, self._lives[name]), epoch)
        self._record.sometimes("a follower obeyed")
