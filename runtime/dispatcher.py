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
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol

from actors.mailbox import SpareLane
from runtime.worker import Runnable, Worker, WorkerTask

_SPARE_WORKERS = 64
_SPARE_LANES = 64
_BUDGET_MESSAGES = 2000
_SUSPENSION_MESSAGES = 20  # what a handler that suspends takes of the budget: a task may have to be made for it
_CLOSING_S = 1.0
_BLOCKED_S = 0.1
_INSPECTION_S = 60.0


class Observer(Protocol):
    """Who hears of slow handlers."""

    def handler_suspended(self) -> None:
        """A handler was suspended."""

    def loop_blocked(self, cell: Any, seconds: float, messages: int, *, certain: bool) -> None:
        """So many messages have held up the loop, for certain those of `cell`, or it handled the last of them."""


class Dispatcher:
    """One ready queue for all actors of a system, on one event loop.

    Attributes:
        loop: The loop.
        variables: The context variables of the system; no user code runs with them.
        no_variables: Those of the dead, so that references to them keep nothing alive.
        drained_at: When the present drain began.
        worker: The worker that handlers are stepped as now.
        closed: No more turns.
        ending: Tasks that actors have cancelled and that are not over yet.
        spare_lanes: Empty user lanes that cells have given back.
        ready: The queue.
        armed: The loop knows that it has to be drained.
        is_held: Somebody holds it, and will drain.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, throughput: int, observer: Observer) -> None:
        self.loop = loop
        self.variables: contextvars.Context = contextvars.copy_context()
        self.no_variables: contextvars.Context = contextvars.Context()
        self.drained_at: float = loop.time()
        self._observer = observer
        self._inspect_until: float | None = None
        self._clock: Callable[[], float] | None = None
        self._hear: Callable[[Any, float, int], None] | None = None
        self.closed: bool = False
        self._throughput = throughput
        self.ready: deque[Runnable] = deque()
        self.armed: bool = False
        self.is_held: bool = False
        self._woken: deque[tuple[Callable[[Any], object], Any, contextvars.Context | None]] = deque()
        self._spare: list[Worker] = []
        self._workers: dict[Worker, None] = {}  # in the order in which they were hired
        self.spare_lanes: deque[SpareLane] = deque(maxlen=_SPARE_LANES)
        self.ending: set[asyncio.Future[Any]] = set()
        self.worker: Worker = self._hire()

    def schedule(self, cell: Runnable) -> None:
        """Give `cell` a turn. The cell sees to it that it does not stand in the queue twice."""
        self.ready.append(cell)
        if not self.armed:
            self.arm()

    def arm(self) -> None:
        """Have the queue drained in the loop's next turn."""
        self.armed = True
        self.loop.call_soon(self._drain, context=self.variables)

    def hold(self) -> bool:
        """Whether nobody had anything to do. If so, what gets it now waits for `drain`, which the caller has to call.

        Only a callback of the loop can drain; to a task this says no.
        """
        if self.armed or asyncio.current_task(self.loop) is not None:
            return False
        self.armed = self.is_held = True
        return True

    def drain(self) -> None:
        """Drain at once, without waiting for the loop's next turn. Only after `hold`."""
        self.is_held = False
        if self.ready:
            self.variables.run(self._drain)
        else:
            self.armed = self.closed
        if self._woken:
            self._go_on()

    def wake(self, waiter: Callable[[Any], object], future: Any, context: contextvars.Context | None) -> None:
        """Call what waits for a future that is done: at the end of the present callback if it drains, else soon."""
        if self.is_held:
            self._woken.append((waiter, future, context))
        else:
            self.loop.call_soon(waiter, future, context=context)

    def _go_on(self) -> None:
        woken = self._woken
        try:
            while woken:
                waiter, future, context = woken.popleft()
                if context is None:
                    waiter(future)
                else:
                    context.run(waiter, future)
        finally:  # a task that ends the loop ends nobody else
            while woken:
                waiter, future, context = woken.popleft()
                self.loop.call_soon(waiter, future, context=context)

    def hand_over(self, cell: Runnable, coroutine: Coroutine[Any, Any, Any], waiting: Any) -> Worker:
        """A handler suspended: its worker stays with it, and the queue goes on with another. Returns the worker."""
        worker = self.worker
        worker.cell = cell
        worker.since = self.drained_at  # no clock is read for it
        worker.carry(coroutine, waiting, cell.variables)
        self._observer.handler_suspended()
        self.worker = self._spare.pop() if self._spare else self._hire()
        return worker

    def take_back(self, worker: Worker) -> bool:
        """A worker is free again. Returns whether it is kept as a spare."""
        worker.cell = None
        if len(self._spare) < _SPARE_WORKERS:
            self._spare.append(worker)
            return True
        self._workers.pop(worker, None)
        return False

    def dismiss(self, worker: Worker) -> None:
        """A worker ends; if it is the one that handlers are stepped as, the next drain takes another."""
        self._workers.pop(worker, None)
        if worker in self._spare:
            self._spare.remove(worker)

    def measure(self, until: float, clock: Callable[[], float], hear: Callable[[Any, float, int], None] | None) -> None:
        """Measure each turn for a while; nothing is measured before or after it.

        Args:
            until: The loop's time.
            clock: Seconds, as fine as is wanted; a loop may look at its clock once for all turns of a drain.
            hear: Told of each turn: whose, its seconds, how many messages it handled. Nobody any more, if it is `None`.
        """
        self._clock, self._hear = clock, hear
        self._inspect_until = max(until, self._inspect_until or until)

    def current_cell(self) -> Runnable | None:
        """The cell whose handler is calling, or `None` if the caller is no handler."""
        task = asyncio.current_task(self.loop)
        return task.worker.cell if isinstance(task, WorkerTask) and task.worker in self._workers else None

    def suspended(self) -> list[Worker]:
        """The workers that carry a suspended handler, the one that does so longest first."""
        busy = [worker for worker in self._workers if worker.coroutine is not None and worker.cell is not None]
        return sorted(busy, key=lambda worker: worker.since)

    def end(self, tasks: Iterable[asyncio.Future[Any]]) -> None:
        """Cancel tasks that an actor no longer wants, and see that they are over before the system is."""
        for task in tasks:
            task.cancel()
            self.ending.add(task)
            task.add_done_callback(self.ending.discard)

    async def close(self) -> None:
        """End every worker; what a handler still awaits is cancelled."""
        # Armed for ever: the loop may be closed when somebody tells a dead actor something.
        self.closed = self.armed = True
        self.ready.clear()
        tasks: list[asyncio.Future[Any]] = [worker.task for worker in self._workers]
        for task in tasks:
            task.cancel()
        await asyncio.wait([*tasks, *self.ending], timeout=_CLOSING_S)
        self._workers.clear()
        self._spare.clear()

    def _hire(self) -> Worker:
        worker = Worker(self)
        self._workers[worker] = None
        return worker

    def _drain(self) -> None:
        budget, suspensions = _BUDGET_MESSAGES, 0
        began_at = self.drained_at = self.loop.time()
        drain_as = self._drain_as if self._inspect_until is None else self._inspector(began_at)
        cell: Any = None
        try:
            while self.ready and budget > 0 and not self.closed:
                worker = self.worker
                if worker.dismissed:
                    worker = self.worker = self._spare.pop() if self._spare else self._hire()
                budget = drain_as(worker, budget)
                cell = worker.cell
                if self.worker is not worker:
                    budget -= _SUSPENSION_MESSAGES
                    suspensions += 1
            took_s = self.loop.time() - began_at
            if took_s > _BLOCKED_S:
                self._blocked(cell, took_s, _BUDGET_MESSAGES - budget - suspensions * _SUSPENSION_MESSAGES)
        finally:  # a defect of the runtime in one cell must not end the turns of all others
            if self.ready and not self.closed:
                self.loop.call_soon(self._drain, context=self.variables)
            else:
                self.armed = self.closed

    def _drain_as(self, worker: Worker, budget: int) -> int:
        ready, loop, throughput = self.ready, self.loop, self._throughput
        _enter_task(loop, worker.task)
        try:
            while ready and budget > 0:
                worker.cell = cell = ready.popleft()
                try:
                    budget -= cell.variables.run(cell.run, throughput) or 1
                except BaseException:  # a defect of the runtime, or Ctrl-C: this cell has further turns, too
                    ready.append(cell)
                    raise
                if self.worker is not worker:
                    break
        finally:
            _leave_task(loop, worker.task)
        return budget

    def _inspector(self, now: float) -> Callable[[Worker, int], int]:
        """What drains the queue while it is being inspected, for a minute after something uncertain."""
        if self._inspect_until is not None and now < self._inspect_until:
            return self._inspect_as
        self._inspect_until = self._clock = self._hear = None
        return self._drain_as

    def _inspect_as(self, worker: Worker, budget: int) -> int:
        """As `_drain_as`, with one look at the clock after each turn, which costs a short turn some percent."""
        ready, loop, throughput, hear = self.ready, self.loop, self._throughput, self._hear
        clock = self._clock or loop.time
        _enter_task(loop, worker.task)
        try:
            began_at = clock()
            while ready and budget > 0:
                worker.cell = cell = ready.popleft()
                try:
                    messages = cell.variables.run(cell.run, throughput) or 1
                except BaseException:  # as in `_drain_as`
                    ready.append(cell)
                    raise
                budget -= messages
                now = clock()
                if hear is not None:
                    hear(cell, now - began_at, messages)
                if now - began_at > _BLOCKED_S:
                    self._observer.loop_blocked(cell, now - began_at, messages, certain=True)
                began_at = now
                if self.worker is not worker:
                    break
        finally:
            _leave_task(loop, worker.task)
        return budget

    def _blocked(self, cell: Any, seconds: float, messages: int) -> None:
        """A drain took long. If it is not certain whose doing that was, each turn is measured for a while."""
        if self._inspect_until is None:
            self._observer.loop_blocked(cell, seconds, messages, certain=messages <= 1)
            if messages > 1:
                self._inspect_until = self.loop.time() + _INSPECTION_S
