"""`Node`: this system as the parts of its remoting know it. A protocol, so that they need not import each other.

`runtime.remote.provider` implements it. Deliberately not here: anything that does something.
"""

from __future__ import annotations

import asyncio
import random as random_module
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from actors.address import Address
from actors.ref import ActorRef
from actors.signals import AddressTerminated, DeathWatchNotification, Unwatch, Watch
from runtime.dispatcher import Dispatcher
from runtime.protocol.codec import Codec
from runtime.protocol.evidence import Evidence
from runtime.remote.way_back import WayBack
from runtime.settings import RemoteSettings
from runtime.transport.base import Transport


class Peer(Protocol):
    """What is known of, and can be done to, another node; see `runtime.remote.association`.

    Attributes:
        heartbeat_answered: Takes the answers to heartbeats, with the connection on which they came; to be set.
    """

    heartbeat_answered: Callable[[Any, bytes], None]

    def minds_silence(self) -> bool:
        """Whether the verdict has taken note of a silence, so that an answer is news to it."""
        ...

    def send(self, recipient: ActorRef[Any], message: Any, sender: ActorRef[Any] | None) -> None:
        """Send a user message."""

    def answer(self, asker: Any, message: Any, sender: ActorRef[Any] | None) -> bool:
        """Send an answer to an ask; whether it went back on the connection that had brought the question."""
        ...

    def send_signal(self, recipient: ActorRef[Any], signal: Any) -> None:
        """Send a signal that is never lost."""

    def send_heartbeat(self, content: bytes) -> None:
        """Send a heartbeat if there is a connection."""

    def answered_beside(self) -> None:
        """The node answers on another way than by connections, and so should on the one that there is."""

    def spoke(self) -> None:
        """Something came from the node by itself."""

    def report(self, evidence: Evidence) -> None:
        """Let the verdict hear evidence."""


class Node(Protocol):
    """This system and its surroundings.

    Attributes:
        own: Its address on the network.
        uid: Its incarnation.
        settings: Of its remoting.
        transport: What carries bytes.
        codec: What makes bytes of values.
        secret: What peers have to know, if anything.
        loop: Its event loop.
        random: Its source of randomness.
        dispatcher: Where actors wait for their turns.
        log: Its structured logger.
    """

    own: Address
    uid: int
    settings: RemoteSettings
    transport: Transport
    codec: Codec
    secret: bytes | None
    loop: asyncio.AbstractEventLoop
    random: random_module.Random
    dispatcher: Dispatcher
    log: Any

    def nonce(self) -> bytes:
        """A random number that is used once."""
        ...

    def peer(self, address: Address) -> Peer:
        """The other node at that address."""
        ...

    def keep(self, peer: Any) -> None:
        """The association is used: it is not forgotten until it has rested long enough."""

    def resolve_text(self, text: str) -> ActorRef[Any]:
        """The reference that a text names. Raises `ValueError` if it is no path."""
        ...

    def askers(self, peer: Any, way_back: WayBack | None) -> Callable[[str, str], ActorRef[Any]]:
        """What makes a reference to an ask of the peer, of its text and the number in that.

        The answer goes back on the connection that brought the ask, if it takes answers.
        """
        ...

    def lasts(self, ref: ActorRef[Any]) -> bool:
        """Whether a reference with a uid leads to its actor and not to nobody, so that it can be kept for its text."""
        ...

    def complain(self, event: str, peer: str, **values: Any) -> None:
        """Warn of what a peer does; not without end, for that would be another way to do harm."""

    def publish(self, event: Any) -> None:
        """Tell the event stream."""

    def dead_letter(self, message: Any, sender: ActorRef[Any] | None, recipient: ActorRef[Any]) -> None:
        """A message was not delivered."""

    def beat_came(self, address: Address, uid: int, content: bytes) -> bytes | None:
        """A heartbeat of a node's incarnation `uid` came. Returns the content of the answer; none to what is none."""
        ...

    def begin_again(self, address: Address) -> None:
        """A node has shaken hands: its silence, if there is one, counts from now on."""

    def look_again(self, address: Address) -> None:
        """Ask the detector once more when the sockets are drained."""

    def node_ended(self, signal: AddressTerminated, fresh: list[Watch]) -> None:
        """A node was convicted: tell its watchers, forget its watches; those that are `fresh` begin anew."""

    def watch_sent(self, signal: Watch | Unwatch) -> list[Watch]:
        """An actor here watches one there, or no longer. Returns what is to be sent behind it.

        Raises `ValueError` if the path of who would watch is too long.
        """
        ...

    def watch_received(self, signal: Watch | Unwatch) -> None:
        """An actor there watches one here, or no longer."""

    def death_sent(self, signal: DeathWatchNotification, watcher: ActorRef[Any]) -> None:
        """A watcher there is told of a death here."""

    def death_received(
        self, signal: DeathWatchNotification, watcher: ActorRef[Any]
    ) -> Sequence[DeathWatchNotification]:
        """A watcher here is told of a death there. Returns what it is to hear."""
        ...
