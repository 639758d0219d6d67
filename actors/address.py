"""Where an actor is: `Address` of a system, `ActorPath` of an actor in it, and the uid that tells incarnations apart.

Pure. Used by every layer; knows nothing of cells or sockets. Deliberately not here: looking an address up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from actors.errors import InvalidActorName

_SYSTEM_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
_ACTOR_NAME = re.compile(r"[A-Za-z0-9_.*+:@&=,!~';-][A-Za-z0-9_.*+:@&=,!~';$-]*\Z")
_TEXT = re.compile(
    r"actor://(?P<system>[^/@#]+)"
    r"(?:@(?P<host>\[[^\[\]/@#]+\]|[^\[\]:/@#]+):(?P<port>\d{1,5}))?"
    r"(?P<path>/[^#]*)?(?:#(?P<uid>\d{1,20}))?\Z",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)  # and no `value`: addresses are compared and hashed more often than made
class Address:
    """The address of an actor system.

    Attributes:
        system: The system's name.
        host: Host name or IP address, or `None` for "this process" (a local address).
        port: TCP port (1-65535), or `None` together with `host`.
    """

    system: str
    host: str | None = None
    port: int | None = None

    @property
    def is_remote(self) -> bool:
        """Whether this names a place on the network rather than "this process"."""
        return self.host is not None

    def __str__(self) -> str:
        if self.host is None:
            return f"actor://{self.system}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"actor://{self.system}@{host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Parse `actor://system` or `actor://system@host:port`.

        Raises:
            ValueError: If `text` is not such an address, or has a path behind it.
        """
        path = ActorPath.parse(text)
        if path.elements or path.uid:
            raise ValueError(f"{text!r} is the path of an actor, not the address of a system")
        return path.address


class ActorPath:
    """The place of an actor in the tree of its system, with the uid of the incarnation that lives there.

    Equal when address, elements and uid are equal, so a new actor at an old path is another actor (D18).

    Attributes:
        address: The system; a local address (no host) for actors of this process.
        elements: Names from the root down, for example `("user", "a", "b")`.
        uid: Number of the incarnation, 0 when not known (a path written by a person).
    """

    __slots__ = ("address", "elements", "uid")

    def __init__(self, address: Address, elements: tuple[str, ...] = (), uid: int = 0) -> None:
        self.address: Address = address
        self.elements: tuple[str, ...] = elements
        self.uid: int = uid

    @property
    def name(self) -> str:
        """The last element, `/` for the root."""
        return self.elements[-1] if self.elements else "/"

    def child(self, name: str, uid: int = 0) -> ActorPath:
        """The path of a child called `name`."""
        return ActorPath(self.address, (*self.elements, name), uid)

    def at(self, address: Address) -> ActorPath:
        """The same place and incarnation, seen from elsewhere."""
        return ActorPath(address, self.elements, self.uid)

    def without_uid(self) -> str:
        """The text without `#uid`: the same for all incarnations at this place."""
        return f"{self.address}/{'/'.join(self.elements)}"

    def __str__(self) -> str:
        return f"{self.without_uid()}#{self.uid}" if self.uid else self.without_uid()

    def __repr__(self) -> str:
        return f"ActorPath({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ActorPath):
            return NotImplemented
        return self.uid == other.uid and self.elements == other.elements and self.address == other.address

    def __hash__(self) -> int:
        return self.uid or hash(self.elements)

    @classmethod
    def parse(cls, text: str) -> ActorPath:
        """Parse `actor://system[@host:port][/a/b][#uid]`.

        Raises:
            ValueError: If `text` has another form or a port beyond 65535.
        """
        match = _TEXT.match(text)
        if match is None or not _SYSTEM_NAME.match(match["system"]):
            raise ValueError(f"{text!r} is not an actor path; expected actor://system[@host:port]/a/b[#uid]")
        port = int(match["port"]) if match["port"] else None
        if port is not None and not 0 < port < 65536:
            raise ValueError(f"{text!r} has port {port}; a port is 1 to 65535")
        host = match["host"].strip("[]") if match["host"] else None
        elements = tuple(part for part in (match["path"] or "").split("/") if part)
        return cls(Address(match["system"], host, port), elements, int(match["uid"] or 0))


def check_system_name(name: object) -> str:
    """Return `name` if an actor system may be called so.

    Raises:
        ValueError: If it is empty or has characters that an address cannot carry.
    """
    if not isinstance(name, str) or not _SYSTEM_NAME.match(name):
        raise ValueError(f"{name!r} cannot name an actor system; use letters, digits, '.', '_' and '-'")
    return name


def check_actor_name(name: object) -> str:
    """Return `name` if an actor may be called so (S74): not empty, no leading `$`, URL-safe characters.

    Raises:
        InvalidActorName: If not.
    """
    if not isinstance(name, str) or not _ACTOR_NAME.match(name):
        raise InvalidActorName(
            f"{name!r} cannot name an actor; use letters, digits and -_.*+:@&=,!~';$ and do not begin with $"
        )
    return name
