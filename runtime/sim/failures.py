"""How a simulated loop fails: errors of their own for what would be a hang, and what each task waits for. Pure.

Deliberately not here: the loop (`runtime.sim.loop`), and what is refused (`runtime.sim.refusals`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any


class DeadlockError(Exception):
    """Nothing is ready, no timer is set: what is waited for can never happen."""


class LivelockError(Exception):
    """Something is ready again and again, and so time stands still."""


class VirtualTimeLimitError(Exception):
    """Virtual time has passed the loop's limit, most often because a test waits for what never happens."""


class UnhandledErrors(ExceptionGroup[Exception]):
    """Errors of tasks and callbacks that nobody has looked at; they make the run fail."""


def waiting(tasks: Iterable[asyncio.Task[Any]]) -> str:
    """Which of these tasks wait, and where."""
    pending = [task for task in tasks if not task.done()]
    lines = [f"{len(pending)} tasks wait:"]
    for task in pending:
        frames = task.get_stack(limit=1)
        where = f"{frames[0].f_code.co_filename}:{frames[0].f_lineno}" if frames else "no frame"
        name = getattr(task.get_coro(), "__qualname__", "?")
        lines.append(f"  {task.get_name()} in {name} at {where}")
    return "\n".join(lines)
