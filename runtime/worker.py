"""`Worker`: a task that handlers run as, and that carries the one that suspends to its end. SHELL.

Several handlers are stepped as one worker, one after the other, as long as none suspends. So a worker's task has to
know for whom a cancellation was meant: a handler that cancels its own task is cancelled where it next waits, and not
the handler after it. Deliberately not here: which handler is stepped as which worker (`runtime.dispatcher`).
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
from collections.abc import Callable, Coroutine, Generator
from types import AsyncGeneratorType, FrameType, GeneratorType
from typing import Any, Final, Protocol

_GENERATORS: Final = (GeneratorType, AsyncGeneratorType)


class Runnable(Protocol):
    """What can stand in the ready queue."""

    @property
    def variables(self) -> contextvars.Context:
        """The context variables that it runs with, and nobody else."""
        ...

    def run(self, limit: int) -> int:
        """Do up to `limit` messages' worth of work; returns how many it was."""
        ...

    def stepped(self, error: BaseException | None) -> None:
        """A coroutine that had been handed to a worker is over."""


class Employer(Protocol):
    """The dispatcher, as its workers know it."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that they work on."""
        ...

    @property
    def variables(self) -> contextvars.Context:
        """The context variables of the system."""
        ...

    @property
    def closed(self) -> bool:
        """Whether there is no more work."""
        ...

    def take_back(self, worker: Worker) -> bool:
        """A worker is free again. Returns whether it is kept as a spare."""
        ...

    def dismiss(self, worker: Worker) -> None:
        """A worker ends."""


class WorkerTask(asyncio.Task[None]):
    """The task of a worker, which hears of cancellations before they happen."""

    worker: Worker

    def cancel(self, msg: Any = None) -> bool:
        """Cancel the handler that runs as this task."""
        return self.worker.on_cancel() or super().cancel(msg)


class Worker:
    """A task that handlers run as: parked while it is spare, carrying one coroutine while a handler is suspended.

    Attributes:
        task: The task.
        cell: Whose handler it runs, or ran last.
        coroutine: The suspended handler, `None` while there is none.
        since: When it was handed over, by the loop's clock.
        abandoned: Nobody waits for it any more.
        dismissed: It ends, and runs no further handler.
    """

    __slots__ = (
        "_cancelled_in",
        "_employer",
        "_has_begun",
        "_run",
        "_stray",
        "_waiting",
        "_wake",
        "_was_cancelled",
        "abandoned",
        "cell",
        "coroutine",
        "dismissed",
        "since",
        "task",
    )

    def __init__(self, employer: Employer) -> None:
        self._employer = employer
        self._waiting: Any = None
        self._wake: asyncio.Future[None] = employer.loop.create_future()
        self._cancelled_in: set[FrameType] | None = None
        self._stray = self._has_begun = self._was_cancelled = False
        self._run: Callable[..., Any] | None = None
        self.coroutine: Coroutine[Any, Any, Any] | None = None
        self.cell: Runnable | None = None
        self.since: float = 0.0
        self.abandoned: bool = False
        self.dismissed: bool = False
        self.task: WorkerTask = self._make_task()

    def carry(self, coroutine: Coroutine[Any, Any, Any], waiting: Any, variables: contextvars.Context) -> None:
        """Go on, with these context variables, with a coroutine that was stepped inline and now waits for `waiting`."""
        self.coroutine, self._waiting, self._run = coroutine, waiting, variables.run
        if getattr(waiting, "_asyncio_future_blocking", False):
            # The mark of a fresh await, which a task takes away at once. Ours will do so later, and meanwhile another
            # handler may await the same future.
            waiting._asyncio_future_blocking = False
        if self._cancelled_in is not None:
            # Cancelled while it was not carrying anything: by this handler, or by one that is over since?
            self._stray = coroutine.cr_frame not in self._cancelled_in  # type: ignore[attr-defined]
            self._cancelled_in = None
        if not self._wake.done():
            self._wake.set_result(None)

    def abandon(self) -> None:
        """Let go of a handler that does not even end when it is cancelled: it is closed where it waits next."""
        self.cell = None
        self.abandoned = True
        self.task.cancel()

    def on_cancel(self) -> bool:
        """The task is about to be cancelled: remember by whom, if it is not clear for whom.

        Returns:
            Whether that is enough. A task that was made in this very turn of the loop would be over without having
            begun, and with it whatever it is given to carry; so it hears of it when it begins.
        """
        if self.coroutine is not None:
            self._stray = False
        elif asyncio.current_task(self._employer.loop) is not self.task:
            self._end()  # it runs nothing: this is for all tasks of the loop, which waits for them (`asyncio.run`)
            return False
        else:
            frame: FrameType | None = sys._getframe()
            self._cancelled_in = set()
            while frame is not None:
                self._cancelled_in.add(frame)
                frame = frame.f_back
        self._was_cancelled = not self._has_begun
        return self._was_cancelled

    def _make_task(self) -> WorkerTask:
        loop = self._employer.loop

        def factory(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> WorkerTask:
            task = WorkerTask(coroutine, loop=loop, **options)
            task.worker = self
            return task

        # Through the loop, so that it keeps its account of tasks.
        usual = loop.get_task_factory()
        loop.set_task_factory(factory)  # type: ignore[arg-type]
        try:
            # What it carries runs with the variables of its actor.
            return loop.create_task(self._main(), context=self._employer.variables.copy())  # type: ignore[return-value]
        finally:
            loop.set_task_factory(usual)

    async def _main(self) -> None:
        self._has_begun = True
        while True:
            cancelled: BaseException | None = None
            try:
                await self._wake
            except asyncio.CancelledError as error:
                if self.coroutine is None and (self._employer.closed or self.dismissed):
                    return
                cancelled = error
            if self._was_cancelled:
                self._was_cancelled, cancelled = False, asyncio.CancelledError()
            self._wake = self._employer.loop.create_future()
            coroutine, waiting = self.coroutine, self._waiting
            stray, self._stray, self._cancelled_in = self._stray, False, None
            if coroutine is None or stray:
                cancelled = None  # whom it was meant for is over
                self._absorb_cancellation()
            if coroutine is None or self._run is None:
                continue
            outcome: BaseException | None = None
            try:
                await _Resumed(self, self._run, coroutine, waiting, cancelled)
            except BaseException as error:  # the cell judges it, whatever it is
                outcome = error
            self.coroutine = self._waiting = self._run = None
            self.abandoned = False
            if self.task.cancelling():
                self._end()  # whoever cancelled it may wait for its end; there are more workers
                self._absorb_cancellation()
            cell = self.cell
            if cell is not None:
                cell.stepped(outcome)
            if self._employer.closed or self.dismissed or not self._employer.take_back(self):
                return

    def _end(self) -> None:
        self.dismissed = True
        self._employer.dismiss(self)

    def _absorb_cancellation(self) -> None:
        while self.task.cancelling():
            self.task.uncancel()


class _Resumed:
    """Awaits the rest of a coroutine whose first part was stepped by hand, with the variables of its actor."""

    __slots__ = ("_cancelled", "_coroutine", "_run", "_waiting", "_worker")

    def __init__(
        self,
        worker: Worker,
        run: Callable[..., Any],
        coroutine: Coroutine[Any, Any, Any],
        waiting: Any,
        cancelled: BaseException | None,
    ) -> None:
        self._worker = worker
        self._run = run
        self._coroutine = coroutine
        self._waiting = waiting
        self._cancelled = cancelled

    def __await__(self) -> Generator[Any, Any, Any]:
        run, coroutine, waiting, cancelled = self._run, self._coroutine, self._waiting, self._cancelled
        if asyncio.isfuture(waiting):  # else a task says what is wrong with it
            if cancelled is not None and waiting.cancel():
                cancelled = None  # it comes out of what the handler waits for, as in any task
            if cancelled is None:
                # A task looks at this mark to see that the future was freshly awaited.
                waiting._asyncio_future_blocking = True
        while True:
            try:
                if cancelled is not None:
                    error, cancelled = cancelled, None
                    raise error
                value = yield waiting
            except BaseException as error:
                if self._worker.abandoned:
                    run(coroutine.close)
                    return None
                try:
                    waiting = run(coroutine.throw, error)
                except StopIteration as stop:
                    return stop.value
            else:
                try:
                    waiting = run(coroutine.send, value)
                except StopIteration as stop:
                    return stop.value


async def as_coroutine(awaitable: Any) -> None:
    """What a handler returned, in the form that can be stepped."""
    await awaitable


def never_run(outcome: Any) -> TypeError | None:
    """What is wrong with something that cannot be awaited: a handler with a `yield` in it has not even begun."""
    if type(outcome) not in _GENERATORS:  # of the object nothing is asked: it may be user code
        return None
    return TypeError(f"{outcome.__qualname__} has a `yield` in it, so nothing of it was run; a handler or hook awaits")
