"""A member of a simulated ensemble: its copy of the tree, its clients and what they watch. SHELL.

Deliberately not here: who leads, sessions, and the order of writes (`cluster.simulation.ensemble`).
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from kazoo.exceptions import KazooException

from cluster.election.zookeeper.transaction import Op
from cluster.simulation.tree import Tree
from runtime.sim.network import SimTransport
from runtime.transport.base import Connection

PORT = 2181


class Parcels:
    """Things that travel as numbers, since nobody but this process will read them."""

    def __init__(self) -> None:
        self._parcels: dict[int, tuple[Any, ...]] = {}
        self._tickets = itertools.count(1)

    def pack(self, parcel: tuple[Any, ...]) -> bytes:
        """The bytes that stand for it."""
        ticket = next(self._tickets)
        self._parcels[ticket] = parcel
        return ticket.to_bytes(8, "big")

    def unpack(self, data: bytes) -> tuple[list[tuple[Any, ...]], bytes]:
        """What the bytes stand for, and what is left of them."""
        if len(data) == 8:  # as it was sent, nearly always
            return [self._parcels.pop(int.from_bytes(data, "big"))], b""
        whole = len(data) // 8 * 8
        tickets = [int.from_bytes(data[start : start + 8], "big") for start in range(0, whole, 8)]
        return [self._parcels.pop(ticket) for ticket in tickets], data[whole:]


@dataclass(slots=True)
class Session:
    """One session, at the ensemble.

    Attributes:
        id: Its number.
        timeout_s: After so long without a word it ends, as who told the leader of it last lets it last.
        heard_at: When the leader heard of it last, by the world's clock: no word of it is newer, but some may be.
        owner: Process of the client.
        spoken_at: When a member heard of it last, whether or not the leader knows.
        connection: That the client was last admitted on.
    """

    id: int
    timeout_s: float
    heard_at: float
    owner: str
    spoken_at: float = 0.0
    connection: object = None


class Service(Protocol):
    """What a member needs of the ensemble."""

    parcels: Parcels

    def at_leader(self, member: str, do: Callable[..., None], *args: Any) -> None:
        """Do that at the leading member, which a request has to reach first."""

    def when_followed(self, member: Member, do: Callable[[], None]) -> None:
        """Do that at a member when a majority has the newest transaction, and it has it too."""

    def open_session(self, timeout_s: float, owner: str) -> Session:
        """A new session."""
        ...

    def touch(self, session: int, timeout_s: float) -> bool:
        """The leader hears of that session, and how long it may last; whether it lives."""
        ...

    def lives(self, session: int) -> bool:
        """Whether it does."""
        ...

    def heard(self, member: Member, session: int, timeout_s: float) -> None:
        """A member has had a word of that session, which lasts so long there."""

    def move(self, session: int, connection: object) -> None:
        """The client of that session speaks on this connection from now on."""

    def has_moved(self, session: int, connection: object) -> bool:
        """Whether it speaks on another."""
        ...

    def end_session(self, session: int) -> None:
        """It has said goodbye."""

    def commit(self, ops: Iterable[Op], session: int) -> list[Any]:
        """Decide on a transaction."""
        ...

    def loses_answer(self) -> bool:
        """Whether the connection breaks between a commit and its answer."""
        ...


class Member:
    """One member: its copy of the tree, and the watches of the clients that are connected to it.

    Attributes:
        name: Of its process and host.
        tree: What it has seen.
        is_serving: Whether it is in touch with a leader that has a majority, or has not noticed that it is not.
        follows: The leading member with which it was in touch last, and the number of that one's time as the leader.
        lost_at: When it lost touch; `None` while it has it.
        heard: Sessions of which it has had a word, and the leader does not know yet; and how long each lasts.
        most_s: No session lasts longer here.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.tree = Tree()
        self.is_serving = False
        self.follows: tuple[str, int] = "", 0
        self.lost_at: float | None = None
        self.heard: dict[int, float] = {}
        self.most_s = float("inf")
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
        self.lost_at = None
        self.heard.clear()
        self._watches.clear()
        for client in list(self.clients):
            client.end()
        self.clients.clear()


class ClientConnection:
    """A client's connection, at a member. What goes over it are tickets for things in `Parcels`."""

    def __init__(self, service: Service, member: Member) -> None:
        self._service = service
        self._member = member
        self._connection: Connection | None = None
        self._inbox = b""
        self._session = 0
        self._timeout_s = 0.0

    def connection_made(self, connection: Connection) -> None:
        """Serve it, if this member serves at all."""
        self._connection = connection
        if self._member.is_serving:
            self._member.clients[self] = None
        else:
            connection.close()

    def data_received(self, data: bytes) -> None:
        """Requests."""
        parcels, self._inbox = self._service.parcels.unpack(self._inbox + data)
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
        service, member = self._service, self._member
        match kind, args:
            case "connect", (_, _, _, zxid) if zxid > member.tree.zxid:
                self.end()  # it has seen more than we have
            case "connect", (session, timeout_s, owner, _):
                service.at_leader(member.name, self._admit, session, timeout_s, owner)
            case "ping", ():
                service.heard(member, self._session, self._timeout_s)
                if member.lost_at is None:
                    service.at_leader(member.name, self._look)
                else:
                    self._send("pong")
            case "read", (number, name, path, watch):
                service.heard(member, self._session, self._timeout_s)
                result = _read(member.tree, name, path)
                if watch and not isinstance(
                    result, KazooException
                ):  # one on a node that is missing leaves `exists` only
                    member.watch(path, lambda: self._send("changed", watch))
                self._send("answer", number, result, member.tree.zxid)
            case "write", (number, ops):
                service.heard(member, self._session, self._timeout_s)
                service.at_leader(member.name, self._write, number, ops)
            case "goodbye", ():
                service.at_leader(member.name, lambda: service.end_session(self._session))

    def _admit(self, session: int, timeout_s: float, owner: str) -> None:
        self._timeout_s = timeout_s = min(timeout_s, self._member.most_s)
        if session and not self._service.touch(session, timeout_s):
            self._send("expired")
            return
        self._session = session or self._service.open_session(timeout_s, owner).id
        self._service.move(self._session, self)
        self._send("connected", self._session, timeout_s)

    def _look(self) -> None:
        self._send("pong" if self._service.lives(self._session) else "expired")

    def _write(self, number: int, ops: list[Op]) -> None:
        if not self._service.lives(self._session):
            self._send("expired")
            return
        if self._service.has_moved(self._session, self):  # on its way for so long that its client has come elsewhere
            self.end()
            return
        results = self._service.commit(ops, self._session)
        if self._service.loses_answer():
            self.end()
            return
        self._service.when_followed(self._member, lambda: self._answer(number, results))

    def _answer(self, number: int, results: list[Any]) -> None:
        self._send("answer", number, results, self._member.tree.zxid)

    def _send(self, *parcel: Any) -> None:
        if self._connection is not None:
            self._connection.write(self._service.parcels.pack(parcel))


def _read(tree: Tree, name: str, path: str) -> Any:
    try:
        return getattr(tree, name)(path)
    except KazooException as error:
        return error


async def serve(transport: SimTransport, service: Service, member: Member) -> None:
    """The program of a member's process."""
    await transport.listen(member.name, PORT, lambda: ClientConnection(service, member))
    await asyncio.get_running_loop().create_future()
