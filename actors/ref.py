"""`ActorRef`: the handle of an actor, a path with a `Sink` behind it. Pure.

The sink does the work: a cell of this process, a remote endpoint, dead letters, a test probe, the other end of an ask.
Deliberately not here: how any of them delivers.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Generic, Protocol, TypeVar, overload

from actors.address import ActorPath

M_contra = TypeVar("M_contra", contravariant=True)
RefT_contra = TypeVar("RefT_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)


class ForAnyActor:
    """Base of the messages that the runtime itself handles: any reference takes them, whatever its actor takes."""

    __slots__ = ()


class SupportsAsk(Protocol[RefT_contra, R_co]):
    """A message that knows who takes it and what is answered; `Request` makes one."""

    def __ask_reply__(self, ref: RefT_contra, /) -> R_co: ...


class RefHost(Protocol):
    """The actor system behind a sink, as far as references need it."""

    def ask(self, ref: ActorRef[Any], message: Any, timeout_s: float, /) -> Coroutine[Any, Any, Any]:
        """Send `message` to `ref` and wait for the first reply."""
        ...

    async def tell_when_room(
        self, ref: ActorRef[Any], message: Any, sender: ActorRef[Any] | None, timeout_s: float
    ) -> None:
        """Send `message` to `ref` once its mailbox has room."""

    def current_sender(self) -> ActorRef[Any] | None:
        """The sender of the message that the calling handler handles."""
        ...


class Sink(Protocol):
    """What stands behind a reference. Neither method blocks, and neither raises because the target is dead."""

    @property
    def host(self) -> RefHost:
        """The system of this process that the sink belongs to."""
        ...

    def tell(self, message: Any, sender: ActorRef[Any] | None = None) -> None:
        """Put a user message behind those already there. Raises `ValueError` for `None` (A16)."""

    def signal(self, signal: Any) -> None:
        """Put an `actors.signals.Signal` in the lane that is handled first, is never bounded and never lost."""


class ActorRef(Generic[M_contra]):
    """A handle to one incarnation of an actor, here or on another machine.

    Equal and hashable by path and uid; may be a field of a message. It stays valid through restarts, and goes on naming
    the dead actor after its end: a new actor at the same path has another reference.
    """

    __slots__ = ("__weakref__", "path", "sink")

    path: ActorPath
    sink: Sink  # what delivers; for the runtime's own use, and no property, which would cost each `tell` a call

    def __init__(self, path: ActorPath, sink: Sink) -> None:
        self.path = path
        self.sink = sink

    @property
    def name(self) -> str:
        """The actor's name among its siblings."""
        return self.path.name

    def tell(self, message: M_contra | ForAnyActor, sender: ActorRef[Any] | None = None) -> None:
        """Send a message: at most once, in order for each pair of actors, without waiting.

        Args:
            message: Any object but `None`; to a remote actor a `@message` or a plain MessagePack value. `PoisonPill`,
                `Kill` and `Identify` may be sent to all, whichever messages they take.
            sender: Whom `reply` shall reach; dead letters when left out.

        Raises:
            ValueError: If `message` is `None`.
            MailboxFull: If the target is local with a bounded mailbox whose policy is to raise.
        """
        self.sink.tell(message, sender)

    async def tell_when_room(
        self,
        message: M_contra | ForAnyActor,
        sender: ActorRef[Any] | None = None,
        timeout: float = 5.0,  # noqa: ASYNC109
    ) -> None:
        """Send a message, but wait first while a bounded mailbox is full, whatever its overflow policy.

        Who waits is served in order, as the target handles messages. If the target is remote, dead, or has no bound,
        this is `tell`. An actor that waits here for room in its own mailbox waits in vain.

        Args:
            message: As for `tell`.
            sender: As for `tell`.
            timeout: Seconds to wait; with zero or less there must be room at once.

        Raises:
            ValueError: If `message` is `None`.
            MailboxFull: If there was no room in time; the message was not sent.
        """
        await self.sink.host.tell_when_room(self, message, sender, timeout)

    def forward(self, message: M_contra | ForAnyActor) -> None:
        """Send a message on with the sender of the one being handled now. Only inside an actor.

        Raises:
            RuntimeError: Outside of an actor's handler.
        """
        self.sink.tell(message, self.sink.host.current_sender())

    @overload
    def ask(
        self, message: SupportsAsk[ActorRef[M_contra], R_co], timeout: float = 5.0
    ) -> Coroutine[Any, Any, R_co]: ...
    @overload
    def ask(
        self: ActorRef[object], message: SupportsAsk[Any, Any], timeout: float = 5.0
    ) -> Coroutine[Any, Any, object]: ...
    @overload
    def ask(self: ActorRef[object], message: object, timeout: float = 5.0) -> Coroutine[Any, Any, Any]: ...
    def ask(self, message: Any, timeout: float = 5.0) -> Coroutine[Any, Any, Any]:
        """Send a message and wait for the reply.

        Args:
            message: The request; with `class Get(Request[int])` the reply is typed as `int`. To a type checker, only a
                reference that takes anything may be asked with something else than a `Request`.
            timeout: Seconds to wait; zero or less fails at once.

        Raises:
            AskTimeout: If no reply comes in time, also because the target is dead (A13).
            Exception: The one that the target replied with, if it replied with an exception.
        """
        # No coroutine of its own: each one that passes an answer on costs half a microsecond.
        return self.sink.host.ask(self, message, timeout)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, ActorRef):
            return NotImplemented
        mine, others = self.path, other.path
        # The uid tells nearly all references apart, without a look at their names.
        return mine.uid == others.uid and mine == others

    def __ne__(self, other: object) -> bool:
        # Without it Python would ask `__eq__` and turn the answer over, which takes twice as long.
        return self is not other and not self == other

    def __hash__(self) -> int:
        # The uid tells nearly all references apart, and tables of watches are asked for them all the time.
        return self.path.uid or hash(self.path)

    def __repr__(self) -> str:
        return f"ActorRef({str(self.path)!r})"

    def __str__(self) -> str:
        return str(self.path)


class Temporary:
    """Also a reference that lives for one answer: nobody will look for it a second time, so nothing of it is kept.

    Attributes:
        text: Its text for other systems, by the text of the address at which they know this system.
    """

    __slots__ = ()

    text: Callable[[str], str]
