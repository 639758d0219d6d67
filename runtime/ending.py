"""The end of a system: once, whoever begins it. SHELL.

Coordinated shutdown leads through the phases; in the last one the actors stop, then the callbacks are called, then the
rest of the system closes. Deliberately not here: in which order actors stop (`runtime.guardians`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from actors.errors import in_words
from runtime.shutdown import CoordinatedShutdown


class Ending:
    """Ends one system.

    Args:
        system: The system.
        shutdown: What is to be done before its actors stop.
        stop_actors: Tells `/user` to stop.
        close: Closes everything else.

    Attributes:
        over: Set when nothing is left.
    """

    def __init__(
        self,
        system: Any,
        shutdown: CoordinatedShutdown,
        stop_actors: Callable[[], None],
        close: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        self.over: asyncio.Event = asyncio.Event()
        self._system = system
        self._shutdown = shutdown
        self._stop_actors = stop_actors
        self._close = close
        self._actors_gone = asyncio.Event()
        self._callbacks: list[Callable[[], Any]] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the system ends."""
        return self._task is not None

    def add_callback(self, callback: Callable[[], Any]) -> None:
        """Call back when all actors have stopped; the last registered first (S71)."""
        given: Any = callback
        if not callable(given) or asyncio.iscoroutinefunction(given):
            raise TypeError(
                f"a termination callback is a plain function, not {callback!r}; what is awaited is a task of "
                "coordinated_shutdown"
            )
        self._callbacks.append(callback)

    def actors_are_gone(self) -> None:
        """`/` is dead, by `terminate` or by itself (S70): the rest follows."""
        self._actors_gone.set()
        self.begin("all actors have stopped")

    def begin(self, reason: str) -> asyncio.Task[None]:
        """Begin to end. Returns the task that does it, for whoever wants to wait or to hear what failed."""
        task = self._task
        if task is None:
            task = self._task = self._system.loop.create_task(self._end(reason), name=f"{self._system.name}: terminate")
            task.add_done_callback(_look_at)
        return task

    async def _end(self, reason: str) -> None:
        try:
            await self._shutdown.perform(reason, self._end_actors)
        finally:
            self.over.set()

    async def _end_actors(self) -> None:
        self._stop_actors()
        await self._actors_gone.wait()
        for callback in reversed(self._callbacks):
            try:
                callback()
            except BaseException as error:  # user code; the others still run, and everything is closed
                self._system.log.error("termination callback failed", error=in_words(error))
                if isinstance(error, KeyboardInterrupt | SystemExit):
                    self._system.fatal(error)
        await self._close()


def _look_at(task: asyncio.Task[None]) -> None:
    """Whoever waits hears of the error; when nobody does, it was logged by the shutdown already."""
    if not task.cancelled():
        task.exception()
