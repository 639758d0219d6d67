"""`ActorContext`: what an actor may ask of the runtime, as a protocol. Pure; implemented in `runtime.context`.

Deliberately not here: what the runtime asks of an actor (`actors.actor`), and what a handler can do without it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from actors.ref import ActorRef

M = TypeVar("M")
M_contra = TypeVar("M_contra", contravariant=True)
T = TypeVar("T")


class TimerScheduler(Protocol):
    """Keyed timers that end with the instance: a restart or stop cancels them all (A2)."""

    def start_single(self, key: Any, message: Any, delay_s: float) -> None:
        """Send `message` to oneself once after `delay_s` seconds. Replaces a timer with the same key (A1)."""

    def start_periodic(self, key: Any, message: Any, interval_s: float) -> None:
        """Send `message` to oneself every `interval_s` seconds (above 0). Replaces a timer with the same key."""

    def cancel(self, key: Any) -> None:
        """End a timer; a tick of it that already waits in the mailbox is not shown."""

    def cancel_all(self) -> None:
        """End all timers."""

    def is_active(self, key: Any) -> bool:
        """Whether a timer with this key is running."""
        ...


class Spawned(Protocol[M_contra]):
    """What a recipe makes, an `actors.Actor`, as far as `spawn` needs it: it says which messages it takes."""

    @property
    def ref(self) -> ActorRef[M_contra]:
        """The reference of the actor."""
        ...


class Recipe(Protocol[M_contra]):
    """How to make an actor: an `actors.Props`."""

    def make(self) -> Spawned[M_contra]:
        """Make one instance."""
        ...


class ActorContext(Protocol):
    """The runtime as one actor sees it. To be used from the actor's own handlers and hooks only."""

    @property
    def ref(self) -> ActorRef[Any]:
        """The actor itself."""
        ...

    @property
    def sender(self) -> ActorRef[Any]:
        """Who sent the message being handled; dead letters when nobody said."""
        ...

    @property
    def parent(self) -> ActorRef[Any]:
        """The supervisor."""
        ...

    @property
    def children(self) -> tuple[ActorRef[Any], ...]:
        """The children in start order, those that are stopping included."""
        ...

    @property
    def system(self) -> Any:
        """The `runtime.ActorSystem`."""
        ...

    @property
    def log(self) -> Any:
        """A structured logger that carries the actor's path."""
        ...

    @property
    def timers(self) -> TimerScheduler:
        """The actor's timers."""
        ...

    def child(self, name: str) -> ActorRef[Any] | None:
        """The child called `name`."""
        ...

    def spawn(self, what: Recipe[M] | Callable[[], Spawned[M]], name: str | None = None) -> ActorRef[M]:
        """Make a child.

        Args:
            what: `Props`, an actor class without arguments, or a function that makes an actor.
            name: Unique among the children; `$1`, `$2` ... by default.

        Raises:
            InvalidActorName: If nobody may be called so.
            ActorNameInUse: If a sibling has the name (D42).
            RuntimeError: If this actor is terminating (S67).
        """
        ...

    def stop(self, ref: ActorRef[Any]) -> None:
        """Stop oneself or a child (S81). No-op if it is dead.

        Raises:
            ValueError: If `ref` is neither.
        """

    def watch(self, ref: ActorRef[M]) -> ActorRef[M]:
        """Hear of its death as `Terminated`, also if it is dead already (D2). Idempotent (D9).

        Raises:
            ValueError: If it is registered with a message (D30).
        """
        ...

    def watch_with(self, ref: ActorRef[M], message: Any) -> ActorRef[M]:
        """Hear of its death as `message` (D28).

        Raises:
            ValueError: If it is registered without, or with another message (D30).
        """
        ...

    def unwatch(self, ref: ActorRef[M]) -> ActorRef[M]:
        """No longer hear of it, not even if the `Terminated` is queued already (D21)."""
        ...

    def become(self, receive: Callable[[Any], Any], discard_old: bool = True) -> None:
        """Handle the next messages with `receive`, instead of or on top of the present behaviour."""

    def unbecome(self) -> None:
        """Go back to the behaviour below, in the end to the actor's own `receive`."""

    def stash(self) -> None:
        """Put the message being handled aside.

        Raises:
            RuntimeError: If it is stashed already, or the stash is full (A6).
        """

    def unstash_all(self) -> None:
        """Put everything from the stash at the front of the mailbox, in its order (A6)."""

    def set_receive_timeout(self, timeout_s: float | None) -> None:
        """Get `ReceiveTimeout` after so many seconds without a message, again and again; `None` ends that (A4)."""

    async def run_blocking(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function that blocks in a thread of the system, and wait for what it returns.

        The system's threads are bounded, and end with it. An actor that is stopped waits no longer, but no thread can
        be stopped: the function goes on to its end. On virtual time it is called in place. To handle other messages
        meanwhile: `pipe_to_self(self.context.run_blocking(...))`.

        Args:
            function: Any function; it must not touch the actor, nor anything else that is not safe between threads.
            *args: What it is called with.

        Raises:
            BaseException: What the function raises.
            RuntimeError: If the system has ended.
        """
        ...

    def pipe_to_self(
        self,
        awaitable: Awaitable[T],
        on_success: Callable[[T], Any] | None = None,
        on_failure: Callable[[BaseException], Any] | None = None,
    ) -> None:
        """Await something beside the mailbox and get its outcome as a message.

        Args:
            awaitable: What to await; cancelled when the actor stops or restarts.
            on_success: Makes the message from the result; by default the result itself, and nothing for `None`.
            on_failure: Makes the message from the exception; by default the exception fails the actor.
        """
