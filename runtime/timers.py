"""Keyed timers of an actor, and its receive timeout. SHELL: they live on the loop's clock.

A tick goes through the mailbox like any message, and is shown only if its timer still stands: a cancelled or replaced
timer's tick is dropped even when it waits there already (A1, A2).
"""

from __future__ import annotations

from typing import Any

from actors.lifecycle import State
from actors.notices import Identify, ReceiveTimeout
from actors.values import value


@value
class TimerTick:
    """Stands in the mailbox for the message of a timer.

    Attributes:
        key: Of the timer.
        generation: Tells this timer from earlier ones with the same key.
        message: What the actor asked for.
    """

    key: Any
    generation: int
    message: Any


class CellTimers:
    """The timers of one cell; all end with the instance."""

    __slots__ = ("_cell", "_generation", "_running")

    def __init__(self, cell: Any) -> None:
        self._cell = cell
        self._generation = 0
        self._running: dict[Any, tuple[int, Any, float | None]] = {}  # key -> generation, handle, interval

    def start_single(self, key: Any, message: Any, delay_s: float) -> None:
        """Send `message` once, after `delay_s` seconds."""
        self._start(key, message, _checked(delay_s, "delay_s", zero=True), None)

    def start_periodic(self, key: Any, message: Any, interval_s: float) -> None:
        """Send `message` every `interval_s` seconds."""
        self._start(key, message, interval_s, _checked(interval_s, "interval_s", zero=False))

    def cancel(self, key: Any) -> None:
        """End a timer, and its waiting tick."""
        running = self._running.pop(key, None)
        if running is not None:
            running[1].cancel()

    def cancel_all(self) -> None:
        """End all timers."""
        running, self._running = self._running, {}
        for _, handle, _ in running.values():  # and no look at the keys, which are user code
            handle.cancel()

    def is_active(self, key: Any) -> bool:
        """Whether a timer with this key is running."""
        return key in self._running

    def take(self, tick: TimerTick) -> Any:
        """The message of a tick that is due, or `None` if its timer no longer stands."""
        running = self._running.get(tick.key)
        if running is None or running[0] != tick.generation:
            return None
        if running[2] is None:
            del self._running[tick.key]
        return tick.message

    def _start(self, key: Any, message: Any, delay_s: float, interval_s: float | None) -> None:
        if message is None:
            raise ValueError("None is not a message that a timer can send")
        self.cancel(key)
        if self._cell.state is State.TERMINATED:
            return  # nobody would ever end it
        self._generation += 1
        tick = TimerTick(key, self._generation, message)
        self._running[key] = (self._generation, self._cell.host.call_later(delay_s, self._fire, tick), interval_s)

    def _fire(self, tick: TimerTick) -> None:
        running = self._running.get(tick.key)
        if running is None or running[0] != tick.generation:
            return
        interval_s = running[2]
        if interval_s is not None:
            handle = self._cell.host.call_later(interval_s, self._fire, tick)
            self._running[tick.key] = (tick.generation, handle, interval_s)
        self._cell.tell_itself(tick, self._cell.ref)


class ReceiveTimer:
    """The receive timeout of one cell (A4). Each message pushes it back, except those that do not influence it."""

    __slots__ = ("_cell", "_due", "_handle", "timeout_s")

    def __init__(self, cell: Any, timeout_s: float) -> None:
        self._cell = cell
        self.timeout_s: float = _checked(timeout_s, "receive timeout", zero=False)
        self._due = cell.host.now() + timeout_s
        self._handle = cell.host.call_later(timeout_s, self._fire)

    def touch(self, message: Any) -> None:
        """A message was handled. The running timer stays and looks at the time when it fires: cheaper by far."""
        if type(message) is not Identify:
            self._due = self._cell.host.now() + self.timeout_s

    def cancel(self) -> None:
        """Switch it off."""
        self._handle.cancel()

    def _fire(self) -> None:
        if self._cell.busy or self._cell.suspensions:
            self._due = self._cell.host.now() + self.timeout_s  # no silence: its actor is at work, or may not listen
        left_s = self._due - self._cell.host.now()
        if left_s > 0:
            self._handle = self._cell.host.call_later(left_s, self._fire)
            return
        self._due = self._cell.host.now() + self.timeout_s
        self._handle = self._cell.host.call_later(self.timeout_s, self._fire)
        self._cell.tell_itself(ReceiveTimeout(self.timeout_s), None)


def _checked(seconds: float, what: str, *, zero: bool) -> float:
    if not (seconds > 0 or (zero and seconds == 0)):
        raise ValueError(f"{what} must be {'0 or more' if zero else 'above 0'} seconds, not {seconds!r}")
    return seconds
