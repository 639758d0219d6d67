"""`Cell`: one actor at run time, its present instance, and its turn. SHELL of the cores in `actors`.

A turn handles system messages first, then user messages, one at a time; a handler or hook that suspends makes the cell
busy, and it handles nothing further, system messages included, until that is over. What signals do is decided in
`actors.lifecycle`, `actors.watching` and `actors.children` and performed in `runtime.effects`, `runtime.supervising`
and `runtime.incoming`; its mailbox is in `runtime.lanes`; what user code may call is in `runtime.context`.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from types import CoroutineType
from typing import Any, Final

from actors.actor import Actor
from actors.children import Children
from actors.lifecycle import Event, State
from actors.mailbox import BoundedLane, Envelope, MailboxSettings, SpareLane, UserLane
from actors.notices import DeathCause
from actors.props import Props
from actors.ref import ActorRef
from actors.signals import DeathWatchNotification, Signal
from actors.watching import WatchBook
from runtime.automatic import AUTOMATIC, automatic
from runtime.consequences import CONSEQUENCES, impossible
from runtime.context import CellContext
from runtime.dispatcher import Dispatcher
from runtime.host import Host
from runtime.incoming import ON_SIGNAL
from runtime.lanes import Lanes
from runtime.supervising import handler_ended
from runtime.timers import ReceiveTimer
from runtime.worker import as_coroutine, never_run

Then = Callable[[Any, BaseException | None], None]


class Cell(Lanes):
    """One actor. Is the `Sink` behind its reference, and survives all of its instances.

    Attributes:
        props, parent: How to make an instance, and the reference of the supervisor.
        instance, receive: Its present instance (if any) and behaviour.
        sender: Who sent `message`, the one being handled.
        suspensions: How many suspensions are in force; user messages wait while there is one.
        book, family: Watches and children, made when first needed.
        death: Cause and detail that its watchers will be told.
        variables: The context variables of its hooks and handlers: those of who spawned it, and what it has set itself.
    """

    __slots__ = (
        "_outcome",
        "_then",
        "behaviours",
        "book",
        "death",
        "deferred",
        "failure",
        "family",
        "instance",
        "known_context",
        "message",
        "parent",
        "perpetrator",
        "props",
        "reason",
        "receive",
        "receive_timer",
        "restarts",
        "sender",
        "stashed",
        "survivors",
        "suspensions",
        "tasks",
        "timers",
        "variables",
        "verdict_cause",
        "worker",
    )

    def __init__(self, host: Host, props: Props[Any], path: Any, parent: ActorRef[Any], suspensions: int = 0) -> None:
        self.host = host
        self.dispatcher: Dispatcher = host.dispatcher
        self.props: Props[Any] = props
        self.ref: ActorRef[Any] = ActorRef(path, self)
        self.parent: ActorRef[Any] = parent
        self.variables: contextvars.Context = contextvars.copy_context()
        self.suspensions: int = suspensions
        self.state: State = _NEW
        self.instance: Actor[Any] | None = None
        self.receive: Callable[[Any], Any] | None = None
        self.sender: ActorRef[Any] | None = None
        self.message: Any = None
        self.system: Signal | list[Signal] | None = None
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
        self.tasks: dict[asyncio.Future[Any], None] | None = None  # in the order in which they were begun
        self.worker: Any = None
        self.known_context: CellContext | None = None
        self._scheduled = False
        self._then: Then | None = None  # what follows when the suspended handler or hook is over
        self._outcome: BaseException | None = None  # of the handler that was suspended
        self._released = 0
        mailbox: MailboxSettings = props.mailbox or host.settings.mailbox
        if mailbox.capacity is not None:
            self.user = BoundedLane(mailbox, self.drop)

    @property
    def context(self) -> CellContext:
        """What the instance sees of this cell; the same object for all instances (S48)."""
        if self.known_context is None:
            self.known_context = CellContext(self)
        return self.known_context

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
                done += self._handle_signals()
            else:
                user = self.user
                if not user or self.suspensions or self.state is not _RUNNING:
                    self._scheduled = False
                    if type(user) is SpareLane and not user:
                        self.user = None
                        self.dispatcher.spare_lanes.append(user)
                    return done
                if done >= limit:
                    self.dispatcher.schedule(self)
                    return done
                done += self._handle_messages(user, limit - done)

    def stepped(self, error: BaseException | None) -> None:
        """The suspended handler or hook is over; what follows from it follows in the cell's turn."""
        self.worker, self._outcome = None, error
        self.dispatcher.schedule(self)

    def abandon(self) -> None:
        """Go on without a handler that does not even end when it is cancelled."""
        self.worker.abandon()
        self.stepped(asyncio.CancelledError())

    def _go_on(self) -> None:
        then, error = self._then, self._outcome
        self.busy, self._outcome = False, None
        then(self, error)  # type: ignore[misc]

    def step(self, outcome: Any, then: Then) -> None:
        """Run what a hook returned, inline as far as it goes.

        `then(cell, error)` hears the error, or `None`, now or later: a function rather than a closure, of which one
        would be made for each hook of each actor.
        """
        kind = type(outcome)  # the object itself, which may be user code, is asked for nothing
        if outcome is None or not hasattr(kind, "__await__"):
            then(self, never_run(outcome))
            return
        coroutine = outcome if kind is CoroutineType else as_coroutine(outcome)
        try:
            waiting = coroutine.send(None)
        except StopIteration:
            then(self, None)
        except BaseException as error:  # whatever user code raises is judged, never lost
            then(self, error)
        else:
            self._suspend(coroutine, waiting, then)

    def _handle_messages(self, user: UserLane, limit: int) -> int:
        done = 0
        while user and done < limit:
            message, self.sender = user.popleft()
            self.message = message
            try:
                if message.__class__ in AUTOMATIC:  # its class, and a timer's key, may be user code
                    self.message = None  # a failure meanwhile is that of no message, least of all of the last one
                    message = automatic(self, message)
                    if message is None:
                        break
                    self.message = message
                done += 1
                outcome = self.receive(message)  # type: ignore[misc]
                if outcome is not None:
                    if outcome.__class__ is not CoroutineType:
                        self.step(outcome, handler_ended)
                        break
                    try:
                        waiting = outcome.send(None)
                    except StopIteration:
                        pass
                    else:
                        self._suspend(outcome, waiting, handler_ended)
                        break
            except BaseException as error:  # whatever user code raises is judged, never lost
                handler_ended(self, error)
                break
            if self.receive_timer is not None:
                self.receive_timer.touch(message)
            if self.system is not None:
                break
        return done

    def _suspend(self, coroutine: Any, waiting: Any, then: Then) -> None:
        self.busy, self._then = True, then
        self.worker = self.dispatcher.hand_over(self, coroutine, waiting)
        if self.state is State.POST_STOP or self.told_to_stop():
            self.host.hurry(self)

    # --- life and death ---------------------------------------------------------------------------------------------

    def _handle_signals(self) -> int:
        """Handle what waits in the system lane; returns how many messages user code was shown with it."""
        signals, self.system = self.system, None
        self._released = 0
        if type(signals) is list:
            for index, signal in enumerate(signals, 1):
                ON_SIGNAL[type(signal)](self, signal)
                if self.busy or self._released:
                    self.put_back(signals[index:])
                    break
            return 0
        if type(signals) is DeathWatchNotification and not self.user and self._show_death(signals):
            return 1
        ON_SIGNAL[type(signals)](self, signals)
        return 0

    def _show_death(self, signal: Any) -> bool:
        """A notice for an empty mailbox would be handled next: most often it need not be put there. Returns whether."""
        if self.state is not _RUNNING or self.suspensions or self.book is None:
            return False
        subject = signal.subject
        notice = self.book.show(signal) if subject.path.uid else None
        if notice is None:
            return False
        if self.family is not None:
            self.family.remove(subject)
        self.message, self.sender = notice, subject
        try:
            outcome = self.receive(notice)  # type: ignore[misc]
            if outcome.__class__ is CoroutineType:
                try:
                    waiting = outcome.send(None)
                except StopIteration:
                    outcome = None
                else:
                    self._suspend(outcome, waiting, handler_ended)
                    return True
        except BaseException as error:  # whatever user code raises is judged, never lost
            handler_ended(self, error)
            return True
        if outcome is not None or self.receive_timer is not None:
            self.step(outcome, handler_ended)
        return True

    def advance(self, event: Event) -> None:
        """Something happened: look the consequences up and perform them."""
        self.state, effects = CONSEQUENCES[self.state][event] or impossible(self.state, event)
        for perform in effects:
            perform(self)
        if self.deferred is not None and self.state in _SETTLED:
            deferred, self.deferred = self.deferred, None
            self.put_first(deferred)


# At hand: a member of an enumeration is looked up through its metaclass, which takes longer than a call.
_NEW: Final = State.NEW
_RUNNING: Final = State.RUNNING
_SETTLED = frozenset({State.RUNNING, State.FAILED, State.CREATE_FAILED, State.RESTART_FAILED})
