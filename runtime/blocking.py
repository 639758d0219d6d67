"""Work that blocks, on threads that belong to one system: as many as its settings say, and none after its end. SHELL.

On a loop with virtual time the work is done in place, in the loop's own thread: the end of a thread could not be
replayed. The threads are those of Python's own executor rather than anyio's, which outlive a system: they end with the
loop's first task. Deliberately not here: stopping a function that runs. No thread can be stopped; a function that is
late at the end of its system is named in the log.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class BlockingPool:
    """The threads of one system; made when they are first needed.

    Args:
        system: The system.
    """

    def __init__(self, system: Any) -> None:
        self._system = system
        self._threads: Any = None
        self._running: dict[Any, str] = {}  # the futures of the threads, not of the loop
        self._closed = False

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """Call `function` in a thread, with the caller's context variables, and wait for what it returns.

        When the waiting is cancelled a function that runs goes on, and keeps its thread busy until it returns; one that
        no thread has taken yet is not called any more.

        Raises:
            BaseException: What the function raises.
            RuntimeError: If the system has ended.
        """
        if self._closed:
            raise RuntimeError(f"the actor system {self._system.name} has ended; it runs nothing any more")
        loop = self._system.loop
        if getattr(loop, "virtual_time", False):
            await asyncio.sleep(0)  # others have their turn meanwhile, as they have with a thread
            return _called(function, *args)
        if self._threads is None:
            from concurrent.futures import ThreadPoolExecutor  # with the first work: few programs have any

            self._threads = ThreadPoolExecutor(self._system.settings.blocking_threads, f"{self._system.name}-blocking")
        work = self._threads.submit(contextvars.copy_context().run, _called, function, *args)
        self._running[work] = _name(function)
        work.add_done_callback(lambda work: self._running.pop(work, None))
        outcome: T = await asyncio.wrap_future(work, loop=loop)
        return outcome

    async def close(self) -> None:
        """The system has ended: nothing more is begun; what runs has `stop_timeout_s` to return."""
        self._closed = True
        if self._threads is None:
            return
        self._threads.shutdown(wait=False, cancel_futures=True)
        patience_s = self._system.settings.stop_timeout_s
        running = list(self._running)
        if running:
            await asyncio.wait([asyncio.wrap_future(work) for work in running], timeout=patience_s)
        late = [self._running[work] for work in running if work in self._running and not work.done()]
        if late:
            self._system.log.error("blocking work left behind", functions=late, seconds=patience_s)
        else:
            self._threads.shutdown(wait=True)  # they only have to return


def _called(function: Callable[..., T], *args: Any) -> T:
    """What it returns. No future takes a `StopIteration`, as `next` raises it: who awaits would wait for ever."""
    try:
        return function(*args)
    except StopIteration as error:
        raise RuntimeError(f"{_name(function)} raised StopIteration, which cannot be raised from an await") from error


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__qualname__", None) or repr(function)
