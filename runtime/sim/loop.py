"""`SimLoop`: an asyncio event loop on virtual time, in one thread, without an outside world.

A shell in the place of asyncio's own loop: it owns the ready queue, the timers and the clock. Time stands still while
anything is ready and then jumps to the next timer, so an hour of heartbeats takes milliseconds and the same program
does the same thing each time. With a seed, callbacks that are ready at the same instant run in an order drawn from it.

Code that runs in the name of a `SimProcess` sees that process's clock, waits while it is frozen, and never runs again
once it is killed. Deliberately not here: the simulated network (`runtime.sim.network`), and what is refused
(`runtime.sim.refusals`).
"""

from __future__ import annotations

import asyncio
import functools
import gc
import itertools
import math
import random
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from heapq import heappop, heappush
from typing import Any, TypeVar

from runtime.sim.failures import DeadlockError, LivelockError, UnhandledErrors, VirtualTimeLimitError, waiting
from runtime.sim.generators import LeavesGeneratorsOfTheDead
from runtime.sim.process import PROCESS, SimProcess
from runtime.sim.ready import Posted, Ready, SimHandle, SimTimer, shuffle
from runtime.sim.refusals import OutsideWorldError, RefusesOutsideWorld
from runtime.sim.roll import Roll
from runtime.sim.trace import Trace

__all__ = ["DeadlockError", "LivelockError", "SimLoop", "UnhandledErrors", "VirtualTimeLimitError"]

T = TypeVar("T")

MOST_TURNS = 200_000
"""Of the loop at one instant; more is a livelock."""


class SimLoop(LeavesGeneratorsOfTheDead, RefusesOutsideWorld):
    """An event loop whose clock is a number.

    Works with everything that needs only timers, tasks and futures: `asyncio.timeout`, task groups, anyio's scopes.
    Timers of the same instant fire in the order in which they were set.

    Args:
        seed: `None` runs ready callbacks first in, first out, as asyncio does. Anything else shuffles those that are
            ready at once, except that the callbacks of one object (a task, a protocol) keep their order.
        start_s: What `time()` says at first.
        limit_s: Virtual seconds after which the run fails with `VirtualTimeLimitError`; `None` for no limit.
        collect_s: Virtual seconds between two collections of garbage; `None` leaves that to Python.

    Attributes:
        world_s: Virtual seconds by the world's clock.
        trace: Is told of each callback that runs, if there is one.
    """

    _ready: deque[Ready]
    _closed: bool
    _debug: bool
    _stopping: bool
    _thread_id: int | None

    def __init__(
        self,
        seed: int | str | None = None,
        *,
        start_s: float = 0.0,
        limit_s: float | None = None,
        collect_s: float | None = None,
    ) -> None:
        super().__init__()
        self.world_s = start_s
        self._limit = math.inf if limit_s is None else start_s + limit_s
        self._collect_s = math.inf if collect_s is None else collect_s
        self._collect_at = start_s + self._collect_s
        self._heed_at = min(self._limit, self._collect_at)
        self._random = None if seed is None else random.Random(seed)
        self._timers: list[tuple[float, int, Ready]] = []
        self._sequence, self._turns = itertools.count(), 0
        self._tasks, self._is_burying = Roll(), False
        self.set_task_factory(self._tasks.make)  # type: ignore[arg-type]
        self._unhandled: list[Exception] = []
        self._home_thread = threading.get_ident()
        self.trace: Trace | None = None

    def time(self) -> float:
        """Virtual seconds by the clock of whoever asks; the world's moves only when nothing is ready."""
        process = PROCESS.get()
        return self.world_s if process is None or process.clock is None else process.time(self.world_s)

    def call_at(  # type: ignore[override]  # typeshed spells the callback's arguments as a TypeVarTuple
        self, when: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        """Run `callback(*args)` when `time()`, as the caller sees it, has reached `when`."""
        timer: asyncio.TimerHandle
        if self._debug:
            timer = asyncio.TimerHandle(when, callback, args, self, context)
        else:
            timer = SimTimer(when, callback, args, context)
        if self._is_burying:
            return timer
        if self._closed:
            raise RuntimeError("Event loop is closed")
        process = PROCESS.get()
        if process is not None and process.clock is not None:
            when = process.clock.rings(when, self.world_s)
        heappush(self._timers, (when, next(self._sequence), timer))
        return timer

    def post(self, when: float, callback: Callable[..., object], *args: Any) -> None:
        """Run `callback(*args)` in nobody's name when the world's clock has reached `when`; nobody can cancel it."""
        heappush(self._timers, (when, next(self._sequence), Posted(callback, args)))

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        """Run `callback(*args)` `delay` seconds from now."""
        process = PROCESS.get()
        if self._debug or self._is_burying or self._closed or (process is not None and process.clock is not None):
            return self.call_at(self.time() + delay, callback, *args, context=context)
        when = self.world_s + delay
        timer = SimTimer(when, callback, args, context)
        heappush(self._timers, (when, next(self._sequence), timer))
        return timer

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.Handle:
        """Run `callback(*args)` in one of the next turns, at the same instant."""
        if self._is_burying:
            return asyncio.Handle(callback, args, self, context)
        if self._closed or self._debug:
            return super().call_soon(callback, *args, context=context)
        handle = SimHandle(callback, args, context)
        self._ready.append(handle)
        return handle

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.Handle:
        """As `call_soon`, for code that cannot know it is in the loop's thread.

        Raises:
            OutsideWorldError: From any other thread: when it runs is not ours to decide, so nothing could be replayed.
        """
        if threading.get_ident() != (self._thread_id or self._home_thread):
            self._unhandled.append(error := OutsideWorldError("call_soon_threadsafe() from another thread"))
            raise error
        return self.call_soon(callback, *args, context=context)

    def create_task(self, coro: Coroutine[Any, Any, T], **options: Any) -> asyncio.Task[T]:  # type: ignore[override]
        """Start a task; a name that is not given is counted per loop, so that names are the same in each run."""
        if options.get("name") is None:
            options["name"] = self._tasks.name()
        task: asyncio.Task[T] = super().create_task(coro, **options)
        context = options.get("context")
        self._tasks.add(task, PROCESS.get() if context is None else context.get(PROCESS))
        return task

    def kill(self, process: SimProcess) -> None:
        """End a process as SIGKILL does: nothing of it runs any more, and its tasks just stop where they are."""
        self._tasks.kill(process)  # first: what waits for its thaw may hold the only reference to a task
        process.die()

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep the error for `run_until_complete` to raise; `set_exception_handler` takes it over."""
        error = context.get("exception")
        if self._is_burying:
            return  # the dead had no time to look at what a future of theirs had come to
        if isinstance(error, Exception):
            error.add_note(str(context["message"]))
            self._unhandled.append(error)
        else:
            self._unhandled.append(RuntimeError(f"{context['message']} ({error or context.get('task')})"))

    def run_until_complete(self, future: Any) -> Any:
        """Run until `future` is done and return its result.

        Raises:
            DeadlockError: If nothing can happen any more; its text lists the tasks and where each of them waits.
            VirtualTimeLimitError: If time has passed the limit.
            UnhandledErrors: If all went well except in tasks or callbacks whose errors nobody has looked at.
        """
        try:
            result = super().run_until_complete(future)
        except BaseException as error:
            for other in self._unhandled:
                error.add_note(f"Besides, unhandled in the same run: {other!r}")
            self._unhandled.clear()
            raise
        self._raise_unhandled()
        return result

    def close(self) -> None:
        """Close the loop.

        Raises:
            UnhandledErrors: If a task failed and nobody has looked at its error.
        """
        if self.is_closed():
            return
        super().close()
        self._is_burying = True
        self._tasks.bury()
        self._is_burying = False
        for _, _, timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._unhandled += self._tasks.unseen()
        self._raise_unhandled()

    def _raise_unhandled(self) -> None:
        if self._unhandled:
            errors, self._unhandled = self._unhandled, []
            raise UnhandledErrors("unhandled errors in tasks or callbacks", errors)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled timers are dropped when their time comes: until then they cost nothing but memory."""

    def _run_once(self) -> None:
        """All turns until somebody stops the loop: a turn is little, and asking for each from outside is not."""
        timers, ready, do, now = self._timers, self._ready, self._do, self.world_s
        while True:
            if ready or self._stopping:
                self._turn(now)
            else:
                while timers and timers[0][2]._cancelled:
                    heappop(timers)
                if not timers:
                    raise DeadlockError(f"Nothing will ever happen again at {now:.6f} s. {waiting(self._tasks)}")
                when, _, handle = heappop(timers)
                if when > now:
                    if when >= self._heed_at:
                        self._heed(when)
                    self.world_s = now = when
                    self._turns = 0
                else:
                    self._count_turn()
                if timers and timers[0][0] <= now:
                    ready.append(handle)
                    self._turn(now)
                else:  # nothing else happens at this instant: the usual case
                    do(handle, now)
                del handle  # what it holds is not to live until the next one is taken
            if self._stopping:
                return

    def _turn(self, now: float) -> None:
        """All that is ready and due, in an order that is drawn; what they make ready is for the next turn."""
        timers, ready = self._timers, self._ready
        self._count_turn()
        while timers and timers[0][0] <= now:
            ready.append(heappop(timers)[2])
        count = len(ready)
        if count > 1 and self._random is not None:
            shuffle(ready, self._random)
        for _ in range(count):
            self._do(ready.popleft(), now)

    def _do(self, handle: Any, now: float) -> None:
        """Run one callback, if its process does: as `Handle._run`, for less."""
        if handle._cancelled:
            return
        context = handle._context
        process = None if context is None else context.get(PROCESS)
        if process is not None and (process.frozen or not process.alive):
            if process.alive:
                process.held.append(functools.partial(self._ready.append, handle))
            return
        if self.trace is not None:
            self.trace.ran(now, "" if process is None else process.name, handle._callback)
        try:
            if context is None:  # it is the world's own
                handle._callback(*handle._args)
            else:
                context.run(handle._callback, *handle._args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            self.call_exception_handler({"message": f"Exception in {handle._callback}", "exception": error})
        # The traceback of an error, also of one that stays in its task, keeps this frame; that must not keep the task.
        handle = context = None

    def _heed(self, when: float) -> None:
        """Time is about to go on to a moment that is beyond the limit, or at which garbage is collected."""
        if when > self._limit:
            raise VirtualTimeLimitError(f"Virtual time would pass its limit of {self._limit} s. {waiting(self._tasks)}")
        if when >= self._collect_at:
            self.world_s, self._collect_at = when, when + self._collect_s
            self._heed_at = min(self._limit, self._collect_at)
            gc.collect()

    def _count_turn(self) -> None:
        self._turns += 1
        if self._turns > MOST_TURNS:
            at = f"{MOST_TURNS} turns at {self.world_s:.6f} s, and time does not go on"
            raise LivelockError(f"{at}: {list(self._ready)[:3]}")
