"""What each signal does to the cell that receives it. SHELL: between the system lane and the cores.

`ON_SIGNAL` has one entry for each class in `actors.signals.Signal`. Failures of children are in `runtime.supervising`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from actors.lifecycle import Event, State, defers_failures, defers_supervision
from actors.mailbox import put_exempt
from actors.signals import (
    SUSPEND,
    AddressTerminated,
    DeathWatchNotification,
    Failed,
    Recreate,
    Resume,
    Start,
    Suspend,
    Terminate,
    Unwatch,
    Watch,
)
from actors.watching import WatchBook
from runtime.supervising import judge_failure

# At hand: a member of an enumeration is looked up through its metaclass, which takes longer than a call.
_START: Final = Event.START
_VERDICT_RESUME: Final = Event.VERDICT_RESUME
_RESUME: Final = Event.RESUME
_RECREATE: Final = Event.RECREATE
_TERMINATE: Final = Event.TERMINATE
_CHILDREN_GONE: Final = Event.CHILDREN_GONE
_RUNNING: Final = State.RUNNING
_STOPPING: Final = State.STOPPING
_TERMINATED: Final = State.TERMINATED


def _on_start(cell: Any, signal: Start) -> None:
    cell.advance(_START)


def _on_suspend(cell: Any, signal: Suspend) -> None:
    if _deferred(cell, signal):
        return
    cell.suspensions += 1
    if cell.family is not None:
        for child in cell.family.refs():
            child.sink.signal(SUSPEND)


def _on_resume(cell: Any, signal: Resume) -> None:
    if _deferred(cell, signal):
        return
    cell.verdict_cause = signal.cause
    if signal.cause is not None:
        cell.reason = signal.cause  # a verdict that turns into a restart needs it (S42)
    cell.advance(_RESUME if signal.cause is None else _VERDICT_RESUME)
    cell.verdict_cause = None
    if cell.state is _RUNNING:
        cell.reason = None  # it keeps no exception, with all its frames, for a restart that is not made


def _on_recreate(cell: Any, signal: Recreate) -> None:
    if _deferred(cell, signal):
        return
    cell.reason = signal.cause
    cell.advance(_RECREATE)


def _on_terminate(cell: Any, signal: Terminate) -> None:
    if cell.state is not _TERMINATED:
        cell.advance(_TERMINATE)


def _on_failed(cell: Any, signal: Failed) -> None:
    if cell.state in (_STOPPING, _TERMINATED):
        return  # it is told to stop already; only its end matters (S66)
    if defers_failures(cell.state):
        _defer(cell, signal)
    else:
        judge_failure(cell, signal)


def _on_watch(cell: Any, signal: Watch) -> None:
    if cell.state is _TERMINATED:
        cause, detail = cell.death
        signal.watcher.sink.signal(DeathWatchNotification(signal.watchee, False, False, cause, detail))
        return
    if cell.book is None:
        cell.book = WatchBook()
    cell.book.add_watcher(signal.watcher)


def _on_unwatch(cell: Any, signal: Unwatch) -> None:
    if cell.book is not None:
        cell.book.remove_watcher(signal.watcher)


def _on_death(cell: Any, signal: DeathWatchNotification) -> None:
    subject = signal.subject
    if not subject.path.uid and cell.host.is_watched(cell.ref, subject):
        return  # a handler that was suspended has watched that name anew: the death is that of an earlier bearer
    if cell.book is not None:
        shown = cell.book.notified(signal)
        if shown is not None:
            lane = cell.user
            if lane is None:
                cell.borrow_lane().append((shown, subject))
            else:
                put_exempt(lane, (shown, subject))
    if cell.family is not None and cell.family.remove(subject):
        if cell.survivors:
            cell.survivors = tuple(ref for ref in cell.survivors if ref != subject)
        if cell.state is _RUNNING or not defers_supervision(cell.state):
            return
        if not (cell.family.any_stopping or (cell.state is _STOPPING and len(cell.family))):
            cell.advance(_CHILDREN_GONE)


def _on_address_terminated(cell: Any, signal: AddressTerminated) -> None:
    if cell.book is None:
        return
    for notification in cell.book.address_terminated(signal):
        # A handler that was suspended may have watched whoever lives there since: the signal says nothing of that one.
        if not cell.host.is_watched(cell.ref, notification.subject):
            _on_death(cell, notification)


def _deferred(cell: Any, signal: Any) -> bool:
    """Whether a signal of supervision has no use (the actor is dead) or has to wait."""
    if cell.state is _TERMINATED:
        return True
    if defers_supervision(cell.state):
        _defer(cell, signal)
        return True
    return False


def _defer(cell: Any, signal: Any) -> None:
    if cell.deferred is None:
        cell.deferred = []
    cell.deferred.append(signal)


ON_SIGNAL: Final[dict[type, Callable[[Any, Any], None]]] = {
    Start: _on_start,
    Suspend: _on_suspend,
    Resume: _on_resume,
    Recreate: _on_recreate,
    Terminate: _on_terminate,
    Failed: _on_failed,
    Watch: _on_watch,
    Unwatch: _on_unwatch,
    DeathWatchNotification: _on_death,
    AddressTerminated: _on_address_terminated,
}
