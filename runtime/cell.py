"""`Cell`: one actor at run time, its mailbox, its present instance, and its turn. SHELL of the cores in `actors`.

A turn handles system messages first, then user messages, one at a time; a handler or hook that suspends makes the cell
busy, and it handles nothing further, system messages included, until that is over. What signals do is decided in
`actors.lifecycle`, `actors.watching` and `actors.children` and performed in `runtime.effects`, `runtime.supervising`
and `runtime.incoming`; what user code may call is in `runtime.context`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from types import CoroutineType
from typing import Any

from actors.actor import Actor
from actors.children import Children
from actors.lifecycle import Event, State, transition
from actors.mailbox import BoundedLane, Envelope, MailboxSettings, UserLane
from actors.notices import DeathCause
from actors.props import Props
from actors.ref import ActorRef
from actors.signals import Signal, Terminate
from actors.watching import CustomTermination, WatchBook
from runtime.automatic import AUTOMATIC, automatic
from runtime.context import CellContext
from runtime.effects import PERFORM
from runtime.host import Host
from runtime.incoming import ON_SIGNAL
from runtime.supervising import handler_ended
from runtime.timers import ReceiveTimer
from runtime.worker import as_coroutine

Then = Callable[[BaseException | None], None]


class Cell:
    """One actor. Is the `Sink` behind its reference, and survives all of its instances.

    Attributes:
        host: The system, as far as cells know it.
        ref, parent: The references of the actor and of its supervisor.
        state, instance, receive: Where it is in its life, its present instance (if any) and behaviour.
        sender: Who sent `message`, the one being handled.
        suspensions: How many suspensions are in force; user messages wait while there is one.
        system, user: Signals (`None` for none) and user messages (`None` before the first) that wait.
        busy: A handler or hook is suspended.
        book, family: Watches and children, made when first needed.
        death: Cause and detail that its watchers will be told.
    """

    __slots__ = (
        "_context",
        "_outcome",
        "_released",
        "_scheduled",
        "_then",
        "behaviours",
        "book",
        "busy",
        "death",
        "deferred",
        "failure",
        "family",
        "host",
        "instance",
        "message",
        "parent",
        "perpetrator",
        "props",
        "reason",
        "receive",
        "receive_timer",
        "ref",
        "restarts",
        "sender",
        "stashed",
        "state",
        "survivors",
        "suspensions",
        "system",
        "tasks",
        "timers",
        "user",
        "verdict_cause",
        "worker",
    )

    def __init__(self, host: Host, props: Props[Any], path: Any, parent: ActorRef[Any], suspensions: int = 0) -> None:
        self.host: Host = host
        self.props: Props[Any] = props
        self.ref: ActorRef[Any] = ActorRef(path, self)
        self.parent: ActorRef[Any] = parent
        self.suspensions: int = suspensions
        self.state: State = State.NEW
        self.instance: Actor[Any] | None = None
        self.receive: Callable[[Any], Any] | None = None
        self.sender: ActorRef[Any] | None = None
        self.message: Any = None
        self.system: list[Signal] | None = None
        self.user: UserLane | None = None
        self.busy: bool = False
        self.book: WatchBook | None = None
        self.family: Children | None = None
        self.death: tuple[DeathCause, str] | None = None
        self.failure: BaseException | None = None  # what the supervisor judges
        self.reason: BaseException | None = None  # of the restart that is going on
        self.perpetrator: ActorRef[Any] | None = None  # the child whose failure is escalated
        self.verdict_cause: BaseException | None = None  # of the resume that is being performed
        self.survivors: tuple[ActorRef[Any], ...] = ()  # children that pre_restart kept
        self.restarts: set[asyncio.TimerHandle] | None = None  # of children, that wait for their backoff
        self.deferred: list[Signal] | None = None
        self.behaviours: list[Callable[[Any], Any]] | None = None
        self.stashed: list[Envelope] | None = None
        self.timers: Any = None
        self.receive_timer: ReceiveTimer | None = None
        self.tasks: set[asyncio.Future[Any]] | None = None
        self.worker: Any = None
        self._context: CellContext | None = None
        self._scheduled = False  # stands in the ready queue, or is busy
        self._then: Then | None = None  # what follows when the suspended handler or hook is over
        self._outcome: BaseException | None = None  # of the handler that was suspended
        self._released = 0  # deferred signals at the head of the lane
        mailbox: MailboxSettings = props.mailbox or host.settings.mailbox
        if mailbox.capacity is not None:
            self.user = BoundedLane(mailbox, self.drop)

    @property
    def context(self) -> CellContext:
        """What the instance sees of this cell; the same object for all instances (S48)."""
        if self._context is None:
            self._context = CellContext(self)
        return self._context

    # --- Sink -----------------------------------------------------------------------------------------------------

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
            self.host.dispatcher.schedule(self)

    def signal(self, signal: Signal) -> None:
        """Put a system message in its lane; a dead actor answers at once, also when its system has ended."""
        if self.state is State.TERMINATED:
            ON_SIGNAL[type(signal)](self, signal)
            return
        if self.system is None:
            self.system = [signal]
        else:
            self.system.append(signal)
        if not self._scheduled:
            self._scheduled = True
            self.host.dispatcher.schedule(self)
        elif self.busy and type(signal) is Terminate:
            self.host.hurry(self)

    # --- the turn ---------------------------------------------------------------------------------------------------

    def run(self, limit: int) -> int:
        """Take a turn of up to `limit` user messages; returns how many were handled."""
        done = 0
        while True:
            if self.busy:
                if self.worker is not None:
                    return done
                self._go_on()
            elif self.system is not None:
                self._handle_signals()
            else:
                user = self.user
                if not user or self.suspensions or self.state is not State.RUNNING:
                    self._scheduled = False
                    return done
                if done >= limit:
                    self.host.dispatcher.schedule(self)
                    return done
                done += self._handle_messages(user, limit - done)

    def stepped(self, error: BaseException | None) -> None:
        """The suspended handler or hook is over; what follows from it follows in the cell's turn."""
        self.worker, self._outcome = None, error
        self.host.dispatcher.schedule(self)

    def abandon(self) -> None:
        """Go on without a handler that does not even end when it is cancelled."""
        self.worker.cell = None
        self.stepped(asyncio.CancelledError())

    def _go_on(self) -> None:
        then, error = self._then, self._outcome
        self.busy, self._outcome = False, None
        then(error)  # type: ignore[misc]

    def step(self, outcome: Any, then: Then) -> None:
        """Run what a hook returned, inline as far as it goes; `then` hears the error, or `None`, now or later."""
        if not hasattr(outcome, "__await__"):
            then(None)
            return
        coroutine = outcome if outcome.__class__ is CoroutineType else as_coroutine(outcome)
        try:
            waiting = coroutine.send(None)
        except StopIteration:
            then(None)
        except BaseException as error:  # whatever user code raises is judged, never lost
            then(error)
        else:
            self._suspend(coroutine, waiting, then)

    def _handle_messages(self, user: UserLane, limit: int) -> int:
        done = 0
        while user and done < limit:
            message, self.sender = user.popleft()
            if message.__class__ in AUTOMATIC:
                message = automatic(self, message)
                if message is None:
                    break
            self.message = message
            done += 1
            try:
                outcome = self.receive(message)  # type: ignore[misc]
                if outcome is not None:
                    if outcome.__class__ is not CoroutineType:
                        self.step(outcome, self.handled)
                        break
                    try:
                        waiting = outcome.send(None)
                    except StopIteration:
                        pass
                    else:
                        self._suspend(outcome, waiting, self.handled)
                        break
            except BaseException as error:  # whatever user code raises is judged, never lost
                self.handled(error)
                break
            if self.receive_timer is not None:
                self.receive_timer.touch(message)
            if self.system is not None:
                break
        return done

    handled = handler_ended

    def _suspend(self, coroutine: Any, waiting: Any, then: Then) -> None:
        self.busy, self._then = True, then
        self.worker = self.host.dispatcher.hand_over(self, coroutine, waiting)
        if self.state is State.POST_STOP or self.told_to_stop():
            self.host.hurry(self)

    # --- life and death ---------------------------------------------------------------------------------------------

    def told_to_stop(self) -> bool:
        """Whether a stop waits for its turn."""
        return self.system is not None and any(type(signal) is Terminate for signal in self.system)

    def _handle_signals(self) -> None:
        signals, self.system = self.system or [], None
        self._released = 0
        for index, signal in enumerate(signals, 1):
            ON_SIGNAL[type(signal)](self, signal)
            if self.busy or self._released:
                self._put_back(signals[index:])
                return

    def _put_back(self, rest: list[Signal]) -> None:
        """Deferred signals that were released now are older than the rest; what has just come is younger."""
        system, older = self.system or [], self._released
        self.system = system[:older] + rest + system[older:] or None

    def advance(self, event: Event) -> None:
        """Something happened: look the consequences up and perform them."""
        self.state, effects = transition(self.state, event)
        for effect in effects:
            PERFORM[effect](self)
        if self.deferred is not None and self.state in _SETTLED:
            deferred, self.deferred = self.deferred, None
            self.system = deferred + (self.system or [])
            self._released = len(deferred)

    def new_lane(self) -> UserLane:
        """Make the user lane on its first use: an empty deque alone takes 760 bytes."""
        self.user = deque()
        return self.user

    def drop(self, envelope: Envelope) -> None:
        """A message of this mailbox cannot be delivered."""
        if envelope[0].__class__ is not CustomTermination:
            self.host.dead_letter(envelope[0], envelope[1], self.ref)


_SETTLED = frozenset({State.RUNNING, State.FAILED, State.CREATE_FAILED, State.RESTART_FAILED})
