"""Which of several actors gets a message: round robin, all, by hash, at random, the idlest; and what routers are told.

Pure. The router itself, an ordinary actor, is in `runtime.routing` and is the shell of what is here. Deliberately not
here: who makes the routees and what happens when one fails. Akka counterpart: `RoutingLogic` and router messages.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeAlias

from actors.message import Request, message
from actors.ref import ActorRef


@message(name="actors.routing.broadcast")
class Broadcast:
    """A router passes `message` on to every routee, whatever its logic.

    Attributes:
        message: What the routees get.
    """

    message: Any


@message(name="actors.routing.add-routee")
class AddRoutee:
    """One more routee for a router; it is watched, but does not become a child. No-op if it is one already.

    Attributes:
        ref: The routee.
    """

    ref: ActorRef[Any]


@message(name="actors.routing.remove-routee")
class RemoveRoutee:
    """One routee less. A child of a pool is stopped behind the messages that it already has.

    Attributes:
        ref: The routee.
    """

    ref: ActorRef[Any]


@message(name="actors.routing.routees")
class Routees:
    """The answer to `GetRoutees`.

    Attributes:
        refs: The living routees.
    """

    refs: tuple[ActorRef[Any], ...]


@message(name="actors.routing.get-routees")
class GetRoutees(Request[Routees]):
    """Asks a router for its routees."""


class Crew(Protocol):
    """The routees of one router, as its logic sees them."""

    @property
    def refs(self) -> Sequence[ActorRef[Any]]:
        """At least one routee; another sequence after each change."""
        ...

    def draw(self) -> float:
        """A random number, 0 to 1, 1 excluded."""
        ...

    def waiting(self, ref: ActorRef[Any]) -> float:
        """How many messages wait in its mailbox; infinite if that cannot be seen from here."""
        ...


class RoutingLogic(Protocol):
    """Chooses routees for one message. Only ever asked while there is a routee."""

    def choose(self, message: Any, crew: Crew) -> Iterable[ActorRef[Any]]:
        """The routees that get `message`."""
        ...


class RoundRobin:
    """One after the other."""

    def __init__(self) -> None:
        self._next = 0

    def choose(self, message: Any, crew: Crew) -> Iterable[ActorRef[Any]]:
        """The next one."""
        refs = crew.refs
        place = self._next % len(refs)
        self._next = place + 1
        return (refs[place],)


class RandomChoice:
    """Any of them, with equal chances."""

    def choose(self, message: Any, crew: Crew) -> Iterable[ActorRef[Any]]:
        """One of them."""
        refs = crew.refs
        return (refs[int(crew.draw() * len(refs))],)


class SmallestMailbox:
    """The one with the fewest waiting messages; routees on other nodes only if there is none here."""

    def choose(self, message: Any, crew: Crew) -> Iterable[ActorRef[Any]]:
        """The idlest; the first of several."""
        return (min(crew.refs, key=crew.waiting),)


class ToAll:
    """Every routee gets every message."""

    def choose(self, message: Any, crew: Crew) -> Iterable[ActorRef[Any]]:
        """All of them."""
        return crew.refs


HashKey: TypeAlias = "str | bytes | int"


class ConsistentHashing:
    """Messages with the same key go to the same routee; when routees come or go, few keys move.

    Args:
        key: The key of a message.
        points: Places of each routee on the ring: more of them spread keys more evenly, and cost memory.
    """

    def __init__(self, key: Callable[[Any], HashKey], points: int = 100) -> None:
        if points < 1:
            raise ValueError(f"a routee needs 1 or more points on the ring, not {points}")
        self._key = key
        self._points = points
        self._ring = HashRing(())
        self._ring_of: Sequence[ActorRef[Any]] | None = None
        self._by_name: dict[str, ActorRef[Any]] = {}

    def choose(self, message: Any, crew: Crew) -> Iterable[ActorRef[Any]]:
        """The owner of the message's key.

        Raises:
            Exception: Whatever the key function raises.
            TypeError: If the key is neither text, bytes nor a whole number.
        """
        if crew.refs is not self._ring_of:
            self._ring_of = crew.refs
            # By path, not by incarnation: who takes a dead routee's name takes its keys.
            self._by_name = {ref.path.without_uid(): ref for ref in crew.refs}
            self._ring = HashRing(self._by_name, self._points)
        return (self._by_name[self._ring.owner(self._key(message))],)


class HashRing:
    """Names on a circle; a key belongs to the next name on it. The same in every process: no `hash()`.

    Args:
        names: Who shares the keys.
        points: Places of each name on the circle.
    """

    def __init__(self, names: Iterable[str], points: int = 100) -> None:
        places = sorted((_place(f"{name}/{number}"), name) for name in names for number in range(points))
        self._places = [place for place, _ in places]
        self._names = [name for _, name in places]

    def owner(self, key: HashKey) -> str:
        """Whom a key belongs to.

        Raises:
            LookupError: If there are no names.
            TypeError: If the key is neither text, bytes nor a whole number.
        """
        if not self._places:
            raise LookupError("a ring without names owns no key")
        return self._names[bisect.bisect_right(self._places, _place(key)) % len(self._places)]


def _place(key: HashKey) -> int:
    if isinstance(key, str):
        data = b"s" + key.encode("utf-8", "surrogatepass")
    elif isinstance(key, bytes):
        data = b"b" + key
    elif isinstance(key, int):
        data = b"i%d" % key
    else:
        raise TypeError(f"the key of a message is text, bytes or a whole number, not {key!r}")
    import hashlib  # with the first ring: it brings OpenSSL along

    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest())
