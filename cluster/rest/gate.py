"""`LeaderGate`: the way from an HTTP request to the leader, on whichever JobManager the request arrived. SHELL.

A standby asks the leader as any client does. Who is asked is the Dispatcher of one epoch, by its reference: a former
leader does not answer for its successor. While nobody leads, and as soon as another leads than was asked, the answer is
`Unavailable` with a plain reason. Deliberately not here: HTTP (`cluster.rest.api`).
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol, TypeVar

from actors import ActorPath, ActorRef, AskTimeout, Request
from cluster.election.driver import LeaderInfo

R = TypeVar("R")

CONTENDER = "contender"
"""What `LeaderGate.ask` calls the leader's contender, whatever its name."""
MAX_QUESTIONS = 64
"""Questions to the leader that may be open at a time, from one JobManager."""
LOOK_S = 0.02
"""While an answer is awaited: between two looks at who leads."""


class Unavailable(Exception):
    """The leader cannot be asked now; the text says why, for people."""


class Office(Protocol):
    """The part of `LeaderOffice` that is needed here."""

    leader: LeaderInfo | None
    trouble: str


class Actors(Protocol):
    """The part of an actor system that is needed here."""

    def ref_for(self, path: ActorPath) -> ActorRef[Any]:
        """The reference at a path, here or elsewhere."""
        ...


class LeaderGate:
    """Asks whoever leads.

    Args:
        system: Of this process.
        office: Knows who leads.
        timeout_s: For one answer.
    """

    def __init__(self, system: Actors, office: Office, timeout_s: float) -> None:
        self._system = system
        self._office = office
        self._timeout_s = timeout_s
        self._open = 0

    @property
    def leader(self) -> LeaderInfo | None:
        """The confirmed leader."""
        return self._office.leader

    def nobody(self) -> Unavailable:
        """Why there is no leader, as far as this process knows."""
        why = self._office.trouble
        reason = f"the election backend cannot be used: {why}" if why else "an election is going on; try again soon"
        return Unavailable(f"nobody leads the cluster at the moment: {reason}")

    async def ask(self, request: Request[R], *, of: str = "") -> R:
        """The leader's answer.

        Args:
            request: For its Dispatcher.
            of: To be asked instead: `CONTENDER`, or the name of another top-level actor of the leading process.

        Raises:
            Unavailable: If nobody leads, another leads meanwhile, no answer comes in time, or too many wait already.
        """
        leader = self._office.leader
        if leader is None:
            raise self.nobody()
        if self._open >= MAX_QUESTIONS:
            raise Unavailable(f"{MAX_QUESTIONS} requests wait for the leader already; try again soon")
        path = ActorPath.parse(leader.address)
        if of:
            path = ActorPath.parse(leader.contender) if of == CONTENDER else ActorPath(path.address, ("user", of))
        self._open += 1
        asking = asyncio.ensure_future(self._system.ref_for(path).ask(request, timeout=self._timeout_s))
        try:
            while not asking.done() and self._office.leader == leader:
                await asyncio.wait([asking], timeout=LOOK_S)
            if not asking.done():
                raise Unavailable(f"the leader {leader.candidate} has just lost its office; try again soon")
            return asking.result()
        except AskTimeout:
            text = f"the leader {leader.candidate} has not answered in {self._timeout_s:g} s"
            raise Unavailable(text) from None
        finally:
            self._open -= 1
            asking.cancel()
