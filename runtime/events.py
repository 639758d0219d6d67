"""`EventStream`: who hears of dead letters, unhandled messages and other events of a system, by class. SHELL.

Subscribers are called, or told, at once and in the order of subscription. Akka counterpart: `EventStream` (A11).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from actors.address import ActorPath, Address
from actors.errors import in_words
from actors.ref import ActorRef
from actors.signals import AddressTerminated, DeathWatchNotification, Signal, Unwatch, Watch
from actors.supervision import Directive
from runtime.host import Host
from runtime.room import tell_or_drop
from runtime.subscriptions import Subscriptions

E = TypeVar("E")
Subscriber: TypeAlias = "Callable[[E], Any] | ActorRef[E]"


@dataclass(frozen=True, slots=True)
class ActorFailed:
    """A supervisor has judged a failure of one of its children.

    Attributes:
        child: Whose failure it was.
        error: Why it failed.
        directive: The verdict.
        restarted: How many children are restarted by it.
    """

    child: ActorRef[Any]
    error: BaseException
    directive: Directive
    restarted: int


class EventStream:
    """Publishes events to those who asked for their class, or for a class above it.

    Attributes:
        host: The system.
        subscriptions: Who hears of what.
        watcher: Watches subscribed actors, so that a dead one is removed by itself.
    """

    def __init__(self, host: Host, system_name: str, log: Any) -> None:
        self.host = host
        self._log = log
        self.subscriptions: Subscriptions = Subscriptions()
        self.watcher: ActorRef[Any] = ActorRef(ActorPath(Address(system_name), ("event-stream",), 1), _StreamSink(self))

    def subscribe(self, subscriber: Subscriber[E], event_class: type[E]) -> bool:
        """Hear of every event that is an `event_class`.

        Args:
            subscriber: An actor, which is told, or a callable, which is called; what it raises is logged.
            event_class: The class; sub-classes are included.

        Returns:
            `False` if it was subscribed to exactly this class already.

        Raises:
            TypeError: If `subscriber` is neither, or a coroutine function, which nobody would await; or if
                `event_class` is no class, or one that cannot say what belongs to it, as most protocols.
        """
        if not isinstance(event_class, type):
            raise TypeError(f"subscribe to a class of events, not to {event_class!r}")
        try:
            isinstance(None, event_class)
        except Exception as error:  # it would fail whoever publishes anything
            raise TypeError(f"subscribe to a class of events, not to {event_class!r}: {in_words(error)}") from error
        taker: Any = subscriber
        if not isinstance(taker, ActorRef) and (not callable(taker) or asyncio.iscoroutinefunction(taker)):
            raise TypeError(f"an event subscriber is an ActorRef or a plain function, not {subscriber!r}")
        if not self.subscriptions.add(subscriber, event_class):
            return False
        if isinstance(subscriber, ActorRef):
            subscriber.sink.signal(Watch(subscriber, self.watcher))
        return True

    def unsubscribe(self, subscriber: Subscriber[Any], event_class: type | None = None) -> bool:
        """Hear no longer of `event_class`, or of anything.

        Args:
            subscriber: The same actor, or an equal callable.
            event_class: Exactly the class that was subscribed to; `None` for all of them.

        Returns:
            Whether there was a subscription.
        """
        changed = self.subscriptions.strike_off(subscriber, event_class)
        if changed and isinstance(subscriber, ActorRef) and subscriber not in self.subscriptions:
            subscriber.sink.signal(Unwatch(subscriber, self.watcher))
        return changed

    def unsubscribe_address(self, address: Address) -> None:
        """Nobody there hears anything any more: the node is gone."""
        for subscriber, _ in self.subscriptions.all():
            if isinstance(subscriber, ActorRef) and subscriber.path.address == address:
                self.subscriptions.strike_off(subscriber)

    def publish(self, event: Any) -> None:
        """Tell everybody who asked for it, at once and in the order of subscription.

        Args:
            event: Any object but `None`; programs may publish events of their own.
        """
        for subscriber in self.subscriptions.takers(event):
            if isinstance(subscriber, ActorRef):
                tell_or_drop(self.host, subscriber, event)
                continue
            try:
                subscriber(event)
            except BaseException as error:  # a subscriber is user code and must not harm the publisher
                self._log.error("event subscriber failed", event_type=type(event).__name__, error=in_words(error))
                if isinstance(error, KeyboardInterrupt | SystemExit):
                    self.host.fatal(error)


class _StreamSink:
    """Takes the death notices of subscribed actors."""

    def __init__(self, stream: EventStream) -> None:
        self.host = stream.host
        self._stream = stream

    def tell(self, message: Any, sender: ActorRef[Any] | None = None) -> None:
        """Nobody talks to the stream."""

    def signal(self, signal: Signal) -> None:
        if isinstance(signal, DeathWatchNotification):
            self._stream.subscriptions.strike_off(signal.subject)
        elif isinstance(signal, AddressTerminated):
            self._stream.unsubscribe_address(signal.address)
