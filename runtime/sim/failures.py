"""How a simulated loop fails: errors for what would be a hang, what each task waits for, any error in a line. Pure.

Deliberately not here: the loop (`runtime.sim.loop`), and what is refused (`runtime.sim.refusals`).
"""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_ASYNCIO = os.path.dirname(asyncio.__file__)
_HERE = Path(__file__).parents[2]
_PACKAGES = tuple(f"{_HERE / name}{os.sep}" for name in ("actors", "runtime", "cluster"))


class DeadlockError(Exception):
    """Nothing is ready, no timer is set: what is waited for can never happen."""


class LivelockError(Exception):
    """Something is ready again and again, and so time stands still."""


class VirtualTimeLimitError(Exception):
    """Virtual time has passed the loop's limit, most often because a test waits for what never happens."""


class UnhandledErrors(ExceptionGroup[Exception]):
    """Errors of tasks and callbacks that nobody has looked at; they make the run fail."""


def reason(error: BaseException) -> str:
    """An error in one line: of a group its first one, and how many more there are; of a long text its first line."""
    more = 0
    while isinstance(error, BaseExceptionGroup):
        more += len(error.exceptions) - 1
        error = error.exceptions[0]
    kind = type(error)
    name = (
        kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    )
    try:
        text = next((line for line in str(error).splitlines() if line.strip()), "")
    except Exception:  # what is wrong here may well be the error's own text
        text = "(its text cannot be made)"
    return f"{name}{text and f': {text}'}{f' (and {more} more)' if more else ''}"


def is_ours(file: str) -> bool:
    """Whether code is of this project, and not of whoever uses it."""
    return file.startswith(_PACKAGES)


def place(error: BaseException) -> tuple[str, int] | None:
    """Where it came from: the innermost line that is neither of this project nor of asyncio; `None` if none is."""
    found = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        if not is_ours(file) and not file.startswith(_ASYNCIO):
            found = file, line
    return found


def waiting(tasks: Iterable[asyncio.Task[Any]]) -> str:
    """Which of these tasks wait, and where: the innermost place that is no part of asyncio."""
    pending = [task for task in tasks if not task.done()]
    return "\n".join([f"{len(pending)} tasks wait:", *(f"  {task.get_name()} in {_place(task)}" for task in pending)])


def _place(task: asyncio.Task[Any]) -> str:
    waits: Any = task.get_coro()
    place = getattr(waits, "__qualname__", "?")
    while waits is not None:
        frame = getattr(waits, "cr_frame", None)
        if frame is not None and not frame.f_code.co_filename.startswith(_ASYNCIO):
            place = f"{waits.__qualname__} at {frame.f_code.co_filename}:{frame.f_lineno}"
        waits = getattr(waits, "cr_await", None)
    return place
