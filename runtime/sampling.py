"""`Sampling`: how long actors work on a message, and how long messages wait for them, looked at now and then. SHELL.

A look measures the turns of all actors for a moment, and puts a question into the mailboxes of some that the runtime
answers when its turn comes. Between two looks nothing is measured, so a message costs nothing for it. Deliberately not
here: what becomes of the numbers (`cluster.rest.counters`), and slow handlers, which are named in the log in any case
(`runtime.slowness`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from actors.address import ActorPath
from actors.lifecycle import State
from actors.mailbox import BoundedLane
from actors.notices import ActorIdentity, Identify
from actors.ref import ActorRef
from actors.signals import Signal

WINDOW_S = 1.0
"""For so long turns are measured after each look."""
MAX_QUESTIONS = 64
"""So many mailboxes are looked into at a time; others have their turn at the next look."""

Hear = Callable[[str, float], None]


class Sampling:
    """Looks at one system's actors.

    Args:
        system: The system.
        clock: Seconds, finer than a turn takes.
        worked: Told of each measured turn: the actor's class, and the seconds that it took for a message.
        waited: Told of each question that was answered: the actor's class, and the seconds that it waited.
    """

    def __init__(self, system: Any, clock: Callable[[], float], worked: Hear, waited: Hear) -> None:
        self._system = system
        self._clock = clock
        self._worked = worked
        self._waited = waited
        self._asked: dict[str, tuple[str, float]] = {}  # by path: the class, and when
        self._next = 0
        path = ActorPath(system.address, ("temp", "sampling"), system.next_uid())
        self._asker: ActorRef[Any] = ActorRef(path, self)

    def look(self) -> None:
        """Begin to measure turns, and look into mailboxes."""
        if self._system.root is None:
            return
        self._system.dispatcher.measure(self._system.now() + WINDOW_S, self._clock, self._turn)
        cells = [one for one in _cells(self._system.root) if str(one.ref.path) not in self._asked]
        for _ in range(min(MAX_QUESTIONS - len(self._asked), len(cells))):
            self._next += 1
            cell = cells[self._next % len(cells)]
            path = str(cell.ref.path)
            if path not in self._asked:
                self._asked[path] = (cell.props.class_name, self._clock())
                cell.tell(Identify(path), self._asker)

    def stop(self) -> None:
        """Measure no more."""
        if self._system.root is not None:
            self._system.dispatcher.measure(self._system.now(), self._clock, None)

    # --- the sink of the answers --------------------------------------------------------------------------------------

    @property
    def host(self) -> Any:
        """The system."""
        return self._system

    def tell(self, message: Any, sender: ActorRef[Any] | None = None) -> None:
        """An answer: its question was handled, or the actor is dead and it never will be."""
        if isinstance(message, ActorIdentity):
            asked = self._asked.pop(str(message.correlation_id), None)
            if asked is not None and message.ref is not None:
                self._waited(asked[0], max(0.0, self._clock() - asked[1]))

    def signal(self, signal: Signal) -> None:
        """Nobody watches it."""

    def _turn(self, cell: Any, seconds: float, messages: int) -> None:
        self._worked(cell.props.class_name, seconds / messages)


def _cells(cell: Any) -> Iterator[Any]:
    """The running actors whose mailboxes have no bound, from the top: a question must take nobody's room."""
    if cell.state is State.RUNNING and not isinstance(cell.user, BoundedLane):
        yield cell
    if cell.family is not None:
        for child in cell.family.refs():
            yield from _cells(child.sink)
