"""The mailbox of a cell: its system lane and its user lane, and what follows when something is put in. SHELL.

Here is what a reference's `tell` and `signal` do, so it is written for speed. What bounds a user lane, and what becomes
of a message without room, is decided in `actors.mailbox`. Deliberately not here: taking anything out again, which is
the turn of `runtime.cell`.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from actors.errors import MailboxFull
from actors.lifecycle import State
from actors.mailbox import DeadLane, Envelope, SpareLane, UserLane, put_exempt
from actors.ref import ActorRef
from actors.signals import Signal, Terminate
from actors.watching import CustomTermination
from runtime.dispatcher import Dispatcher
from runtime.host import Host
from runtime.incoming import ON_SIGNAL
from runtime.timers import CellTimers, TimerTick


class Lanes:
    """The `Sink` side of a cell.

    Attributes:
        host, dispatcher: The system, as far as cells know it, and its ready queue, at hand for each `tell`.
        ref: The reference of the actor.
        state: Where the actor is in its life.
        system: Signals that wait: `None`, one, or a list.
        user: User messages that wait: `None` as long as no lane was needed.
        busy: A handler or hook is suspended.
    """

    __slots__ = ("_released", "_scheduled", "busy", "dispatcher", "host", "ref", "state", "system", "user")

    host: Host
    dispatcher: Dispatcher
    ref: ActorRef[Any]
    state: State
    system: Signal | list[Signal] | None
    user: UserLane | None
    busy: bool
    timers: CellTimers | None  # a slot of the cell
    _scheduled: bool  # stands in the ready queue, or is busy
    _released: int  # deferred signals at the head of the lane

    def tell(self, message: Any, sender: ActorRef[Any] | None = None) -> None:
        """Put a user message in the mailbox."""
        if message is None:
            raise ValueError(f"None is not a message; it was sent to {self.ref}")
        try:
            self.user.append((message, sender))  # type: ignore[union-attr]
        except AttributeError:
            if self.user is not None:
                raise
            self.new_lane().append((message, sender))
        if not self._scheduled:
            self._scheduled = True
            # As `Dispatcher.schedule`, which would be one more call for most messages.
            dispatcher = self.dispatcher
            dispatcher.ready.append(self)  # type: ignore[arg-type] # a cell is what has lanes
            if not dispatcher.armed:
                dispatcher.arm()

    def tell_itself(self, message: Any, sender: ActorRef[Any] | None, *, exempt: bool = False) -> None:
        """The actor's timers and tasks tell it something: without room it is dropped, for there is nobody to raise to.

        Args:
            message: What.
            sender: By whom.
            exempt: Whether no bound applies to it.
        """
        if exempt and self.state is not _TERMINATED:
            put_exempt(self.user if self.user is not None else self.new_lane(), (message, sender))
            if not self._scheduled:
                self._scheduled = True
                self.dispatcher.schedule(self)  # type: ignore[arg-type] # a cell is what has lanes
            return
        try:
            self.tell(message, sender)
        except MailboxFull:
            self.drop((message, sender))

    def signal(self, signal: Signal) -> None:
        """Put a system message in its lane; a dead actor answers at once, also when its system has ended."""
        if self.state is _TERMINATED:
            ON_SIGNAL[type(signal)](self, signal)
            return
        system = self.system
        if system is None:
            self.system = signal  # most often the only one, which needs no list
        elif isinstance(system, list):
            system.append(signal)
        else:
            self.system = [system, signal]
        if not self._scheduled:
            self._scheduled = True
            dispatcher = self.dispatcher
            dispatcher.ready.append(self)  # type: ignore[arg-type] # a cell is what has lanes
            if not dispatcher.armed:
                dispatcher.arm()
        elif self.busy and type(signal) is Terminate:
            self.host.hurry(self)

    def put_first(self, deferred: list[Signal]) -> None:
        """Signals that had to wait come before all others now."""
        self.system = deferred + _listed(self.system)
        self._released = len(deferred)

    def put_back(self, rest: list[Signal]) -> None:
        """Deferred signals that were released now are older than the rest; what has just come is younger."""
        system, older = _listed(self.system), self._released
        self.system = system[:older] + rest + system[older:] or None

    def told_to_stop(self) -> bool:
        """Whether a stop waits for its turn."""
        return any(type(signal) is Terminate for signal in _listed(self.system))

    def new_lane(self) -> UserLane:
        """Make the user lane on its first use: an empty deque alone takes 760 bytes."""
        self.user = deque() if self.state is not _TERMINATED else DeadLane(self.drop)
        return self.user

    def borrow_lane(self) -> UserLane:
        """The same for a death notice, which often is the only message of a watcher: given back when it is handled."""
        spare = self.dispatcher.spare_lanes
        self.user = spare.pop() if spare else SpareLane()
        return self.user

    def drop(self, envelope: Envelope) -> None:
        """A message of this mailbox cannot be delivered."""
        cls = type(envelope[0])  # not what the message says of itself
        if cls is TimerTick and self.timers is not None:
            self.timers.take(envelope[0])  # a single one is over
        if cls is not CustomTermination:
            self.host.dead_letter(envelope[0], envelope[1], self.ref)


_TERMINATED = State.TERMINATED  # at hand: a member of an enumeration is looked up through its metaclass


def _listed(system: Signal | list[Signal] | None) -> list[Signal]:
    """The signals in a system lane."""
    if system is None:
        return []
    return system if isinstance(system, list) else [system]
