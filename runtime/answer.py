"""`Answer`: what an ask of another system waits for. SHELL of the loop's own future.

A reply that comes over the network is read in a callback of the loop that often has nothing else to do. Then whoever
waits goes on in that callback, when its frame is read, and not in the loop's next turn with another look at all its
sockets. Deliberately not here: asking (`runtime.ask`), and the end of the callback (`runtime.dispatcher`).
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any

from runtime.dispatcher import Dispatcher


class Answer(asyncio.Future[Any]):
    """A future for one task, which is all that ever waits for it.

    Has no constructor of its own, which would be another call for each ask.

    Attributes:
        dispatcher: Who knows whether a callback is at work that goes on with what it woke up; to be set.
    """

    dispatcher: Dispatcher
    _waiter: tuple[Callable[[Any], object], contextvars.Context | None] | None = None

    def add_done_callback(self, fn: Callable[[Any], object], /, *, context: contextvars.Context | None = None) -> None:
        """Called by the task that waits."""
        if self._waiter is None and not self.done():
            self._waiter = fn, context
        else:
            super().add_done_callback(fn, context=context)

    def set_result(self, result: Any, /) -> None:
        """The reply is there."""
        super().set_result(result)
        self._wake()

    def set_exception(self, exception: Any, /) -> None:
        """The reply is an exception, or it is too late for one."""
        super().set_exception(exception)
        self._wake()

    def cancel(self, msg: Any = None) -> bool:
        """Nobody waits any more."""
        is_news = super().cancel(msg)
        if is_news:
            self._wake()
        return is_news

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            self.dispatcher.wake(waiter[0], self, waiter[1])
