"""Routers: an actor that passes each message on to one or several of its routees. SHELL of `actors.routing`.

`pool` makes its routees itself and supervises them; `group` is given references. Seen from outside a router is an
ordinary reference: ask it, watch it, stop it. Dead routees fall out by DeathWatch (A15). Deliberately not here: which
routee it is (`actors.routing`), and resizing by load.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from typing import Any

from actors.actor import Actor
from actors.errors import MailboxFull, in_words
from actors.notices import PoisonPill, Terminated
from actors.props import Props, Spawnable, to_props
from actors.ref import ActorRef
from actors.routing import AddRoutee, Broadcast, GetRoutees, RemoveRoutee, RoundRobin, Routees, RoutingLogic
from actors.supervision import Directive, OneForOneStrategy

_KEPT: ContextVar[tuple[ActorRef[Any], ...]] = ContextVar("routees that a restarted router keeps", default=())
"""A variable of the router, which outlives its instances: what it told itself would come behind what waits for it."""

ESCALATING = OneForOneStrategy(decider=lambda error: Directive.ESCALATE)


class Router(Actor[Any]):
    """Passes messages on, with their senders; without routees they become dead letters.

    Args:
        logic: Who gets a message.
        refs: The first routees.
    """

    def __init__(self, logic: RoutingLogic, refs: Iterable[ActorRef[Any]] = ()) -> None:
        self._logic = logic
        self._first = tuple(refs)
        self._routees: dict[ActorRef[Any], None] = {}
        self._refs: tuple[ActorRef[Any], ...] | None = ()  # the same as a sequence, made when it is asked for

    @property
    def refs(self) -> Sequence[ActorRef[Any]]:
        """The routees, in the order in which they came."""
        if self._refs is None:
            self._refs = tuple(self._routees)
        return self._refs

    def pre_start(self) -> None:
        """Watch the routees."""
        for ref in self._first:
            self.add(ref)

    def pre_restart(self, reason: BaseException, message: Any | None) -> None:
        """Keep the routees for the next instance; those of a pool are restarted with it (S14), as its children."""
        _KEPT.set(tuple(self._routees))

    def post_restart(self, reason: BaseException) -> None:
        """Take over the routees, and no child that was removed and has not ended yet."""
        for ref in _KEPT.get():
            self.add(ref)

    def receive(self, message: Any) -> None:
        """Pass it on, or manage the routees."""
        match message:
            case Broadcast(inner) if inner is not None:
                self._pass_on(inner, self.refs)
            case AddRoutee(ActorRef() as ref):
                self.add(ref)
            case RemoveRoutee(ActorRef() as ref):
                self.remove(ref)
            case Broadcast() | AddRoutee() | RemoveRoutee():
                self.unhandled(message)  # from another program, perhaps; one odd message must not end the routees
            case GetRoutees():
                self.reply(Routees(tuple(self.refs)))
            case Terminated(ref):
                self.strike_off(ref)
                self.one_less()
            case _:
                self._pass_on(message, self._chosen(message))

    def add(self, ref: ActorRef[Any]) -> None:
        """One more routee, if it is not one already."""
        if ref not in self._routees:
            self._routees[self.context.watch(ref)] = self._refs = None

    def remove(self, ref: ActorRef[Any]) -> None:
        """One routee less."""
        if ref in self._routees:
            self.context.unwatch(ref)
            self.strike_off(ref)
            self.one_less()

    def strike_off(self, ref: ActorRef[Any]) -> None:
        """No longer pass anything on to it."""
        if ref in self._routees:
            del self._routees[ref]
            self._refs = None

    def one_less(self) -> None:
        """A routee is dead or was removed; a group without routees waits for new ones."""

    def draw(self) -> float:
        """A random number for the logic."""
        number: float = self.context.system.random.random()
        return number

    def waiting(self, ref: ActorRef[Any]) -> float:
        """How many messages wait for a routee of this process, with the one that it is busy with."""
        sink: Any = ref.sink
        busy: bool | None = getattr(sink, "busy", None)  # only a cell of this process knows
        return math.inf if busy is None else len(sink.user or ()) + busy

    def _chosen(self, message: Any) -> Iterable[ActorRef[Any]]:
        if not self.refs:
            return ()
        try:
            return tuple(self._logic.choose(message, self))
        except Exception as error:  # the logic may call user code
            self.log.warning("message not routed", message_type=type(message).__name__, error=in_words(error))
            return ()

    def _pass_on(self, message: Any, refs: Iterable[ActorRef[Any]]) -> None:
        nobody = True
        for ref in refs:
            nobody = False
            try:
                ref.forward(message)
            except MailboxFull:
                self._dead_letter(message, ref)
        if nobody:
            self._dead_letter(message, self.ref)

    def _dead_letter(self, message: Any, recipient: ActorRef[Any]) -> None:
        system = self.context.system
        system.dead_letter(message, system.current_sender(), recipient)


class PoolRouter(Router):
    """A router whose routees are its children. Stops when the last one has died or was removed (A15).

    Args:
        logic: Who gets a message.
        routee: How each is made.
        size: How many are made at the start.
        strategy: What happens to failing ones.
    """

    def __init__(self, logic: RoutingLogic, routee: Spawnable[Any], size: int, strategy: OneForOneStrategy) -> None:
        super().__init__(logic)
        self._routee = routee
        self._size = size
        self.supervisor_strategy = strategy

    def pre_start(self) -> None:
        """Make the routees."""
        for number in range(1, self._size + 1):
            self.add(self.context.spawn(self._routee, f"routee-{number}"))

    def remove(self, ref: ActorRef[Any]) -> None:
        """One routee less; a child ends when it has handled what it has."""
        if ref in self._routees and ref in self.context.children:
            self.strike_off(ref)
            ref.tell(PoisonPill())
        else:
            super().remove(ref)

    def one_less(self) -> None:
        """Without routees a pool has no use."""
        if not self._routees and not self.context.children:
            self.context.stop(self.ref)


def pool(
    routee: Spawnable[Any], size: int, logic: RoutingLogic | None = None, strategy: OneForOneStrategy | None = None
) -> Props[Any]:
    """The recipe of a router that makes `size` routees: `system.spawn(pool(Worker, 4), name="workers")`.

    Args:
        routee: `Props`, an actor class without arguments, or a function that makes an actor.
        size: How many, 1 or more.
        logic: Who gets a message; `RoundRobin` by default.
        strategy: For failing routees. By default every failure is escalated (S14): the router's parent judges it, and
            if it restarts the router, all routees restart.

    Raises:
        ValueError: If `size` is below 1.
        TypeError: If it is no whole number, or nothing can be made of `routee`.
    """
    if not isinstance(size, int):
        raise TypeError(f"a pool has a whole number of routees, not {size!r}")
    if size < 1:
        raise ValueError(f"a pool has 1 or more routees, not {size}")
    return Props(PoolRouter, logic or RoundRobin(), to_props(routee), size, strategy or ESCALATING)


def group(refs: Iterable[ActorRef[Any]], logic: RoutingLogic | None = None) -> Props[Any]:
    """The recipe of a router to actors that exist, here or on other nodes.

    Args:
        refs: The first routees; the router watches them, and neither supervises nor stops them.
        logic: Who gets a message; `RoundRobin` by default.

    Raises:
        TypeError: If one of `refs` is no reference.
    """
    routees: tuple[Any, ...] = tuple(refs)
    if strangers := [ref for ref in routees if not isinstance(ref, ActorRef)]:
        raise TypeError(f"the routees of a group are references, not {strangers[0]!r}")
    return Props(Router, logic or RoundRobin(), routees)
