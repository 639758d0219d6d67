"""When asks are too late: one timer of the loop for all that were given the same time. SHELL.

A timer of its own for each ask, made and cancelled again, was a third of what an ask costs. Those that were given the
same time end in the order in which they began, so a dict in that order and a timer for its first entry are enough. The
timer stays until it is due, also when all asks are over by then, which is what makes the next one cheap; the end of the
system cancels it. Deliberately not here: what being late means, which is `runtime.ask`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

_QUEUES = 8  # times that have a timer in common; a program that computes each time anew must not collect timers


class Deadlines:
    """Futures that are given up when they are late.

    Args:
        give_up: Called with each that is late.
    """

    def __init__(self, give_up: Callable[[asyncio.Future[Any]], None]) -> None:
        self._give_up = give_up
        self._queues: dict[float, _Queue] = {}
        self._closed = False

    def begin(self, timeout_s: float, future: asyncio.Future[Any] | None = None) -> tuple[asyncio.Future[Any], Any]:
        """A future that is given up after `timeout_s` seconds, and what to call `cancel(future)` on when it is over.

        Args:
            timeout_s: Seconds.
            future: If it has to be a particular one.
        """
        queue = self._queues.get(timeout_s)
        if queue is None:
            # Not for each ask: `get_running_loop` asks the kernel which process this is.
            loop = asyncio.get_running_loop()
            if future is None:
                future = loop.create_future()
            if self._closed or len(self._queues) >= _QUEUES:
                return future, _Alone(loop.call_later(timeout_s, self._give_up, future))
            queue = self._queues[timeout_s] = _Queue(loop, timeout_s, self._give_up, self._queues)
        else:
            loop = queue.loop
            if future is None:
                future = loop.create_future()
        due = loop.time() + timeout_s
        queue.waiting[future] = due
        if queue.timer is None:
            queue.timer = loop.call_at(due, queue.fire)
        return future, queue

    def close(self) -> None:
        """The system has ended: no more timers in common, and each that is still waited for has one of its own."""
        self._closed = True
        for queue in self._queues.values():
            queue.close()
        self._queues.clear()


class _Queue:
    """Those that were given the same time."""

    __slots__ = ("_alone", "_give_up", "_others", "_timeout_s", "loop", "timer", "waiting")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        timeout_s: float,
        give_up: Callable[[asyncio.Future[Any]], None],
        others: dict[float, _Queue],
    ) -> None:
        self.loop: asyncio.AbstractEventLoop = loop
        self._timeout_s = timeout_s
        self._give_up = give_up
        self._others = others
        self.timer: asyncio.TimerHandle | None = None
        self.waiting: dict[asyncio.Future[Any], float] = {}  # in the order in which they are due
        self._alone: dict[asyncio.Future[Any], asyncio.TimerHandle] | None = None  # after the end of the system

    def cancel(self, future: asyncio.Future[Any]) -> None:
        """It is over."""
        self.waiting.pop(future, None)
        if self._alone is not None and future in self._alone:
            self._alone.pop(future).cancel()

    def fire(self) -> None:
        """Give up what is late, and wait for the next."""
        now = self.loop.time()
        while self.waiting:
            future, due = next(iter(self.waiting.items()))
            if due > now:
                self.timer = self.loop.call_at(due, self.fire)
                return
            del self.waiting[future]
            self._give_up(future)
        self.timer = None
        self._others.pop(self._timeout_s, None)

    def close(self) -> None:
        """No timer in common any more."""
        if self.timer is not None:
            self.timer.cancel()
        self._alone = {future: self.loop.call_at(due, self._give_up, future) for future, due in self.waiting.items()}
        self.waiting.clear()


class _Alone:
    """One that has a timer of its own."""

    __slots__ = ("_timer",)

    def __init__(self, timer: asyncio.TimerHandle) -> None:
        self._timer = timer

    def cancel(self, future: asyncio.Future[Any]) -> None:
        """It is over."""
        self._timer.cancel()
