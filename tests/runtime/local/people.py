"""Actors that do as they are told and report what they see, for tests of local actors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from actors import Actor, ActorRef, OneForOneStrategy, Props
from runtime import TestProbe


@dataclass(frozen=True)
class Do:
    """Makes an `Obedient` do something: `Do(lambda actor: actor.context.watch(ref))`."""

    what: Callable[[Any], Any]


class Obedient(Actor[Any]):
    """Does what a `Do` says and reports every other message to a probe, as it is, with the sender it came from.

    Args:
        report: The probe; `None` for nobody.
    """

    def __init__(self, report: TestProbe | None = None) -> None:
        self.report = report

    def receive(self, message: Any) -> Any:
        """Do it, or report it."""
        if isinstance(message, Do):
            return message.what(self)
        if self.report is not None:
            self.report.tell(message, self.context.sender)
        return None


class Supervising(Obedient):
    """An `Obedient` whose strategy is given.

    Args:
        strategy: For its children.
        report: The probe; `None` for nobody.
    """

    def __init__(self, strategy: OneForOneStrategy, report: TestProbe | None = None) -> None:
        super().__init__(report)
        self.supervisor_strategy = strategy


class Oblivious(Actor[Any]):
    """Handles `Do` and nothing else: a `Terminated` is a death pact."""

    def receive(self, message: Any) -> Any:
        """Do it, or not handle it."""
        if isinstance(message, Do):
            return message.what(self)
        return self.unhandled(message)


class Stashing(Obedient):
    """An `Obedient` that stashes instead of reporting until it is told "unstash"."""

    def __init__(self, report: TestProbe) -> None:
        super().__init__(report)
        self.stashing = True

    def receive(self, message: Any) -> Any:
        """Stash or report."""
        if message == "unstash":
            self.stashing = False
            self.context.unstash_all()
        elif self.stashing and not isinstance(message, Do):
            self.context.stash()
        else:
            return super().receive(message)
        return None


class Ill(Exception):
    """What the actors of these tests fail with."""


def fail(actor: Any) -> None:
    """Something to `Do`: fail."""
    raise Ill("told to fail")


def stop(actor: Any) -> None:
    """Something to `Do`: stop oneself."""
    actor.context.stop(actor.ref)


def nap(seconds: float) -> Do:
    """An order to handle one message for so many seconds."""
    return Do(lambda actor: asyncio.sleep(seconds))


def watching(subject: ActorRef[Any]) -> Do:
    """An order to watch."""
    return Do(lambda actor: actor.context.watch(subject))


def watching_with(subject: ActorRef[Any], message: Any) -> Do:
    """An order to watch with a message."""
    return Do(lambda actor: actor.context.watch_with(subject, message))


def unwatching(subject: ActorRef[Any]) -> Do:
    """An order to unwatch."""
    return Do(lambda actor: actor.context.unwatch(subject))


async def all_is_quiet() -> None:
    """Until nobody has anything left to do: virtual time passes only then."""
    await asyncio.sleep(0.001)


def living_timers() -> list[Any]:
    """The timers of the running `SimLoop` that are still to fire."""
    loop: Any = asyncio.get_running_loop()
    return [timer for _, _, timer in loop._timers if not timer.cancelled()]


async def spawned(parent: ActorRef[Any], what: Any, name: str | None = None) -> ActorRef[Any]:
    """A child that `parent` (an `Obedient`) was told to spawn."""
    made: list[ActorRef[Any]] = []
    parent.tell(Do(lambda actor: made.append(actor.context.spawn(what, name))))
    await all_is_quiet()
    return made[0]


def obedient(report: TestProbe | None = None) -> Props[Any]:
    """The recipe of an `Obedient`."""
    return Props(Obedient, report)


def supervisor(strategy: OneForOneStrategy, report: TestProbe | None = None) -> Props[Any]:
    """The recipe of a `Supervising`."""
    return Props(Supervising, strategy, report)
