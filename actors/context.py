"""`ActorContext`: what an actor may ask of the runtime, as a protocol. Pure; implemented in `runtime.context`.

Deliberately not here: what the runtime asks of an actor (`actors.actor`), and what a handler can do without it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar, TypeVarTuple, Unpack

from actors.ref import ActorRef

M = TypeVar("M")
M_contra = TypeVar("M_contra", contravariant=True)
T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class TimerScheduler(Protocol):
    """Keyed timers that end with the instance: a restart or stop cancels them all (A2)."""

    def start_single(self, key: Any, message: Any, delay_s: float) -> None:
        """Send `message` to oneself once. Replaces a timer with the same key, whose tick is then not shown (A1).

        Args:
            key: Names the timer within this actor; anything hashable.
            message: What to send; anything but `None`.
            delay_s: Seconds to wait, 0 or more.

        Raises:
            ValueError: If `delay_s` is below 0.
        """

    def start_periodic(self, key: Any, message: Any, interval_s: float) -> None:
        """Send `message` to oneself again and again. Replaces a timer with the same key (A1).

        Args:
            key: Names the timer within this actor; anything hashable.
            message: What to send each time; anything but `None`.
            interval_s: Seconds between two ticks, above 0; the first comes after one interval.

        Raises:
            ValueError: If `interval_s` is not above 0.
        """

    def cancel(self, key: Any) -> None:
        """End a timer; a tick of it that already waits in the mailbox is not shown. No-op if there is none."""

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
        """Stop oneself or a child (S81): it finishes the message in hand, and leaves the others. No-op if it is dead.

        Args:
            ref: This actor or a child of it. To stop another one, send it a `PoisonPill` or a message of yours.

        Raises:
            ValueError: If `ref` is neither.
        """

    def reset_backoff(self, child: ActorRef[Any]) -> None:
        """Let the next restart of a child wait as briefly as its first, without waiting for a quiet time (S84).

        For a parent that learns that the child does well. A restart that waits already is not made sooner.

        Args:
            child: A child of this actor; no-op if it is dead.
        """

    def watch(self, ref: ActorRef[M]) -> ActorRef[M]:
        """Hear of its death as `Terminated`, also if it is dead already (D2). Idempotent (D9).

        The watch survives restarts of both sides (D49) and ends with the `Terminated`, with `unwatch`, or with this
        actor. A `Terminated` that `receive` does not handle is a `DeathPactError` (D35).

        Args:
            ref: Any actor, here or on another node; a watch of oneself does nothing (D12).

        Returns:
            `ref`, so that `worker = context.watch(context.spawn(Worker))` is one line.

        Raises:
            TypeError: If `ref` is no reference.
            ValueError: If it is registered with a message (D30); or if `ref` is of another node and the path of this
                actor is too long to be told there: 2048 bytes with the address.
        """
        ...

    def watch_with(self, ref: ActorRef[M], message: Any) -> ActorRef[M]:
        """Hear of its death as `message`, in place of `Terminated` and at its place in the order (D28).

        Args:
            ref: Any actor.
            message: What to be sent; anything but `None`.

        Returns:
            `ref`.

        Raises:
            ValueError: If it is registered without, or with another message (D30); or as for `watch`.
        """
        ...

    def unwatch(self, ref: ActorRef[M]) -> ActorRef[M]:
        """No longer hear of it, not even if the `Terminated` is queued or stashed already (D21, D27).

        Args:
            ref: Any actor; not watched is fine.

        Returns:
            `ref`.
        """
        ...

    def become(self, receive: Callable[[Any], Any], discard_old: bool = True) -> None:
        """Handle the next messages with another function; a restart goes back to the actor's own `receive`.

        Args:
            receive: Takes one message; `def` or `async def`.
            discard_old: Replace the present behaviour. Otherwise it is kept below, for `unbecome`.

        Raises:
            TypeError: If `receive` cannot be called.
        """

    def unbecome(self) -> None:
        """Go back to the behaviour below, in the end to the actor's own `receive`."""

    def stash(self) -> None:
        """Put the message being handled aside.

        Raises:
            RuntimeError: If it is stashed already, no message is being handled, or the stash is full (A6); its bound is
                `Settings.stash_capacity`.
        """

    def unstash_all(self) -> None:
        """Put everything from the stash at the front of the mailbox, in its order (A6)."""

    def set_receive_timeout(self, timeout_s: float | None) -> None:
        """Get `ReceiveTimeout` after a time without a message, again and again (A4).

        Every message begins the time anew, an `Identify` does not. A restart leaves the setting as it is (S38).

        Args:
            timeout_s: Seconds, above 0; `None` ends it.

        Raises:
            ValueError: If `timeout_s` is not above 0.
        """

    async def run_blocking(self, function: Callable[[Unpack[Ts]], T], *args: *Ts) -> T:
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
            awaitable: What to await; cancelled when the actor stops or restarts. Cancelled by anybody else, it has
                failed with `CancelledError`.
            on_success: Makes the message from the result; by default the result itself, and nothing for `None`.
            on_failure: Makes the message from the exception; by default the exception fails the actor, unless it was
                restarted meanwhile: then it is a dead letter.
        """
