"""What the effects of the lifecycle table do to a cell. SHELL: the table decides, these perform.

What they do to its children is in `runtime.family`. `PERFORM` has one entry for each `Effect` but `IGNORE`. Not here:
deciding anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from actors.actor import Actor
from actors.children import NO_CHILDREN
from actors.errors import ActorInitializationError, ActorKilledError, PostRestartError, in_words, text_of
from actors.lifecycle import Effect, Event
from actors.notices import DeathCause
from actors.ref import ActorRef
from actors.signals import DeathWatchNotification, Failed, Unwatch
from runtime.family import (
    await_stopping,
    restart_children,
    resume_children,
    stop_children,
    stop_offspring,
    suspend_children,
)
from runtime.stashing import handled_message, unstash_all

# At hand: a member of an enumeration is looked up through its metaclass, which takes longer than a call.
_HOOK_DONE: Final = Event.HOOK_DONE
_HOOK_FAILED: Final = Event.HOOK_FAILED
_STOPPED: Final = (DeathCause.STOPPED, "")


def _suspend(cell: Any) -> None:
    cell.suspensions += 1


def _unsuspend(cell: Any) -> None:
    if cell.suspensions:
        cell.suspensions -= 1


def _report(cell: Any) -> None:
    if cell.failure is not None:  # otherwise its hook was cancelled in order to stop it
        cell.parent.sink.signal(Failed(cell.ref, cell.failure))


def _forget_failure(cell: Any) -> None:
    cell.failure = None


def _dispose(cell: Any) -> None:
    cell.instance = cell.receive = cell.behaviours = cell.message = cell.sender = None
    cancel_what_the_instance_started(cell)
    unstash_all(cell)


def _close(cell: Any) -> None:
    if cell.death is None:
        failure = cell.failure
        if failure is None:
            cell.death = _STOPPED
        elif isinstance(failure, ActorKilledError):
            cell.death = (DeathCause.KILLED, text_of(failure))
        else:
            cell.death = (DeathCause.FAILED, in_words(failure))
    cell.deferred = None
    if cell.family is None:
        cell.family = NO_CHILDREN
    else:
        cell.family.closed = True
    if cell.book is not None:
        for subject in cell.book.unwatch_all():
            subject.sink.signal(Unwatch(subject, cell.ref))
    if cell.restarts:
        for timer in cell.restarts:
            timer.cancel()
        cell.restarts = None
    if cell.timers is not None or cell.tasks:
        cancel_what_the_instance_started(cell)
    if cell.receive_timer is not None:
        switch_receive_timeout_off(cell)


def _run_create(cell: Any) -> None:
    try:
        instance = _make_instance(cell)
        outcome = None if type(instance).pre_start is Actor.pre_start else instance.pre_start()
    except BaseException as error:  # a failure of user code is the supervisor's matter
        _created(cell, error)
        return
    cell.step(outcome, _created)


def _created(cell: Any, error: BaseException | None) -> None:
    if error is None:
        cell.reason = None  # of a start that had failed before
        cell.advance(_HOOK_DONE)
        return
    wrapped = ActorInitializationError(f"{cell.ref} could not start: {in_words(error)}")
    wrapped.__cause__ = error
    _failed_hook(cell, error, wrapped)


def _run_pre_restart(cell: Any) -> None:
    if cell.failure is None:
        cell.message = cell.sender = None  # none is being handled: it is restarted for another's failure
    try:
        outcome = cell.instance.pre_restart(cell.reason, handled_message(cell))
    except BaseException as error:  # best effort (S40)
        _prepared(cell, error)
        return
    cell.step(outcome, _prepared)


def _prepared(cell: Any, error: BaseException | None) -> None:
    _note(cell, "pre_restart", error)
    cell.advance(_HOOK_DONE if error is None else _HOOK_FAILED)


def _run_post_restart(cell: Any) -> None:
    cell.survivors = tuple(cell.family.refs()) if cell.family is not None else ()
    try:
        instance = _make_instance(cell)
        outcome = instance.post_restart(cell.reason)
    except BaseException as error:  # a failure of user code is the supervisor's matter
        _restarted(cell, error)
        return
    cell.step(outcome, _restarted)


def _restarted(cell: Any, error: BaseException | None) -> None:
    if error is None:
        cell.advance(_HOOK_DONE)
        return
    wrapped = PostRestartError(f"{cell.ref} could not restart: {in_words(error)}", cell.reason)
    wrapped.__cause__ = error
    _failed_hook(cell, error, wrapped)


def _run_post_stop(cell: Any) -> None:
    instance = cell.instance
    if instance is None or type(instance).post_stop is Actor.post_stop:
        cell.advance(_HOOK_DONE)
        return
    if cell.failure is None:
        cell.message = cell.sender = None  # none is being handled; after a failure it is the one that failed (S34)
    try:
        outcome = instance.post_stop()
    except BaseException as error:  # logged, and termination goes on (S39)
        _stopped(cell, error)
        return
    cell.step(outcome, _stopped)


def _stopped(cell: Any, error: BaseException | None) -> None:
    _note(cell, "post_stop", error)
    cell.advance(_HOOK_DONE if error is None else _HOOK_FAILED)


def _finish(cell: Any) -> None:
    if cell.timers is not None or cell.tasks:
        cancel_what_the_instance_started(cell)  # by `post_stop`
    if cell.receive_timer is not None:
        switch_receive_timeout_off(cell)
    lane, cell.user = cell.user, None  # from now on `new_lane` makes a dead one
    for envelope in cell.stashed or ():
        cell.drop(envelope)
    while lane:
        cell.drop(lane.popleft())
    parent: ActorRef[Any] = cell.parent
    watchers = () if cell.book is None else cell.book.drain_watchers(parent)
    cause, detail = cell.death
    cell.instance = cell.receive = cell.message = cell.sender = None
    cell.stashed = cell.behaviours = cell.family = cell.book = cell.failure = cell.reason = None
    cell.variables = cell.dispatcher.no_variables
    notification = DeathWatchNotification(cell.ref, True, False, cause, detail)
    parent.sink.signal(notification)  # first the parent, so that a name is free when a watcher hears of it (D45)
    for watcher in watchers:
        watcher.sink.signal(notification)


def _failed_hook(cell: Any, error: BaseException, wrapped: BaseException) -> None:
    """The instance did not come to life: nothing of it remains, so that no later hook sees it (S41, S43)."""
    _end_if_fatal(cell, error)
    _dispose(cell)
    cancelled = isinstance(error, asyncio.CancelledError) and cell.told_to_stop()
    cell.failure, cell.perpetrator = None if cancelled else wrapped, None
    cell.advance(_HOOK_FAILED)


def _note(cell: Any, hook: str, error: BaseException | None) -> None:
    """A hook whose failure changes nothing is over."""
    if error is not None:
        cell.host.log.error("hook failed", hook=hook, actor=str(cell.ref), error=in_words(error))
        _end_if_fatal(cell, error)


def _end_if_fatal(cell: Any, error: BaseException) -> None:
    if isinstance(error, KeyboardInterrupt | SystemExit):
        cell.host.fatal(error)


def _make_instance(cell: Any) -> Any:
    instance = cell.props.make(cell)
    other = instance._actor_home
    if other is not cell and other is not None and other.instance is instance:
        raise TypeError(f"{cell.props!r} gave the instance that is {other.ref}; each actor needs one of its own")
    instance._actor_home = cell  # also if the factory gave the object of an earlier life (S47)
    cell.instance = instance
    cell.receive = cell.behaviours[-1] if cell.behaviours else instance.receive  # its constructor may `become`
    return instance


def cancel_what_the_instance_started(cell: Any) -> None:
    """Timers and piped awaitables end with the instance."""
    if cell.timers is not None:
        cell.timers.cancel_all()
    if cell.tasks:
        tasks, cell.tasks = cell.tasks, None
        cell.host.dispatcher.end(tasks)


def switch_receive_timeout_off(cell: Any) -> None:
    """No more `ReceiveTimeout`."""
    if cell.receive_timer is not None:
        cell.receive_timer.cancel()
        cell.receive_timer = None


PERFORM: Final[dict[Effect, Callable[[Any], None]]] = {
    Effect.SUSPEND: _suspend,
    Effect.UNSUSPEND: _unsuspend,
    Effect.SUSPEND_CHILDREN: suspend_children,
    Effect.RESUME_CHILDREN: resume_children,
    Effect.REPORT: _report,
    Effect.FORGET_FAILURE: _forget_failure,
    Effect.DISPOSE: _dispose,
    Effect.STOP_CHILDREN: stop_children,
    Effect.STOP_OFFSPRING: stop_offspring,
    Effect.CLOSE: _close,
    Effect.AWAIT_STOPPING: await_stopping,
    Effect.RESTART_CHILDREN: restart_children,
    Effect.RUN_CREATE: _run_create,
    Effect.RUN_PRE_RESTART: _run_pre_restart,
    Effect.RUN_POST_RESTART: _run_post_restart,
    Effect.RUN_POST_STOP: _run_post_stop,
    Effect.FINISH: _finish,
}
