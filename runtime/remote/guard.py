"""`GuardedReception`: the reception of one peer that is not trusted. SHELL of `runtime.protocol.trust`.

It has a codec of its own: what that writes the peer was given, and what it reads names what was given or else nobody.
So it makes no difference whether a reference is a recipient, a sender, watched, or a field of a message. What names
nobody is answered as if nothing lived there. Deliberately not here: peers that are trusted (`reception`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.address import ActorPath, Address
from actors.ref import ActorRef
from runtime.protocol.codec import Codec
from runtime.protocol.envelope import CrossingSignal
from runtime.protocol.trust import Gate
from runtime.remote.node import Node
from runtime.remote.reception import Reception


class GuardedReception(Reception):
    """Hands over what came from one untrusted peer, if it may come.

    Args:
        node: Our system.
        peer: The peer's address.
        nobody: Makes a reference to nobody at a path.
        is_known: Whether there is an association with a system; others are not dialled on the peer's word.
    """

    def __init__(
        self,
        node: Node,
        peer: Address,
        nobody: Callable[[ActorPath], ActorRef[Any]],
        is_known: Callable[[Address], bool],
    ) -> None:
        super().__init__(node)
        self._gate = Gate(peer, node.settings.trusted_paths)
        self._peer = peer
        self._nobody = nobody
        self._is_known = is_known
        self._codec = Codec(node.own, self._resolve, self._give, node.settings.max_message_values)

    @property
    def codec(self) -> Codec:
        """What reads and writes values of this peer."""
        return self._codec

    @property
    def given(self) -> int:
        """How many references the peer has."""
        return len(self._gate)

    def forget(self) -> None:
        """Another incarnation lives there."""
        self._gate.forget()

    def take_message(self, recipient: ActorRef[Any], sender: ActorRef[Any] | None, message: Any) -> None:
        """See `Reception.take_message`."""
        objection = self._gate.objection_to_message(message)
        if objection:
            self._node.complain("a message was dropped", str(self._peer), recipient=str(recipient), text=objection)
        else:
            # Two actors here that answer each other would never end, so only the peer's own can be answered.
            is_own = sender is not None and sender.path.address == self._peer
            super().take_message(recipient, sender if is_own else None, message)

    def _objection(self, peer: Address, recipient: ActorRef[Any], signal: CrossingSignal) -> str:
        return self._gate.objection_to_signal(recipient, signal)

    def _give(self, path: ActorPath) -> None:
        self._gate.give(path, lambda one: self._node.lasts(self._node.resolve_text(str(one.at(self._node.own)))))

    def _resolve(self, text: str) -> ActorRef[Any]:
        ref = self._node.resolve_text(text)
        path = ref.path
        if path.address.is_remote:
            allowed = path.address == self._peer or self._is_known(path.address)
        else:
            allowed = self._gate.may_name(path, exactly="#" in text)
        if allowed:
            return ref
        self._node.complain("a reference was not given to the peer", str(self._peer), text=text[:200])
        return self._nobody(path)


class Guards:
    """The guarded receptions of one system, kept beyond their associations: what was given stays given.

    Args:
        node: Our system.
        nobody: As for `GuardedReception`.
        is_known: As for `GuardedReception`; who is known is not forgotten.
    """

    def __init__(
        self, node: Node, nobody: Callable[[ActorPath], ActorRef[Any]], is_known: Callable[[Address], bool]
    ) -> None:
        self._node = node
        self._nobody = nobody
        self._is_known = is_known
        self._of: dict[Address, GuardedReception] = {}

    def of(self, peer: Address) -> GuardedReception:
        """That of a peer; if there are as many as there may be associations, the oldest that is not used goes."""
        guard = self._of.pop(peer, None)
        if guard is None:
            guard = GuardedReception(self._node, peer, self._nobody, self._is_known)
            if len(self._of) >= self._node.settings.max_associations:
                idle = next((one for one in self._of if not self._is_known(one)), None)
                if idle is not None:
                    del self._of[idle]
        self._of[peer] = guard
        return guard

    def forget(self, peer: Address) -> None:
        """Another incarnation will live there: it was given nothing."""
        guard = self._of.get(peer)
        if guard is not None:
            guard.forget()
