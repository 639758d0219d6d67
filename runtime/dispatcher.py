"""The ready queue: which cell runs next, and the task it runs as. SHELL.

A cell that has something to do is appended to one queue; one loop callback drains it with a budget, so a message costs
no `call_soon` of its own. Handlers are stepped inline *as a task*: a `Worker`'s task is made current around them, so
`asyncio.timeout` and anyio scopes work. A handler that suspends keeps that worker until it is done, and the queue goes
on with a spare one. An idle actor therefore owns no task, and a message that does not wait costs no task switch.
Measured against a task per actor: 13 times the messages; see docs/decisions/0002. Deliberately not here: what a cell
does in its turn (`runtime.cell`).
"""

from __future__ import annotations

import asyncio
import contextvars
from asyncio.tasks import _enter_task, _leave_task
from collections import deque
from collections.abc import Coroutine, Generator
from typing import Any, Protocol

_SPARE_WORKERS = 64
_BUDGET_MESSAGES = 2000


class Runnable(Protocol):
    """What can stand in the ready queue."""

    def run(self, limit: int) -> int:
        """Do up to `limit` messages' worth of work; returns how many it was."""

    def stepped(self, error: BaseException | None) -> None:
        """A coroutine that had been handed to a worker is over."""


class Worker:
    """A task that handlers run as: parked while it is spare, carrying one coroutine while a handler is suspended.

    Attributes:
        task: The task.
        context: Its context variables; everything that runs as this worker runs in it.
        cell: Whose handler it runs, or ran last.
    """

    __slots__ = ("_coroutine", "_dispatcher", "_waiting", "_wake", "cell", "context", "task")

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._coroutine: Coroutine[Any, Any, Any] | None = None
        self._waiting: Any = None
        self._wake: asyncio.Future[None] = dispatcher.loop.create_future()
        self.cell: Runnable | None = None
        self.context = contextvars.copy_context()
        self.task = dispatcher.loop.create_task(self._main(), context=self.context)

    def carry(self, coroutine: Coroutine[Any, Any, Any], waiting: Any) -> None:
        """Go on with a coroutine that was stepped inline and now waits for `waiting`."""
        self._coroutine, self._waiting = coroutine, waiting
        if not self._wake.done():
            self._wake.set_result(None)

    async def _main(self) -> None:
        while True:
            cancelled: BaseException | None = None
            try:
                await self._wake
            except asyncio.CancelledError as error:
                if self._coroutine is None and self._dispatcher.closed:
                    return
                cancelled = error  # meant for the handler that was just handed over, not for this loop
            self._wake = self._dispatcher.loop.create_future()
            coroutine, waiting = self._coroutine, self._waiting
            if coroutine is None:
                self._absorb_cancellation()
                continue
            outcome: BaseException | None = None
            try:
                await _Resumed(coroutine, waiting, cancelled)
            except BaseException as error:  # the cell judges it, whatever it is
                outcome = error
            self._coroutine = self._waiting = None
            self._absorb_cancellation()
            cell = self.cell
            if cell is not None:
                cell.stepped(outcome)
            if self._dispatcher.closed or not self._dispatcher.take_back(self):
                return

    def _absorb_cancellation(self) -> None:
        while self.task.cancelling():
            self.task.uncancel()


class _Resumed:
    """Awaits the rest of a coroutine whose first part was stepped by hand."""

    __slots__ = ("_cancelled", "_coroutine", "_waiting")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], waiting: Any, cancelled: BaseException | None) -> None:
        self._coroutine = coroutine
        self._waiting = waiting
        self._cancelled = cancelled

    def __await__(self) -> Generator[Any, Any, Any]:
        coroutine, waiting, cancelled = self._coroutine, self._waiting, self._cancelled
        while True:
            try:
                if cancelled is not None:
                    error, cancelled = cancelled, None
                    raise error
                if waiting is not None:
                    # A task looks at this mark to see that the future was freshly awaited.
                    waiting._asyncio_future_blocking = True
                value = yield waiting
            except BaseException as error:
                try:
                    waiting = coroutine.throw(error)
                except StopIteration as stop:
                    return stop.value
            else:
                try:
                    waiting = coroutine.send(value)
                except StopIteration as stop:
                    return stop.value


class Dispatcher:
    """One ready queue for all actors of a system, on one event loop.

    Attributes:
        loop: The loop.
        worker: The worker that handlers are stepped as now.
        closed: No more turns.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, throughput: int) -> None:
        self.loop = loop
        self.closed = False
        self._throughput = throughput
        self._ready: deque[Runnable] = deque()
        self._armed = False
        self._spare: list[Worker] = []
        self._workers: set[Worker] = set()
        self.worker = self._hire()

    def schedule(self, cell: Runnable) -> None:
        """Give `cell` a turn. The cell sees to it that it does not stand in the queue twice."""
        self._ready.append(cell)
        if not self._armed:
            self._armed = True
            self.loop.call_soon(self._drain)

    def hand_over(self, cell: Runnable, coroutine: Coroutine[Any, Any, Any], waiting: Any) -> Worker:
        """A handler suspended: its worker stays with it, and the queue goes on with another. Returns the worker."""
        worker = self.worker
        worker.cell = cell
        worker.carry(coroutine, waiting)
        self.worker = self._spare.pop() if self._spare else self._hire()
        return worker

    def take_back(self, worker: Worker) -> bool:
        """A worker is free again. Returns whether it is kept as a spare."""
        worker.cell = None
        if len(self._spare) < _SPARE_WORKERS:
            self._spare.append(worker)
            return True
        self._workers.discard(worker)
        return False

    def current_cell(self) -> Runnable | None:
        """The cell whose handler is calling, or `None` if the caller is no handler."""
        task = asyncio.current_task(self.loop)
        return next((worker.cell for worker in self._workers if worker.task is task), None)

    async def close(self) -> None:
        """End every worker; what a handler still awaits is cancelled."""
        # Armed for ever: the loop may be closed when somebody tells a dead actor something.
        self.closed = self._armed = True
        self._ready.clear()
        tasks = [worker.task for worker in self._workers]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)
        self._workers.clear()
        self._spare.clear()

    def _hire(self) -> Worker:
        worker = Worker(self)
        self._workers.add(worker)
        return worker

    def _drain(self) -> None:
        budget = _BUDGET_MESSAGES
        while self._ready and budget > 0 and not self.closed:
            worker = self.worker
            budget = worker.context.run(self._drain_as, worker, budget)
        if self._ready and not self.closed:
            self.loop.call_soon(self._drain)
        else:
            self._armed = self.closed

    def _drain_as(self, worker: Worker, budget: int) -> int:
        ready, loop, throughput = self._ready, self.loop, self._throughput
        _enter_task(loop, worker.task)
        try:
            while ready and budget > 0:
                worker.cell = cell = ready.popleft()
                budget -= cell.run(throughput) or 1
                if self.worker is not worker:
                    break
        finally:
            _leave_task(loop, worker.task)
        return budget
