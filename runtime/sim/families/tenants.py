"""Who lives in the nooks of the scenario `workshops`: nook, moths, an owl, and bells with their keeper. SHELL.

Each tells its `Nooks` at once, in the same turn. Deliberately not here: what is right (`nooks`).
"""

from __future__ import annotations

import asyncio
from typing import Any

from actors import Actor, ActorRef, DeadLetter, Directive, OneForOneStrategy, PoisonPill, Props, Terminated
from actors.values import value
from runtime.routing import group

BELLS = 3
BUSY_S = 0.3


@value
class Sit:
    """An order to watch somebody."""

    moth: ActorRef[Any]


@value
class Nap:
    """An order to be at work for so long."""

    takes_s: float


@value
class Begin:
    """An order to await something that fails after so long."""

    takes_s: float


@value
class Word:
    """Something to hear."""

    number: int


class Moth(Actor[Any]):
    """Ends when it is told to, or by a timer a little later.

    Args:
        nooks: Is told.
    """

    def __init__(self, nooks: Any) -> None:
        self._nooks = nooks

    def receive(self, message: Nap) -> None:
        """End when that time is over."""
        self.context.timers.start_single("end", PoisonPill(), message.takes_s)

    def post_stop(self) -> None:
        """It is over."""
        self._nooks.ended[self.ref] = self._nooks.now()


class Nook(Actor[Any]):
    """Has little room. Puts some deaths aside, and has them back when it is at work and others find no room.

    Args:
        nooks: Is told.
    """

    def __init__(self, nooks: Any) -> None:
        self._nooks = nooks
        nooks.begun.clear()  # what an instance awaits ends with it

    def pre_restart(self, reason: BaseException, message: Any | None) -> None:
        """A restart is not an end."""

    def receive(self, message: Any) -> Any:
        """Watch, begin something, be at work, or hear."""
        if isinstance(message, Terminated):
            if self._nooks.may_wait(message.ref):
                self.context.stash()
            else:
                self._nooks.told(message.ref)
            return None
        self._nooks.hears(message)
        has_put_off = self._nooks.takes_back(isinstance(message, Nap))
        if has_put_off:
            self.context.unstash_all()
        if isinstance(message, Sit):
            self._nooks.watched[self.context.watch(message.moth)] = self._nooks.now()
        elif isinstance(message, Begin):
            self._nooks.begun.append(self._nooks.now() + message.takes_s)
            self.context.pipe_to_self(_failing(message.takes_s))
        if isinstance(message, Nap):
            return asyncio.sleep(message.takes_s)
        return asyncio.sleep(BUSY_S) if has_put_off else None  # others come, and find no room beside them


async def _failing(takes_s: float) -> None:
    await asyncio.sleep(takes_s)
    raise LookupError("what was awaited")


class Owl(Actor[Any]):
    """Has room for one message, and timers that mind nothing; reads of dead letters, and cancels its own task."""

    def pre_start(self) -> None:
        """Begin."""
        self.context.timers.start_periodic("hoot", "hoot", 0.1)
        self.context.system.event_stream.subscribe(self.ref, DeadLetter)

    def receive(self, message: Any) -> Any:
        """Be at work, and begin a timer; or cancel itself, of which nobody else may hear."""
        if isinstance(message, Nap):
            self.context.timers.start_single("once", "once", message.takes_s / 2)
            return asyncio.sleep(message.takes_s)
        me = asyncio.current_task()
        if message == "hoot" and me is not None:
            me.cancel()
        return None


class Bell(Actor[Any]):
    """A routee.

    Args:
        nooks: Is told.
    """

    def __init__(self, nooks: Any) -> None:
        self._nooks = nooks

    def receive(self, message: Word) -> None:
        """Ring."""
        self._nooks.rung[message.number] += 1


class Guest(Actor[Any]):
    """Works for others now and then."""

    def receive(self, message: Any) -> None:
        """It is never there for long enough to get anything."""


class Keeper(Actor[Any]):
    """Has the router, which it restarts whenever that fails."""

    supervisor_strategy = OneForOneStrategy(decider=lambda error: Directive.RESTART, logging=False)

    def __init__(self, nooks: Any) -> None:
        self._nooks = nooks

    def pre_start(self) -> None:
        """Have it."""
        bells = [self.context.spawn(Props(Bell, self._nooks)) for _ in range(BELLS)]
        self._nooks.router = self.context.spawn(group(bells))

    def receive(self, message: Any) -> None:
        """Nobody says anything."""
