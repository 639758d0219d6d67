"""`CellContext`: what an actor may ask of the runtime. SHELL: the `actors.context.ActorContext` of one cell.

The same object serves all instances of a cell and stays valid after its end (S48).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar, TypeVarTuple, Unpack

from actors.children import Children
from actors.context import Recipe, Spawned
from actors.lifecycle import State
from actors.ref import ActorRef
from actors.signals import TERMINATE, Unwatch, Watch
from actors.values import value
from actors.watching import WatchBook
from runtime.effects import cancel_what_the_instance_started, switch_receive_timeout_off
from runtime.family import stop_child
from runtime.stashing import stash, unstash_all
from runtime.timers import CellTimers, ReceiveTimer

M = TypeVar("M")
T = TypeVar("T")
Ts = TypeVarTuple("Ts")
# At hand: a member of an enumeration is looked up through its metaclass, which takes longer than a call.
_STOPPING: Final = State.STOPPING
_TERMINATED: Final = State.TERMINATED


@value
class PipedFailure:
    """Stands in the mailbox for the exception of a piped awaitable that nobody turned into a message.

    Attributes:
        error: What was raised.
        instance: Who awaited it. It is no failure of the next instance, as little as an earlier timer's tick is shown.
    """

    error: BaseException
    instance: Any


class CellContext:
    """The runtime as one actor sees it."""

    __slots__ = ("_cell", "_log")

    def __init__(self, cell: Any) -> None:
        self._cell = cell
        self._log: Any = None

    @property
    def ref(self) -> ActorRef[Any]:
        """The actor itself."""
        ref: ActorRef[Any] = self._cell.ref
        return ref

    @property
    def sender(self) -> ActorRef[Any]:
        """Who sent the message being handled; dead letters when nobody said."""
        sender: ActorRef[Any] = self._cell.sender or self._cell.host.dead_letters
        return sender

    @property
    def parent(self) -> ActorRef[Any]:
        """The supervisor."""
        parent: ActorRef[Any] = self._cell.parent
        return parent

    @property
    def children(self) -> tuple[ActorRef[Any], ...]:
        """The children in start order, those that are stopping included."""
        family = self._cell.family
        return () if family is None else tuple(family.refs())

    @property
    def system(self) -> Any:
        """The `runtime.ActorSystem`."""
        return self._cell.host

    @property
    def log(self) -> Any:
        """A structured logger that carries the actor's path."""
        if self._log is None:
            self._log = self._cell.host.log.bind(actor=str(self._cell.ref))
        return self._log

    @property
    def timers(self) -> CellTimers:
        """The actor's timers."""
        cell = self._cell
        if cell.timers is None:
            cell.timers = CellTimers(cell)
        timers: CellTimers = cell.timers
        return timers

    def child(self, name: str) -> ActorRef[Any] | None:
        """The child called `name`."""
        family = self._cell.family
        return None if family is None else family.by_name(name)

    def spawn(self, what: Recipe[M] | Callable[[], Spawned[M]], name: str | None = None) -> ActorRef[M]:
        """Make a child."""
        cell = self._cell
        if cell.state is _TERMINATED:
            raise RuntimeError(f"{cell.ref} is dead and cannot have new children")
        if cell.family is None:
            cell.family = Children()
        ref: ActorRef[M] = cell.host.spawn_child(cell, what, name)
        return ref

    def stop(self, ref: ActorRef[Any]) -> None:
        """Stop oneself or a child."""
        cell = self._cell
        if ref is not cell.ref and stop_child(cell, ref):
            return
        if ref == cell.ref:
            cell.signal(TERMINATE)
        elif ref.path.elements[:-1] != cell.ref.path.elements or ref.path.address != cell.ref.path.address:
            raise ValueError(f"{cell.ref} may stop only itself and its children, not {ref}")

    def reset_backoff(self, child: ActorRef[Any]) -> None:
        """Let the next restart of a child wait as briefly as its first."""
        stats = None if self._cell.family is None else self._cell.family.find(child)
        if stats is not None:
            stats.in_a_row = 0

    def stop_self(self, cause: Any, detail: str = "") -> None:
        """Stop with a cause of its own in `Terminated`: an actor that stands for something else tells how that died."""
        self._cell.death = (cause, detail)
        self._cell.signal(TERMINATE)

    def watch(self, ref: ActorRef[M]) -> ActorRef[M]:
        """Hear of its death as `Terminated`."""
        return self._watch(ref, None)

    def watch_with(self, ref: ActorRef[M], message: Any) -> ActorRef[M]:
        """Hear of its death as `message`."""
        if message is None:
            raise ValueError("watch_with needs a message; None is not one")
        return self._watch(ref, message)

    def unwatch(self, ref: ActorRef[M]) -> ActorRef[M]:
        """No longer hear of it."""
        cell = self._cell
        if cell.book is not None and cell.book.unwatch(ref):
            ref.sink.signal(Unwatch(ref, cell.ref))
        return ref

    def become(self, receive: Callable[[Any], Any], discard_old: bool = True) -> None:
        """Handle the next messages with `receive`."""
        if not callable(receive):
            raise TypeError(f"a behaviour is a function of one message, not {receive!r}")
        cell = self._cell
        if cell.behaviours is None:
            cell.behaviours = []
        if discard_old and cell.behaviours:
            cell.behaviours.pop()
        cell.behaviours.append(receive)
        cell.receive = receive

    def unbecome(self) -> None:
        """Go back to the behaviour below."""
        cell = self._cell
        if cell.behaviours:
            cell.behaviours.pop()
        if cell.instance is not None:
            cell.receive = cell.behaviours[-1] if cell.behaviours else cell.instance.receive

    def stash(self) -> None:
        """Put the message being handled aside."""
        cell = self._cell
        if not cell.busy and cell.dispatcher.current_cell() is not cell:
            raise RuntimeError(f"{cell.ref} handles no message that could be stashed; the last one is over")
        stash(cell)

    def unstash_all(self) -> None:
        """Put everything from the stash at the front of the mailbox."""
        unstash_all(self._cell)

    def set_receive_timeout(self, timeout_s: float | None) -> None:
        """Get `ReceiveTimeout` after so many seconds without a message."""
        cell = self._cell
        timer = None if timeout_s is None else ReceiveTimer(cell, timeout_s)
        if cell.receive_timer is not None:
            cell.receive_timer.cancel()
        cell.receive_timer = timer
        if cell.state is _TERMINATED:
            switch_receive_timeout_off(cell)

    def pipe_to_self(
        self,
        awaitable: Awaitable[T],
        on_success: Callable[[T], Any] | None = None,
        on_failure: Callable[[BaseException], Any] | None = None,
    ) -> None:
        """Await something beside the mailbox and get its outcome as a message."""
        cell = self._cell
        task = asyncio.ensure_future(awaitable)
        if cell.tasks is None:
            cell.tasks = {}
        tasks = cell.tasks
        tasks[task] = None

        def done(task: asyncio.Future[T]) -> None:
            tasks.pop(task, None)
            error = asyncio.CancelledError() if task.cancelled() else task.exception()
            if cell.tasks is not tasks:
                return  # cancelled by us, whatever came of it: its actor is another instance by now
            try:
                if error is None:
                    outcome = task.result() if on_success is None else on_success(task.result())
                else:
                    outcome = PipedFailure(error, cell.instance) if on_failure is None else on_failure(error)
            except BaseException as raised:  # a mapping function is user code; the actor fails with it, whatever it is
                outcome = PipedFailure(raised, cell.instance)
            if outcome is not None:
                cell.tell_itself(outcome, cell.ref, exempt=isinstance(outcome, PipedFailure))

        task.add_done_callback(done)
        if cell.state is _TERMINATED:
            cancel_what_the_instance_started(cell)

    async def run_blocking(self, function: Callable[[Unpack[Ts]], T], *args: *Ts) -> T:
        """Call a function that blocks in a thread of the system, and wait for what it returns."""
        outcome: T = await self._cell.host.blocking.run(function, *args)
        return outcome

    def _watch(self, ref: ActorRef[M], message: Any) -> ActorRef[M]:
        if not isinstance(ref, ActorRef):
            raise TypeError(f"only an ActorRef can be watched, not {ref!r}")
        cell = self._cell
        if ref == cell.ref or ref == cell.host.dead_letters:  # D12, D13
            return ref
        if cell.state >= _STOPPING:  # it will hear of nothing any more (D47)
            return ref
        if cell.book is None:
            cell.book = WatchBook()
        if cell.book.watch(ref, message):
            try:
                ref.sink.signal(Watch(ref, cell.ref))
            except ValueError:  # it is on another node, which could not tell this actor of anything
                cell.book.unwatch(ref)
                raise
        return ref
