"""Actors on strings: they write every hook and message in a diary, and do what tests put into their hooks.

A message that can be called is called with the actor, so that a test acts as the actor does: `ref.tell(lambda a: ...)`.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from actors import Actor, ActorRef, OneForOneStrategy, Props
from actors.supervision import Decider

Deed = Callable[..., Any]


class Puppet(Actor[Any]):
    """An actor whose hooks are plain functions.

    Its entries read `<name><number of the instance> <what>`, for example `a2 post_restart`.

    Args:
        diary: Where it writes.
        name: What it is called in the diary.
        strategy: For its children.
        does: By hook (`made`, `pre_start`, `post_stop`, `pre_restart`, `post_restart`): called after the entry with the
            actor and the hook's arguments, in place of the rest of the hook.
    """

    def __init__(
        self, diary: list[str], name: str = "a", strategy: OneForOneStrategy | None = None, **does: Deed
    ) -> None:
        self.diary, self.name, self.does = diary, name, does
        self.number = 1 + sum(entry.startswith(name) and entry.endswith(" made") for entry in diary)
        if strategy is not None:
            self.supervisor_strategy = strategy
        self.write("made")
        if "made" in does:
            does["made"](self)

    def write(self, text: object) -> None:
        """Add an entry."""
        self.diary.append(f"{self.name}{self.number} {text}")

    def receive(self, message: Any) -> Any:
        """Do it or write it down."""
        if callable(message):
            return message(self)
        self.write(message)
        return None

    def pre_start(self) -> Any:
        """Write, and do."""
        return self._hook("pre_start")

    def post_stop(self) -> Any:
        """Write, and do."""
        return self._hook("post_stop")

    def pre_restart(self, reason: BaseException, message: Any | None) -> Any:
        """Write, and do; otherwise what the base class does, without its coroutine."""
        if "pre_restart" in self.does:
            return self._hook("pre_restart", reason, message)
        self.write("pre_restart")
        for child in self.context.children:
            self.context.unwatch(child)
            self.context.stop(child)
        return self.post_stop()

    def post_restart(self, reason: BaseException) -> Any:
        """Write, and do; otherwise start as the first time."""
        if "post_restart" in self.does:
            return self._hook("post_restart", reason)
        self.write("post_restart")
        return self.pre_start()

    def _hook(self, hook: str, *arguments: Any) -> Any:
        self.write(hook)
        return self.does[hook](self, *arguments) if hook in self.does else None


class SlowPuppet(Puppet):
    """The same with hooks that suspend for a while before they do anything."""

    async def pre_start(self) -> None:
        """Wait, write, and do."""
        await asyncio.sleep(0.01)
        await _awaited(super().pre_start())

    async def post_stop(self) -> None:
        """Wait, write, and do."""
        await asyncio.sleep(0.01)
        await _awaited(super().post_stop())

    async def pre_restart(self, reason: BaseException, message: Any | None) -> None:
        """Wait, write, and do; otherwise what the base class does."""
        await asyncio.sleep(0.01)
        if "pre_restart" in self.does:
            await _awaited(self._hook("pre_restart", reason, message))
        else:
            self.write("pre_restart")
            await Actor.pre_restart(self, reason, message)

    async def post_restart(self, reason: BaseException) -> None:
        """Wait, write, and do; otherwise what the base class does."""
        await asyncio.sleep(0.01)
        if "post_restart" in self.does:
            await _awaited(self._hook("post_restart", reason))
        else:
            self.write("post_restart")
            await Actor.post_restart(self, reason)


async def _awaited(outcome: Any) -> None:
    if inspect.isawaitable(outcome):
        await outcome


PUPPETS = [Puppet, SlowPuppet]


def raising(error: BaseException) -> Deed:
    """A deed or message: raise this."""

    def deed(*_: Any) -> None:
        raise error

    return deed


def failing_once(*errors: BaseException) -> Deed:
    """A deed that raises these one after the other, and then no more."""
    left = list(errors)

    def deed(*_: Any) -> None:
        if left:
            raise left.pop(0)

    return deed


def nothing(*_: Any) -> None:
    """A deed: in place of what the hook would do, nothing."""


def one_for_one(decider: Decider, **limits: Any) -> OneForOneStrategy:
    """A strategy that decides so and keeps the log short."""
    return OneForOneStrategy(decider=decider, logging=False, **limits)


async def quiet(seconds: float = 0.5) -> None:
    """Let everybody do what they have to do, and some virtual time pass."""
    await asyncio.sleep(seconds)


async def child_of(parent: ActorRef[Any], what: Any, name: str | None = None) -> ActorRef[Any]:
    """The child that a puppet was told to spawn."""
    made: list[ActorRef[Any]] = []
    parent.tell(lambda actor: made.append(actor.context.spawn(what, name)))
    await quiet()
    return made[0]


def supervisor(diary: list[str], decider: Decider, **limits: Any) -> Props[Any]:
    """A puppet called `p` that supervises one for one."""
    return Props(Puppet, diary, "p", one_for_one(decider, **limits))
