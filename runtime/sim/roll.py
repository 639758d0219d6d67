"""`Roll`: the tasks of a simulated loop, whose they are, and what becomes of them when their process is killed.

Driven by `runtime.sim.loop`. Pure but for the tasks. Deliberately not here: what runs when.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import warnings
import weakref
from collections.abc import Coroutine, Iterator
from typing import Any

from runtime.sim.process import SimProcess

_FEW = 256
_MOST_AWAITS = 100
"""Of one that is to go."""


class Task(asyncio.Task[Any]):
    """A task with a number for a hash: what is in a set comes out of it in the same order in each run.

    A program may keep its tasks in a set and cancel all of them, as `asyncio.TaskGroup` does. A hash that is an address
    would make that another run each time.

    Attributes:
        is_a_storys: Whether it belongs to no process.
    """

    def __init__(self, number: int, coro: Coroutine[Any, Any, Any], **options: Any) -> None:
        self._number = number  # first: it is put into a set at once
        self.is_a_storys = False
        super().__init__(coro, **options)

    def __hash__(self) -> int:
        return self._number

    def cancel(self, msg: Any = None) -> bool:
        """As asyncio's, but the error of a story's task that has failed stays one at which nobody has looked.

        A story cancels its load when it has had enough of it, and would not hear that this had failed long before.
        """
        return not (self.is_a_storys and self.done()) and super().cancel(msg)


class Roll:
    """The tasks of one loop, in the order in which they were made, as long as anybody has them."""

    def __init__(self) -> None:
        # Without a word when one of them goes, which would be a call for each: now and then those are left out.
        self._tasks: list[tuple[weakref.ref[asyncio.Task[Any]], SimProcess | None]] = []
        self._most = _FEW
        self._killed: list[asyncio.Task[Any]] = []
        self._numbers, self._names = itertools.count(1), itertools.count(1)

    def __iter__(self) -> Iterator[asyncio.Task[Any]]:
        return (task for task, _ in self._living())

    def name(self) -> str:
        """For the next task that has none; counted, so that names are the same in each run."""
        return f"Task-{next(self._names)}"

    def make(self, loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **options: Any) -> Task:
        """Make the next task: a task factory."""
        return Task(next(self._numbers), coro, loop=loop, **options)

    def add(self, task: asyncio.Task[Any], owner: SimProcess | None) -> None:
        """A task of that process; of nobody, and so of the story that is played, if `None`."""
        if isinstance(task, Task):
            task.is_a_storys = owner is None
        self._tasks.append((weakref.ref(task), owner))
        if len(self._tasks) > self._most:
            self._tasks = [entry for entry in self._tasks if entry[0]() is not None]
            self._most = max(_FEW, 2 * len(self._tasks))

    def kill(self, process: SimProcess) -> None:
        """Its tasks just stop where they are, and who was about to look at an error of one does not any more."""
        for task, owner in self._living():
            if owner is process and task.done():
                task._log_traceback = False
            elif owner is process:
                # It is kept: were it collected now, its `finally` blocks would run in the name of somebody else.
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                asyncio.tasks._unregister_task(task)  # or a Runner would wait for its end
                self._killed.append(task)

    def _living(self) -> Iterator[tuple[asyncio.Task[Any], SimProcess | None]]:
        for reference, owner in self._tasks:
            task = reference()
            if task is not None:
                yield task, owner

    def bury(self) -> None:
        """Let go of what killed processes left behind; what it says and does on its way out is of no consequence.

        And of what could not be cancelled, since time stands still: a judge may have to undo something.
        """
        left = [task for task in self if not task.done()]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # that a coroutine of theirs was never awaited
            for task in (*self._killed, *left):
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                _close(task.get_coro())
            self._killed.clear()

    def unseen(self) -> list[Exception]:
        """The errors of tasks at which nobody has looked."""
        errors = []
        for task in self:
            if task.done() and not task.cancelled() and getattr(task, "_log_traceback", False):
                error = task.exception()
                if isinstance(error, Exception):
                    error.add_note(f"Nobody has looked at the error of {task.get_name()}")
                    errors.append(error)
        return errors


def _close(coroutine: Any) -> None:
    for _ in range(_MOST_AWAITS):
        with contextlib.suppress(BaseException):  # mostly that it awaits something else instead of going
            coroutine.close()
            return
