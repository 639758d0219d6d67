"""Names handlers that run for long: those that are suspended, and those that hold the whole loop up. SHELL.

One timer for the system, set only while a handler is suspended; nothing for a message. Deliberately not here: ending
such a handler; that happens only to one that keeps its actor from stopping (`runtime.lateness`).
"""

from __future__ import annotations

from typing import Any

from actors.lifecycle import State
from runtime.repetition import Repetitions, as_fields
from runtime.stashing import handled_message

_LOOKS = 4  # at most so many looks at the suspended handlers in the time after which one is slow


class Slowness:
    """Names slow handlers in the log.

    Args:
        system: The system.
    """

    def __init__(self, system: Any) -> None:
        self._system = system
        self._timer: Any = None
        self._warn_after_s: dict[Any, float] = {}  # suspended coroutine -> seconds; doubled by each warning
        self._blocked = Repetitions(system.settings.failures_logged, system.settings.log_silence_s)
        self._closed = False

    def handler_suspended(self) -> None:
        """A handler was suspended, and there is no timer: set one."""
        slow_s = self._system.settings.slow_handler_s
        if self._timer is None and slow_s is not None and not self._closed:
            self._timer = self._system.call_later(slow_s, self._look)

    def loop_blocked(self, cell: Any, seconds: float, messages: int, *, certain: bool) -> None:
        """Turns of actors have held up the loop.

        Args:
            cell: Who it was, or whose turn was the last.
            seconds: How long.
            messages: How many were handled.
            certain: Whether it was `cell`. If not, turns are measured one by one for a while: the next time it is.
        """
        line = self._blocked.next((cell.ref, certain), self._system.now())
        if line is None:
            return
        self._system.log.warning(
            "actor held up the event loop" if certain else "actors held up the event loop, this one was the last",
            actor=str(cell.ref),
            message_type=_message_type(cell),
            seconds=round(seconds, 3),
            messages=messages,
            **as_fields(line),
        )

    def close(self) -> None:
        """The system has ended: no more timers."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        self._timer = None
        system = self._system
        slow_s: float = self._system.settings.slow_handler_s or 0.0  # only called where it is set
        dispatcher = system.dispatcher
        now, nearest_s = system.now(), None
        warn_after_s, self._warn_after_s = self._warn_after_s, {}
        for worker in dispatcher.suspended():
            due_s = warn_after_s.get(worker.coroutine, slow_s)
            suspended_s = now - worker.since
            if suspended_s >= due_s:
                self._warn(worker.cell, suspended_s)
                due_s = 2 * max(due_s, suspended_s)
            if due_s != slow_s:
                self._warn_after_s[worker.coroutine] = due_s
            left_s = due_s - suspended_s
            nearest_s = left_s if nearest_s is None else min(nearest_s, left_s)
        if nearest_s is not None and not self._closed:
            self._timer = system.call_later(max(nearest_s, slow_s / _LOOKS), self._look)

    def _warn(self, cell: Any, seconds: float) -> None:
        self._system.log.warning(
            "handler suspended for long",
            actor=str(cell.ref),
            message_type=_message_type(cell),
            state=cell.state.name.lower(),
            seconds=round(seconds, 3),
        )


def _message_type(cell: Any) -> str | None:
    """What the cell handles, or handled last; `None` in a hook."""
    message = handled_message(cell)
    return None if message is None or cell.state is not State.RUNNING else type(message).__name__
