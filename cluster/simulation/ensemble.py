"""`SimEnsemble`: a coordination service of several members in the simulated world. SHELL of `cluster.simulation.tree`.

What its clients see is what ZooKeeper's see: writes are put in order by one member and need a majority; each member
follows a little later, so its reads may be old; sessions end by the ensemble's own clock, whatever a client believes;
when the leading member is gone, nobody is served until another one leads, and sessions live on. Not how the members
agree is modelled, only when they can. Deliberately not here: the client (`cluster.simulation.zookeeper_client`).
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from kazoo.exceptions import KazooException

from cluster.election.zookeeper.transaction import Op, delete
from cluster.simulation.tree import Tree
from runtime.sim.network import SimNetwork, SimTransport
from runtime.sim.world import World
from runtime.transport.base import Connection

PORT = 2181
TICK_S = 0.1
"""Between two looks at who can talk to whom, and at sessions."""


@dataclass(slots=True)
class Session:
    """One session, at the ensemble.

    Attributes:
        id: Its number.
        timeout_s: After so long without a word it ends.
        heard_at: The last word, by the world's clock.
    """

    id: int
    timeout_s: float
    heard_at: float


class Member:
    """One member: its copy of the tree, and the watches of the clients that are connected to it.

    Attributes:
        name: Of its process and host.
        tree: What it has seen.
        is_serving: Whether it is in touch with a leader that has a majority.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.tree = Tree()
        self.is_serving = False
        self.clients: dict[ClientConnection, None] = {}
        self._watches: dict[str, list[Callable[[], None]]] = {}

    def watch(self, path: str, call: Callable[[], None]) -> None:
        """Call once when that node has changed, come or gone."""
        self._watches.setdefault(path, []).append(call)

    def apply(self, ops: list[Op], session: int, zxid: int) -> None:
        """Follow the leader by one transaction."""
        if zxid != self.tree.zxid + 1:
            return
        for path in dict.fromkeys(self.tree.commit(ops, session, zxid)[1]):
            for call in self._watches.pop(path, ()):
                call()

    def stop_serving(self) -> None:
        """Send every client away."""
        self.is_serving = False
        self._watches.clear()
        for client in list(self.clients):
            client.end()
        self.clients.clear()


class SimEnsemble:
    """The service.

    Args:
        world: That it is in.
        chance: Its own stream.
        size: Members, odd.
        election_s: Shortest and longest time from the loss of the leading member to the next.
        prefix: Of the names of members.

    Attributes:
        members: By name.
        tree: What has been decided.
        sessions: Those that live.
        leader: The leading member; `None` while there is none.
    """

    def __init__(
        self,
        world: World,
        chance: random.Random,
        size: int = 3,
        election_s: tuple[float, float] = (0.3, 1.5),
        prefix: str = "zk",
    ) -> None:
        self.members = {f"{prefix}{number}": Member(f"{prefix}{number}") for number in range(1, size + 1)}
        self.tree = Tree()
        self.sessions: dict[int, Session] = {}
        self.leader: str | None = None
        self._world = world
        self._network: SimNetwork = world.network
        self._chance = chance
        self._election_s = election_s
        self._log: list[tuple[list[Op], int]] = []
        self._next_session = 1
        self._elect_at: float | None = None
        self._clock: asyncio.Task[None] | None = None
        self._parcels: dict[int, tuple[Any, ...]] = {}
        self._tickets = itertools.count(1)

    def start(self) -> None:
        """Start the members; they serve as soon as they have a leader."""
        for name in self.members:
            self.restart(name)
        self._clock = asyncio.get_running_loop().create_task(self._tick())

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
        self._world.launch(name, lambda transport: _serve(transport, self, member))

    def is_up(self, name: str) -> bool:
        """Whether a member runs."""
        process = self._network.process(name)
        return process.alive and not process.frozen

    # --- for clients --------------------------------------------------------------------------------------------------

    def open_session(self, timeout_s: float) -> Session:
        """A new session."""
        session = Session(self._next_session, timeout_s, self._network.now())
        self._next_session += 1
        self.sessions[session.id] = session
        return session

    def touch(self, session: int) -> bool:
        """A word of that session; whether it lives."""
        found = self.sessions.get(session)
        if found is not None:
            found.heard_at = self._network.now()
        return found is not None

    def commit(self, ops: Iterable[Op], session: int) -> list[Any]:
        """Decide on a transaction, at the leading member."""
        ops = list(ops)
        zxid = self.tree.zxid + 1
        results, _ = self.tree.commit(ops, session, zxid)
        if self.tree.zxid == zxid:
            self._log.append((ops, session))
            for name in self.members:
                self._follow(name)
        return results

    def end_session(self, session: int) -> None:
        """It has said goodbye, or was silent for too long: its nodes go."""
        if self.sessions.pop(session, None) is not None:
            self.commit([delete(path) for path in self.tree.owned_by(session)], session)

    def at_leader(self, member: str, do: Callable[..., None], *args: Any) -> None:
        """Do that at the leading member, which a request has to reach first."""
        leader = self.leader
        if leader is None:
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
                self._catch_up(member.name, zxid)
                network.process(member.name).call(do)

        agreed_s = max(network.segment_s(leader, other) for other in self.members) * 2
        network.at(network.now() + agreed_s + network.segment_s(leader, member.name), follow)

    # --- parcels: things that travel as numbers, since nobody but this process will read them -------------------------

    def pack(self, parcel: tuple[Any, ...]) -> bytes:
        """The bytes that stand for it."""
        ticket = next(self._tickets)
        self._parcels[ticket] = parcel
        return ticket.to_bytes(8, "big")

    def unpack(self, data: bytes) -> tuple[list[tuple[Any, ...]], bytes]:
        """What the bytes stand for, and what is left of them."""
        whole = len(data) // 8 * 8
        tickets = [int.from_bytes(data[start : start + 8], "big") for start in range(0, whole, 8)]
        return [self._parcels.pop(ticket) for ticket in tickets], data[whole:]

    # --- inside -------------------------------------------------------------------------------------------------------

    def _follow(self, name: str) -> None:
        """Tell a member of the newest transaction; a member that was away catches up at the next tick."""
        if name == self.leader:
            self._catch_up(name)
        elif self.leader is not None and self._can_talk(self.leader, name):
            zxid = self.tree.zxid
            when = self._network.now() + self._network.segment_s(self.leader, name)
            self._network.at(when, self._catch_up, name, zxid)

    def _catch_up(self, name: str, up_to: int | None = None) -> None:
        member = self.members[name]
        if not self.is_up(name):
            return
        for zxid in range(member.tree.zxid + 1, (up_to or self.tree.zxid) + 1):
            member.apply(*self._log[zxid - 1], zxid)

    async def _tick(self) -> None:
        while True:
            now = self._network.now()
            self._see_to_leader(now)
            for name, member in self.members.items():
                serves = self.leader is not None and self.is_up(name) and self._can_talk(name, self.leader)
                if serves:
                    self._catch_up(name)
                    member.is_serving = True
                elif member.is_serving:
                    member.stop_serving()
            if self.leader is not None:
                for session in list(self.sessions.values()):
                    if now - session.heard_at > session.timeout_s:
                        self.end_session(session.id)
            await asyncio.sleep(TICK_S)

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
            self._elect_at = None
            for session in self.sessions.values():  # a new leader gives every session its whole time
                session.heard_at = now

    def _has_majority(self, name: str) -> bool:
        heard = [one for one in self.members if one == name or self._can_talk(name, one)]
        return self.is_up(name) and len(heard) * 2 > len(self.members)

    def _can_talk(self, one: str, other: str) -> bool:
        network = self._network
        return self.is_up(other) and not network.is_cut(one, other) and not network.is_cut(other, one)


class ClientConnection:
    """A client's connection, at a member. What goes over it are tickets for things in `ensemble.parcels`."""

    def __init__(self, ensemble: SimEnsemble, member: Member) -> None:
        self._ensemble = ensemble
        self._member = member
        self._connection: Connection | None = None
        self._inbox = b""
        self._session = 0

    def connection_made(self, connection: Connection) -> None:
        """Serve it, if this member serves at all."""
        self._connection = connection
        if self._member.is_serving:
            self._member.clients[self] = None
        else:
            connection.close()

    def data_received(self, data: bytes) -> None:
        """Requests."""
        parcels, self._inbox = self._ensemble.unpack(self._inbox + data)
        for parcel in parcels:
            self._handle(*parcel)

    def connection_lost(self, error: BaseException | None) -> None:
        """The client is gone; its session lives on for its time."""
        self._connection = None
        self._member.clients.pop(self, None)

    def pause_writing(self) -> None:
        """Answers are small."""

    def resume_writing(self) -> None:
        """See `pause_writing`."""

    def end(self) -> None:
        """Send the client away."""
        if self._connection is not None:
            self._connection.close()

    def _handle(self, kind: str, *args: Any) -> None:
        ensemble, member = self._ensemble, self._member
        match kind, args:
            case "connect", (session, timeout_s):
                ensemble.at_leader(member.name, self._admit, session, timeout_s)
            case "ping", ():
                ensemble.at_leader(member.name, self._touch)
            case "read", (number, name, path, watch):
                if watch:
                    member.watch(path, lambda: self._send("changed", watch))
                self._send("answer", number, _read(member.tree, name, path))
            case "write", (number, ops):
                ensemble.at_leader(member.name, self._write, number, ops)
            case "goodbye", ():
                ensemble.at_leader(member.name, lambda: ensemble.end_session(self._session))

    def _admit(self, session: int, timeout_s: float) -> None:
        if session and not self._ensemble.touch(session):
            self._send("expired")
            return
        self._session = session or self._ensemble.open_session(timeout_s).id
        self._send("connected", self._session, timeout_s)

    def _touch(self) -> None:
        if self._ensemble.touch(self._session):
            self._send("pong")
        else:
            self._send("expired")

    def _write(self, number: int, ops: list[Op]) -> None:
        if not self._ensemble.touch(self._session):
            self._send("expired")
            return
        results = self._ensemble.commit(ops, self._session)
        self._ensemble.when_followed(self._member, lambda: self._send("answer", number, results))

    def _send(self, *parcel: Any) -> None:
        if self._connection is not None:
            self._connection.write(self._ensemble.pack(parcel))


def _read(tree: Tree, name: str, path: str) -> Any:
    try:
        return getattr(tree, name)(path)
    except KazooException as error:
        return error


async def _serve(transport: SimTransport, ensemble: SimEnsemble, member: Member) -> None:
    await transport.listen(member.name, PORT, lambda: ClientConnection(ensemble, member))
    await asyncio.get_running_loop().create_future()
