"""`SimEnsemble`: a coordination service of several members in the simulated world. SHELL of `cluster.simulation.tree`.

What its clients see is what ZooKeeper's see: writes are put in order by one member and need a majority; each member
follows a little later, so its reads may be old; sessions end by the leading member's clock, whatever a client believes,
and it hears of them only now and then: each half tick others say which of their clients they have heard, a write does
not; when the leading member is gone, nobody is served until another one leads, and sessions live on. A member that is
cut off may answer reads and pings for a while before it notices. Not how the members agree is modelled, only when they
can. Deliberately not here: the client (`cluster.simulation.zookeeper_client`), and when members are asked whom they
have heard (`cluster.simulation.polls`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from cluster.election.zookeeper.transaction import Op, delete
from cluster.simulation.member import Member, Parcels, Session, serve
from cluster.simulation.polls import Polls
from cluster.simulation.tree import Tree
from runtime.sim.looking import look_again
from runtime.sim.network import SimNetwork
from runtime.sim.world import World

Observer: TypeAlias = Callable[[Session, list[Op], list[Any]], None]

TICK_S = 0.1
"""Between two looks at who can talk to whom, and at sessions."""
REPORT_S = 0.45
"""Between two reports of a member to the leading one, up to `TICK_S` more: half a tick, where the shortest session of
ours, of two seconds, lasts the two ticks that it has to."""


class SimEnsemble:
    """The service.

    Args:
        world: That it is in.
        chance: Its own stream.
        size: Members, odd.
        election_s: Shortest and longest time from the loss of the leading member to the next.
        prefix: Of the names of members.
        report_s: Between two reports of a member to the leading one.
        lingers_s: For so long a member serves on that cannot reach the leading one, and has not noticed.

    Attributes:
        members: By name.
        tree: What has been decided.
        sessions: Those that live.
        leader: The leading member; `None` while there is none.
        parcels: What goes between members and clients.
        lagging: Members that follow only as far as they must.
        answers_to_lose: So many of the next writes are done, and their answers lost with the connection.
        polls: How members are asked.
        observers: Called with each transaction that was decided on or refused: the session, the operations and
            the results.
        mourners: Called with each session that has ended, before its nodes go.
    """

    def __init__(
        self,
        world: World,
        chance: random.Random,
        size: int = 3,
        election_s: tuple[float, float] = (0.3, 1.5),
        prefix: str = "zk",
        report_s: float = REPORT_S,
        lingers_s: float = 0.0,
    ) -> None:
        self.members = {f"{prefix}{number}": Member(f"{prefix}{number}") for number in range(1, size + 1)}
        self.tree = Tree()
        self.sessions: dict[int, Session] = {}
        self.leader: str | None = None
        self._world = world
        self._network: SimNetwork = world.network
        self._chance = chance
        self._election_s = election_s
        self._lingers_s = lingers_s
        self.polls = Polls(self._network, self.members, report_s, self._hear_from)
        self._term = 0
        self._log: list[tuple[list[Op], int]] = []
        self._next_session = 1
        self._elect_at: float | None = None
        self._clock: asyncio.Task[None] | None = None
        self.parcels = Parcels()
        self.lagging: set[str] = set()
        self.answers_to_lose = 0
        self.observers: list[Observer] = []
        self.mourners: list[Callable[[Session], None]] = []

    def start(self) -> None:
        """Start the members; they serve as soon as they have a leader."""
        for name in self.members:
            self.restart(name)
        self._clock = asyncio.get_running_loop().create_task(look_again(self._network, TICK_S, self._tick))

    async def close(self) -> None:
        """No more clock."""
        if self._clock is not None:
            self._clock.cancel()
            await asyncio.wait([self._clock])

    def restart(self, name: str) -> None:
        """Start a member again that was killed; it has its disk, and catches up."""
        member = self.members[name]
        member.clients.clear()
        member.stop_serving()
        self._world.launch(name, lambda transport: serve(transport, self, member))

    def is_up(self, name: str) -> bool:
        """Whether a member runs."""
        process = self._network.process(name)
        return process.alive and not process.frozen

    # --- for clients --------------------------------------------------------------------------------------------------

    def open_session(self, timeout_s: float, owner: str) -> Session:
        """A new session."""
        session = Session(self._next_session, timeout_s, self._network.now(), owner)
        self._next_session += 1
        self.sessions[session.id] = session
        return session

    def touch(self, session: int, timeout_s: float) -> bool:
        """The leader hears of that session, and how long it may last from now on; whether it lives."""
        found = self.sessions.get(session)
        if found is not None:
            found.heard_at, found.timeout_s = self._network.now(), timeout_s
        return found is not None

    def lives(self, session: int) -> bool:
        """Whether it does."""
        return session in self.sessions

    def heard(self, member: Member, session: int, timeout_s: float) -> None:
        """A member has had a word of that session, of which it tells the leader with its next report."""
        if session in self.sessions:
            self.sessions[session].spoken_at = self._network.now()
        if member.name == self.leader:
            self.touch(session, timeout_s)
        else:
            member.heard[session] = timeout_s

    def move(self, session: int, connection: object) -> None:
        """The client of that session speaks on this connection from now on."""
        self.sessions[session].connection = connection

    def has_moved(self, session: int, connection: object) -> bool:
        """Whether it speaks on another: what it said here before is refused, as ZooKeeper does (`SessionMoved`)."""
        return self.sessions[session].connection is not connection

    def commit(self, ops: Iterable[Op], session: int) -> list[Any]:
        """Decide on a transaction, at the leading member."""
        ops = list(ops)
        zxid = self.tree.zxid + 1
        results, _ = self.tree.commit(ops, session, zxid)
        who = self.sessions.get(session)
        if who is not None:
            for observe in self.observers:
                observe(who, ops, results)
        if self.tree.zxid == zxid:
            self._log.append((ops, session))
            for name in self.members:
                self._follow(name)
        return results

    def end_session(self, session: int) -> None:
        """It has said goodbye, or was silent for too long: its nodes go."""
        ended = self.sessions.pop(session, None)
        if ended is not None:
            for hear in self.mourners:
                hear(ended)
            self.commit([delete(path) for path in self.tree.owned_by(session)], session)

    def loses_answer(self) -> bool:
        """Whether the connection breaks between a commit and its answer."""
        if self.answers_to_lose == 0:
            return False
        self.answers_to_lose -= 1
        return True

    def at_leader(self, member: str, do: Callable[..., None], *args: Any) -> None:
        """Do that at the leading member, which a request has to reach first."""
        leader = self.leader
        if leader is None:
            return
        if leader == member:  # it is there already
            do(*args)
            return
        network = self._network

        def arrive() -> None:
            if self.leader == leader and self.is_up(leader) and self.is_up(member) and self._can_talk(member, leader):
                network.process(member).call(do, *args)

        network.at(network.now() + network.segment_s(member, leader), arrive)

    def when_followed(self, member: Member, do: Callable[[], None]) -> None:
        """Do that at a member when a majority has the newest transaction, and it has it too."""
        network, zxid, leader = self._network, self.tree.zxid, self.leader or member.name

        def follow() -> None:
            if self.is_up(member.name):
                self.polls.answer_first(member)
                self._catch_up(member.name, zxid)
                network.process(member.name).call(do)

        agreed_s = max(network.segment_s(leader, other) for other in self.members) * 2
        network.at(network.now() + agreed_s + network.segment_s(leader, member.name), follow)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _follow(self, name: str) -> None:
        """Tell a member of the newest transaction; a member that was away catches up at the next tick."""
        if name == self.leader:
            self._catch_up(name)
        elif self.leader is not None and name not in self.lagging and self._can_talk(self.leader, name):
            zxid = self.tree.zxid
            when = self._network.now() + self._network.segment_s(self.leader, name)
            self._network.at(when, self._catch_up, name, zxid)

    def _catch_up(self, name: str, up_to: int | None = None) -> None:
        member = self.members[name]
        newest = up_to or self.tree.zxid
        if newest <= member.tree.zxid or not self.is_up(name):
            return
        for zxid in range(member.tree.zxid + 1, newest + 1):
            member.apply(*self._log[zxid - 1], zxid)

    def _tick(self) -> None:
        now = self._network.now()
        self._see_to_leader(now)
        for name, member in self.members.items():
            if self._network.process(name).frozen:
                continue  # nobody can tell by its connections
            if self.leader is not None and self.is_up(name) and self._can_talk(name, self.leader):
                if member.is_serving and member.follows != (self.leader, self._term):
                    member.stop_serving()
                if name not in self.lagging:
                    self._catch_up(name)
                member.is_serving, member.follows, member.lost_at = True, (self.leader, self._term), None
            elif member.is_serving and not self._lingers(member, now):
                member.stop_serving()
        if self.leader is not None:
            self.polls.tick(self.leader)
            for session in list(self.sessions.values()):
                if now - session.heard_at > session.timeout_s:
                    self.end_session(session.id)

    def _lingers(self, member: Member, now: float) -> bool:
        """Whether it has not noticed yet that it is out of touch: only a partition takes its time."""
        if member.lost_at is None:
            member.lost_at = now
        is_cut_off = self.is_up(member.name) and self._network.process(member.follows[0]).alive
        return is_cut_off and now - member.lost_at < self._lingers_s

    def _hear_from(self, member: Member, sessions: dict[int, float]) -> None:
        """A member has said whom it has heard, to the leading one that it follows."""
        network, leader, follows = self._network, self.leader, member.follows
        if leader is None or follows != (leader, self._term):
            return

        def arrive() -> None:
            if follows == (self.leader, self._term) and self._can_talk(member.name, leader):
                for session, timeout_s in sessions.items():
                    self.touch(session, timeout_s)

        network.at(network.now() + network.segment_s(member.name, leader), arrive)

    def _see_to_leader(self, now: float) -> None:
        if self.leader is not None and not self._has_majority(self.leader):
            self.leader = None
        if self.leader is not None:
            self._elect_at = None
            return
        able = [name for name in self.members if self._has_majority(name)]
        if not able:
            self._elect_at = None
        elif self._elect_at is None:
            self._elect_at = now + (0.0 if not self._log else self._chance.uniform(*self._election_s))
        if self._elect_at is not None and now >= self._elect_at:
            self.leader = max(able, key=lambda name: (self.members[name].tree.zxid, name))
            self._term += 1
            self._elect_at = None
            for session in self.sessions.values():  # a new leader gives every session its whole time
                session.heard_at = now

    def _has_majority(self, name: str) -> bool:
        heard = [one for one in self.members if one == name or self._can_talk(name, one)]
        return self.is_up(name) and len(heard) * 2 > len(self.members)

    def _can_talk(self, one: str, other: str) -> bool:
        network = self._network
        return self.is_up(other) and not network.is_cut(one, other) and not network.is_cut(other, one)
