"""What a system has left behind after its end: tasks, timers and threads that should be gone. SHELL; for tests.

The pytest plugin looks after every test. Deliberately not here: sockets, which belong to tasks and transports
that are looked at already, and timers of uvloop, which shows none.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Collection, Iterator
from typing import Any

from runtime import living
from runtime.worker import WorkerTask

_OURS = ("actors", "runtime")


def left_by(system: Any, before: Collection[asyncio.Task[Any]] = ()) -> list[str]:
    """What is left of a system that has ended, for people.

    Args:
        system: The `ActorSystem`.
        before: Tasks that there were before it was made.

    Returns:
        A line for each task, timer and thread; empty if all is well.
    """
    return [*_tasks(system, before), *_timers(system.loop), *_threads(system.name)]


def left_by_all() -> list[str]:
    """What is left of systems that have ended, for people; of loops on which others live nothing is said."""
    busy = [system.loop for system in living.living()]
    ended = [system for system in living.started() if system.dispatcher.closed and system.loop not in busy]
    return [f"{system.name}: {line}" for system in ended for line in left_by(system)]


def never_ended() -> list[str]:
    """The systems whose loop is closed although nobody has ended them, for people; each is named once."""
    left: list[str] = []
    for system in living.started():
        if system.dispatcher.closed or system.loop.is_closed():
            living.forget(system)
        if not system.dispatcher.closed and system.loop.is_closed() and not _was_killed(system):
            left.append(
                f"the actor system {system.name}, which was not ended: use `async with`, or `await terminate()`"
            )
    return left


def _was_killed(system: Any) -> bool:
    """Whether it lived in a simulated process that a test has killed."""
    process = getattr(system._transport, "process", None)
    return process is not None and not process.alive


def _tasks(system: Any, before: Collection[asyncio.Task[Any]]) -> Iterator[str]:
    mine = asyncio.current_task(system.loop), *before
    for task in asyncio.all_tasks(system.loop):
        if task in mine or task.done():
            continue
        if isinstance(task, WorkerTask):
            handler = task.worker.coroutine
            yield f"a handler that did not end: {getattr(handler, '__qualname__', handler)}"
        elif task in system.dispatcher.ending:
            yield f"work that an actor had begun: {task.get_coro()}"
        elif _is_ours(getattr(getattr(task.get_coro(), "cr_frame", None), "f_globals", {}).get("__name__")):
            yield f"a task of the runtime: {task.get_name()}: {task.get_coro()}"


def _timers(loop: Any) -> Iterator[str]:
    scheduled = getattr(loop, "_scheduled", None) or [entry[2] for entry in getattr(loop, "_timers", ())]
    for timer in scheduled:
        callback = getattr(timer, "_callback", None)
        while isinstance(callback, functools.partial):
            callback = callback.func
        if not timer.cancelled() and _is_ours(getattr(callback, "__module__", None)):
            yield f"a timer: {getattr(callback, '__qualname__', callback)}"


def _threads(name: str) -> Iterator[str]:
    for thread in threading.enumerate():
        if thread.name.startswith(f"{name}-blocking"):
            yield f"a thread: {thread.name}"


def _is_ours(module: str | None) -> bool:
    """Whether this is code of an actor system; what a simulated network does is no system's."""
    return module is not None and module.partition(".")[0] in _OURS and not module.startswith("runtime.sim")
