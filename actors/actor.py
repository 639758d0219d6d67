"""`Actor`: what users write, `receive` and four hooks. Pure.

An instance is made, fed and replaced by its cell (`runtime.cell`); it never meets two messages at once.
`receive` and each hook may be a coroutine function or a plain function.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Generic, Protocol, Self, TypeVar, overload

from actors.context import ActorContext
from actors.errors import DeathPactError
from actors.message import Request
from actors.notices import Terminated
from actors.ref import ActorRef
from actors.supervision import DEFAULT_STRATEGY, OneForOneStrategy

M_contra = TypeVar("M_contra", contravariant=True)
R = TypeVar("R")


class Home(Protocol):
    """The cell of an instance, as far as the instance needs it."""

    @property
    def ref(self) -> ActorRef[Any]:
        """The reference of the actor."""
        ...

    @property
    def sender(self) -> ActorRef[Any] | None:
        """Who sent the message being handled, if that is known."""
        ...

    @property
    def context(self) -> ActorContext:
        """What the instance sees of it; made when it is first looked at."""
        ...

    @property
    def known_context(self) -> ActorContext | None:
        """The same, if it was looked at: nothing is called for it."""
        ...


making: ContextVar[Home | None] = ContextVar("actors.making", default=None)
"""Where an instance that a function makes finds its cell, so that its constructor can already use it (S35)."""


class Actor(Generic[M_contra]):
    """Base class of all actors: `class Counter(Actor[Add | GetTotal])` names the union of the messages that it takes.

    Contravariant: what takes more messages can stand where fewer are sent.

    Attributes:
        supervisor_strategy: What happens to this actor's failing children; Akka classic's default (S5).
    """

    supervisor_strategy: OneForOneStrategy = DEFAULT_STRATEGY

    _actor_home: Home | None = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Bind the instance to the cell that makes it."""
        instance = super().__new__(cls)
        instance._actor_home = making.get()
        return instance

    def __init__(self) -> None:
        """Takes nothing; an actor with a constructor of its own need not call this one."""

    @property
    def context(self) -> ActorContext:
        """The runtime as this actor sees it.

        Raises:
            RuntimeError: If the instance was not made by `spawn`.
        """
        home = self._actor_home
        if home is None:
            raise _homeless(self)
        return home.known_context or home.context

    @property
    def ref(self) -> ActorRef[M_contra]:
        """The reference of this actor; the same for all of its instances."""
        if self._actor_home is None:
            raise _homeless(self)
        return self._actor_home.ref

    @property
    def sender(self) -> ActorRef[Any]:
        """Who sent the message being handled; dead letters when nobody said, or in a hook without a message.

        Only in handlers and hooks. What runs beside them, such as a function given to `pipe_to_self`, may find anybody
        here: keep the sender in a variable before.

        In `pre_restart`, and in `post_stop` after a failure, it is still the sender of the message that failed (S34).
        """
        if self._actor_home is None:
            raise _homeless(self)
        return self._actor_home.sender or self._actor_home.context.sender

    @property
    def log(self) -> Any:
        """A structured logger that carries this actor's path."""
        return self.context.log

    @overload
    def reply(self, value: Any) -> None: ...
    @overload
    def reply(self, value: BaseException, to: Request[Any]) -> None: ...
    @overload
    def reply(self, value: R, to: Request[R]) -> None: ...
    def reply(self, value: Any, to: Any = None) -> None:
        """Answer the message being handled: `self.sender.tell(value, self.ref)`.

        Args:
            value: The answer. In an ask an exception is raised in the asker.
            to: The request being handled, if a type checker shall compare `value` with the answer that it promises;
                ignored otherwise.

        Raises:
            ValueError: If `value` is `None` (A16).
        """
        home = self._actor_home  # rather than by the properties of this class, each of which costs a call
        if home is None:
            raise _homeless(self)
        (home.sender or home.context.sender).tell(value, home.ref)

    def receive(self, message: M_contra, /) -> Any:
        """Handle one message. Override it, as `async def` or `def`.

        What it raises is a failure, and its supervisor decides (S5). What it returns is awaited if it can be, and
        ignored otherwise; but a generator is a failure, too: of a handler with a `yield` in it, nothing was run.

        Args:
            message: Any object; one of the class's union if all senders keep to the types.
        """
        self.unhandled(message)

    def unhandled(self, message: Any, /) -> None:
        """Say that a message was not handled: an `UnhandledMessage` event, and for `Terminated` a death pact.

        Raises:
            DeathPactError: If `message` is a `Terminated` (D35).
        """
        if isinstance(message, Terminated):
            raise DeathPactError(message.ref)
        self.context.system.unhandled(message, self.context.sender, self.context.ref)

    def pre_start(self) -> Any:
        """Called once before the first message of the first instance; children, timers and watches can be made here.

        What it raises is an `ActorInitializationError` to the supervisor, which stops the actor by default; `post_stop`
        is not called then (S43).
        """
        return _nothing()

    def post_stop(self) -> Any:
        """Called once after the last message, when all children are gone; watchers are told afterwards (S39, S44).

        What it raises is logged, and the actor ends all the same.
        """
        return _nothing()

    def pre_restart(self, reason: BaseException, message: Any | None, /) -> Any:
        """Called on the old instance of a restart; by default unwatches and stops all children, then `post_stop` (S32).

        Args:
            reason: Why.
            message: The message being handled when it failed, if any (S33).

        What it raises is logged, and the restart goes on (S40).
        """
        return self._stop_children_then_post_stop()

    def post_restart(self, reason: BaseException, /) -> Any:
        """Called on the new instance of a restart; by default `pre_start` (S32).

        What it raises is a `PostRestartError` to the supervisor, which stops the actor by default (S41).

        Args:
            reason: Why.
        """
        return _awaited(self.pre_start())

    async def _stop_children_then_post_stop(self) -> None:
        context = self.context
        for child in context.children:
            context.unwatch(child)
            context.stop(child)
        await _awaited(self.post_stop())


async def _nothing() -> None:
    return None


async def _awaited(outcome: Any) -> None:
    """Await what a hook returned, if it is awaitable: hooks may be plain functions."""
    if hasattr(type(outcome), "__await__"):
        await outcome


def _homeless(instance: Any) -> RuntimeError:
    return RuntimeError(f"{type(instance).__qualname__} has no context: spawn it instead of calling it")
