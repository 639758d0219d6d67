"""`RemoteSink`: what stands behind a reference to an actor of another system. SHELL.

It hands everything to the association with that system, and tells the watch registry of watches and deaths that pass.
"""

from __future__ import annotations

from typing import Any

from actors.address import ActorPath, Address
from actors.ref import ActorRef, RefHost, Temporary
from actors.signals import DeathWatchNotification, Signal, Terminate, Unwatch, Watch
from runtime.remote.node import Node, Peer
from runtime.remote.way_back import WayBack

_DETAIL_LETTERS = 2000


class RemoteSink(ActorRef[Any]):
    """Delivers to one remote actor.

    Is the reference, too: two objects that know each other would be a job for the garbage collector.

    Args:
        host: The system of this process.
        node: Its remoting.
        peer: The association with the actor's system.
        path: The actor's path.
    """

    __slots__ = ("_node", "_peer", "host")

    def __init__(self, host: RefHost, node: Node, peer: Peer, path: ActorPath) -> None:
        self.host = host
        self._node = node
        self._peer = peer
        self.path = path

    @property
    def sink(self) -> RemoteSink:  # type: ignore[override]
        """Itself."""
        return self

    def tell(self, message: Any, sender: ActorRef[Any] | None = None) -> None:
        """Send a message; at most once."""
        if message is None:
            raise ValueError(f"None is not a message; it was sent to {self}")
        self._peer.send(self, message, sender)

    def signal(self, signal: Signal) -> None:
        """Send a signal; it is not lost unless the node is dead.

        Raises:
            ValueError: If it is a watch, and the path of who would watch is too long to be told there.
        """
        again: list[Watch] = []
        if isinstance(signal, Watch | Unwatch):
            again = self._node.watch_sent(signal)
        elif isinstance(signal, DeathWatchNotification):
            self._node.death_sent(signal, self)
            signal = _sendable(signal)
        elif not isinstance(signal, Terminate):
            return  # supervision and node deaths concern cells of this process only
        self._peer.send_signal(self, signal)
        for watch in again:
            watch.watchee.sink.signal(watch)


class RemoteAsker(RemoteSink, Temporary):
    """Delivers to one ask of another system: one answer, after which nobody will look for it again.

    Where the answer has gone back on the connection that brought the question, another could overtake it on a different
    one. So that is a dead letter already here.

    Args:
        host: The system of this process.
        node: Its remoting.
        peer: The association with the asker's system.
        address: That system.
        way_back: The connection that brought the question, if that takes answers.
        text: The path, as it came.
        uid: The number in it.

    Attributes:
        known_as: As given.
        way_back: As given.
    """

    __slots__ = ("_address", "_is_answered", "_path", "_uid", "known_as", "way_back")

    def __init__(
        self, host: RefHost, node: Node, peer: Peer, address: Address, way_back: WayBack | None, text: str, uid: str
    ) -> None:
        self.host = host
        self._node = node
        self._peer = peer
        self._address = address
        self.way_back = way_back
        self.known_as = text
        self._uid = uid
        self._path: ActorPath | None = None
        self._is_answered = False

    @property
    def path(self) -> ActorPath:  # type: ignore[override]
        """Where it lives; made when somebody wants to know."""
        if self._path is None:
            self._path = ActorPath(self._address, ("temp", f"${self._uid}"), int(self._uid))
        return self._path

    def text(self, own: str) -> str:
        """See `Temporary.text`."""
        return self.known_as

    def tell(self, message: Any, sender: ActorRef[Any] | None = None) -> None:
        """Send an answer; at most once."""
        if message is None:
            raise ValueError(f"None is not a message; it was sent to {self}")
        if self._is_answered:
            self._node.dead_letter(message, sender, self)
        else:
            self._is_answered = self._peer.answer(self, message, sender)


def _sendable(signal: DeathWatchNotification) -> DeathWatchNotification:
    """The same with a detail that surely can be written: an exception's text may be anything."""
    detail = signal.detail[:_DETAIL_LETTERS].encode("utf-8", "replace").decode()
    return DeathWatchNotification(
        signal.subject, signal.existence_confirmed, signal.address_terminated, signal.cause, detail
    )
