"""`Registry`: from a path to a reference. SHELL.

Actors are found through their parents, asks in a table of their own.
"""

from __future__ import annotations

from typing import Any

from actors.address import ActorPath, Address
from actors.errors import AskTimeout
from actors.notices import Identify
from actors.ref import ActorRef
from runtime.dead import nobody
from runtime.protocol.standing import Standing


class Registry:
    """Finds what lives at a path of one system.

    Args:
        system: The system.

    Attributes:
        temporary: What is at `/temp/` and a name.
    """

    def __init__(self, system: Any) -> None:
        self._system = system
        self._local = Address(system.name)
        self.temporary: dict[str, ActorRef[Any]] = {}

    def find_local(self, path: ActorPath) -> ActorRef[Any] | None:
        """The actor, ask, dead letters or event stream at a local path; uid 0 stands for any incarnation."""
        ref: ActorRef[Any] | None
        elements, system = path.elements, self._system
        if elements and elements[0] == "user":  # nearly always
            ref = self._in_tree(elements)
        elif elements and elements[0] == "temp":
            ref = self.temporary.get(elements[1]) if len(elements) == 2 else None
        elif elements == system.dead_letters.path.elements:
            ref = system.dead_letters  # as other systems name it: it answers no watch (D13)
        elif elements == system.event_stream.watcher.path.elements:
            ref = system.event_stream.watcher  # hears of the death of subscribers on other nodes
        else:
            ref = self._in_tree(elements)
        return ref if ref is not None and path.uid in (0, ref.path.uid) else None

    def _in_tree(self, elements: tuple[str, ...]) -> ActorRef[Any] | None:
        root = self._system.root
        ref: ActorRef[Any] | None = None if root is None else root.ref
        for name in elements:
            family = getattr(ref.sink, "family", None) if ref is not None else None
            ref = family.by_name(name) if family is not None else None
        return ref

    def ref_for(self, path: ActorPath) -> ActorRef[Any]:
        """A reference for any path: local, remote, or of nobody."""
        system = self._system
        address = path.address
        if (address.host is None and address.system == system.name) or address == system.address:
            return self.find_local(path) or nobody(system, path.at(self._local), answers=True)
        if system.remote is None or not path.address.is_remote:
            return nobody(system, path, answers=True)
        found: ActorRef[Any] = system.remote.ref_for(path)
        return found

    async def resolve(self, text: str, timeout_s: float) -> ActorRef[Any]:
        """Ask what lives at a path for its reference.

        Raises:
            LookupError: If nothing lives there, or nobody answers in time.
            ValueError: If `text` is no path.
        """
        path = ActorPath.parse(text)
        ref = self.ref_for(path)
        try:
            identity = await self._system.ask(ref, Identify(text), timeout_s)
        except AskTimeout as error:
            raise LookupError(f"{text} could not be resolved: no answer within {timeout_s} s") from error
        if identity.ref is None:
            raise LookupError(f"nothing lives at {text}{self._why_nobody(path.address)}")
        found: ActorRef[Any] = identity.ref
        return found

    def _why_nobody(self, address: Address) -> str:
        """Said of a node that may well live, but to which nobody here listens any more."""
        remote = self._system.remote
        if remote is None or not address.is_remote or address == self._system.address:
            return ""
        if (peer := remote.callee(address)) is None or peer.verdict.standing is not Standing.DEAD:
            return ""
        return ": its node was declared dead here, and has not started again since"
