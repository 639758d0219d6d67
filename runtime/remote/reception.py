"""`Reception`: where what another system sent meets the actors of this one. SHELL.

Decides nothing: a message goes to its recipient or to dead letters, a signal to its recipient's system lane, and the
watch registry hears of it. Deliberately not here: bytes.
"""

from __future__ import annotations

from typing import Any

from actors.address import Address
from actors.errors import in_words
from actors.ref import ActorRef
from actors.signals import DeathWatchNotification, Unwatch, Watch
from runtime.protocol.codec import Codec
from runtime.protocol.envelope import CrossingSignal
from runtime.protocol.trust import objection_to_signal
from runtime.remote.node import Node


class Reception:
    """Hands over what came for actors of this system.

    Args:
        node: Our system.
    """

    def __init__(self, node: Node) -> None:
        self._node = node

    @property
    def codec(self) -> Codec:
        """What reads and writes the values."""
        return self._node.codec

    def take_message(self, recipient: ActorRef[Any], sender: ActorRef[Any] | None, message: Any) -> None:
        """Tell the recipient, who is here. What goes wrong is this message's fate only."""
        try:
            recipient.sink.tell(message, sender)
        except Exception as error:  # a full mailbox whose policy is to raise has nobody here to raise to
            self._node.log.warning("a remote message was not taken", recipient=str(recipient), error=in_words(error))
            self._node.dead_letter(message, sender, recipient)

    def take_signal(self, peer: Address, recipient: ActorRef[Any], signal: CrossingSignal) -> None:
        """Put a signal of an actor of that peer into the recipient's system lane."""
        if recipient.path.address.is_remote:
            objection = "it is for another system"
        else:
            objection = self._objection(peer, recipient, signal)
        if objection:
            text = {"recipient": str(recipient), "text": objection}
            self._node.complain("a system message was dropped", str(peer), **text)
            return
        if isinstance(signal, Watch | Unwatch):
            self._node.watch_received(signal)
        elif isinstance(signal, DeathWatchNotification):
            for told in self._node.death_received(signal, recipient):
                recipient.sink.signal(told)
            return
        recipient.sink.signal(signal)

    def _objection(self, peer: Address, recipient: ActorRef[Any], signal: CrossingSignal) -> str:
        return objection_to_signal(peer, recipient, signal)
