"""`Directory`: the reference that a text names, found quickly, for texts come with every message. SHELL of `ActorPath`.

Remembers a bounded number of texts. Temporary references, of which each ask has another, are not remembered, but their
address is. Deliberately not here: who lives at a path of this system (`runtime.registry`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.address import ActorPath, Address
from actors.ref import ActorRef
from runtime.protocol.codec import MAX_PATH_BYTES, is_short

_KEPT = 4096
_SCHEME = len("actor://")
_SURELY_SHORT = MAX_PATH_BYTES // 5
"""Letters that are not more bytes than are allowed, whatever they are."""


class Directory:
    """Texts and references of one system.

    Args:
        own: The system's address on the network.
        near: Finds what lives at a path of this system.
        far: Makes a reference to an actor of another system.
        temporary: Finds what is at `/temp/` and a name of this system.
    """

    def __init__(
        self,
        own: Address,
        near: Callable[[ActorPath], ActorRef[Any]],
        far: Callable[[ActorPath], ActorRef[Any]],
        temporary: Callable[[str], ActorRef[Any] | None] = lambda name: None,
    ) -> None:
        self._own = own
        self._local = Address(own.system)
        self._own_asks = f"{own}/temp/"
        self._temporary = temporary
        self._near = near
        self._far = far
        self._refs: dict[str, ActorRef[Any]] = {}
        self._paths: dict[str, ActorPath] = {}
        self._addresses: dict[str, Address] = {}

    def resolve(self, text: str) -> ActorRef[Any]:
        """The reference that a text names: of an actor here, of nobody, or of an actor elsewhere.

        Raises:
            ValueError: If it is no path, or too long for the wire.
        """
        if text.startswith(self._own_asks):
            name, _, uid = text[len(self._own_asks) :].partition("#")
            ref = self._temporary(name)
            if ref is not None and uid == name[1:]:
                return ref  # the usual answer
        ref = self._refs.get(text)
        if ref is not None:
            return ref
        if len(text) > _SURELY_SHORT and not is_short(text):
            raise ValueError(
                f"a path has {MAX_PATH_BYTES} bytes at most, with its uid, not as many as {text[:100]!r}..."
            )
        path = self._paths.get(text) or self._asker(text)
        if path is None:
            path = self._parse(text)
            if path.elements[:1] != ("temp",):
                if path.address.host is not None:
                    ref = self._far(path)
                    _remember(self._refs, text, ref)
                    return ref
                _remember(self._paths, text, path)
        return self._near(path) if path.address.host is None else self._far(path)

    def _asker(self, text: str) -> ActorPath | None:
        """The path of an ask at a known address, of which each text comes once or twice."""
        head, _, rest = text.partition("/temp/$")
        name, _, uid = rest.partition("#")
        if name == uid and len(uid) <= 20 and uid.isdigit() and uid.isascii():
            address = self._addresses.get(head)
            if address is not None:
                return ActorPath(address, ("temp", "$" + name), int(uid))
        return None

    def _parse(self, text: str) -> ActorPath:
        """As `ActorPath.parse`, in a fraction of the time where the address is known; our own becomes a local one."""
        head, hash_, uid = text.partition("#")
        cut = head.find("/", _SCHEME)
        address = self._addresses.get(head[:cut])
        if address is not None and cut > 0 and (not hash_ or (len(uid) <= 20 and uid.isascii() and uid.isdigit())):
            return ActorPath(address, tuple([part for part in head[cut + 1 :].split("/") if part]), int(uid or 0))
        path = ActorPath.parse(text)
        if path.address == self._own:
            path = path.at(self._local)
        if cut > 0:
            _remember(self._addresses, head[:cut], path.address)
        return path


def _remember(table: dict[str, Any], text: str, value: Any) -> None:
    if len(table) >= _KEPT:
        table.clear()
    table[text] = value
