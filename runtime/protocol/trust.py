"""What a peer may do: speak for its own actors only, and if it is not trusted, address what it was given. Pure.

The shells are `runtime.remote.reception` and `runtime.remote.guard`. Akka counterpart: untrusted mode. Deliberately not
here: who a peer is; that is for certificates and secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from actors.address import ActorPath, Address
from actors.notices import Kill, PoisonPill, Terminated
from actors.ref import ActorRef
from actors.signals import DeathWatchNotification, Terminate, Unwatch, Watch

MOST_GIVEN = 10_000
"""References that one peer may have at a time."""

_HARMFUL = (PoisonPill, Kill, Terminated)


class Gate:
    """What one peer was given, and what follows from that.

    Args:
        peer: The peer's address.
        trusted_paths: Paths within this system, such as `/user/lobby`, that everybody may name.
        most_given: How many references are remembered; beyond it those of the dead are forgotten, then the oldest.
    """

    def __init__(self, peer: Address, trusted_paths: Iterable[str] = (), most_given: int = MOST_GIVEN) -> None:
        self._peer = peer
        self._trusted = frozenset(tuple(part for part in path.split("/") if part) for path in trusted_paths)
        self._given: dict[ActorPath, None] = {}
        self._most_given = most_given

    def __len__(self) -> int:
        return len(self._given)

    def give(self, path: ActorPath, lives: Callable[[ActorPath], bool]) -> None:
        """A reference to that actor of ours leaves for the peer."""
        self._given[path] = None
        if len(self._given) > self._most_given:
            self._given = dict.fromkeys(one for one in self._given if lives(one))
            # A quarter at once, or the living would be asked for at each further one.
            for one in list(self._given)[: len(self._given) - self._most_given * 3 // 4]:
                del self._given[one]

    def forget(self) -> None:
        """Another incarnation lives there: it was given nothing."""
        self._given.clear()

    def may_name(self, path: ActorPath, *, exactly: bool) -> bool:
        """Whether the peer may name an actor of ours; `exactly` if it said the uid, too."""
        return path.elements in self._trusted or (exactly and path in self._given)

    def objection_to_message(self, message: Any) -> str:
        """Why a message is not delivered; empty if it is."""
        if isinstance(message, _HARMFUL):
            return f"a {type(message).__name__} from an untrusted peer"
        return ""

    def objection_to_signal(self, recipient: ActorRef[Any], signal: Any) -> str:
        """Why a signal does not take effect; empty if it does."""
        if isinstance(signal, Terminate):
            return "a Terminate from an untrusted peer"
        return objection_to_signal(self._peer, recipient, signal)


def objection_to_signal(peer: Address, recipient: ActorRef[Any], signal: Any) -> str:
    """Why a signal takes no effect, whoever sends it; empty if it may.

    Whoever lives at an address knows of the ends and wishes of actors there and of no others. Else a peer that is
    mistaken would have the living mourned, and a watch ended of which nobody else knows. Differs from Akka.
    """
    match signal:
        case Watch(watchee, watcher) | Unwatch(watchee, watcher):
            is_its_own = watchee == recipient and watcher.path.address == peer
        case DeathWatchNotification():
            is_its_own = signal.subject.path.address == peer
        case _:
            is_its_own = True
    return "" if is_its_own else f"a {type(signal).__name__} about an actor that is not the peer's own"
