"""Coordinated shutdown: what a program wants done before its actors stop, in phases. SHELL of `runtime.phases`.

Each `terminate` runs it, once, whoever calls; with `on_signals` so does SIGTERM. The actors themselves are stopped by
`runtime.ending`, in the last phase. Akka counterpart: `CoordinatedShutdown`.
"""

from __future__ import annotations

import asyncio
import signal as signals
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, TypeAlias

from actors.errors import in_words
from runtime.phases import LAST, Phase, in_order

ShutdownTask: TypeAlias = Callable[[], Awaitable[Any] | Any]
_CANCELLING_S = 1.0


class CoordinatedShutdown:
    """The tasks of one system's shutdown.

    Args:
        system: The system.
        phases: Its phases by name.

    Attributes:
        reason: Why the system ends; `None` while it does not.
        phase: The phase that is being run, or was last; `None` before.
    """

    def __init__(self, system: Any, phases: Mapping[str, Phase]) -> None:
        self.reason: str | None = None
        self.phase: str | None = None
        self._system = system
        self._phases = phases
        self._order = in_order(phases)
        self._tasks: dict[str, list[tuple[str, ShutdownTask]]] = {}
        self._signals: list[int] = []

    def add_task(self, phase: str, name: str, task: ShutdownTask) -> Callable[[], None]:
        """Have something done in a phase, beside its other tasks; also from a task of an earlier phase.

        Args:
            phase: One of `runtime.phases.PHASES`, or of the system's own.
            name: For the log.
            task: An `async def`, or a plain function, without arguments.

        Returns:
            Call it to take the task back.

        Raises:
            ValueError: If there is no such phase.
            RuntimeError: If the shutdown has come to that phase or is beyond it.
            TypeError: If `task` cannot be called.
        """
        if not callable(task):
            raise TypeError(f"a task of the shutdown is a function without arguments, not {task!r}")
        if phase not in self._phases:
            raise ValueError(f"there is no phase {phase!r}; there are {', '.join(self._order)}")
        if self.phase is not None and self._order.index(phase) <= self._order.index(self.phase):
            raise RuntimeError(f"{name!r} is too late for the phase {phase!r}: the shutdown is in {self.phase!r}")
        entry = (name, task)
        entries = self._tasks.setdefault(phase, [])
        entries.append(entry)

        def take_back() -> None:
            if entry in entries:
                entries.remove(entry)

        return take_back

    async def run(self, reason: str = "requested") -> None:
        """End the system for a reason; a second call waits for the first.

        Raises:
            Exception: What a task of a phase that does not recover raised.
        """
        await self._system.terminate(reason)

    def on_signals(self, *numbers: int) -> None:
        """Run when the process gets one of these signals, SIGTERM and SIGINT by default.

        Raises:
            RuntimeError: Outside of the main thread, as all of Python's signal handling.
        """
        for number in numbers or (signals.SIGTERM, signals.SIGINT):
            self._system.loop.add_signal_handler(number, self._signalled, number)
            self._signals.append(number)

    def _signalled(self, number: int) -> None:
        self._system.begin_to_terminate(signals.Signals(number).name)

    async def perform(self, reason: str, end_actors: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run all phases in order; for the runtime's own use.

        Args:
            reason: Why.
            end_actors: Ends everything else, in the last phase, beside that phase's tasks.

        Raises:
            Exception: What a task of a phase that does not recover raised, after everything else has ended.
        """
        self.reason = reason
        failed: Exception | None = None
        for name in self._order:
            self.phase = name
            if name == LAST and not self._tasks.get(name):
                await end_actors()
            elif name == LAST:
                error, _ = await asyncio.gather(self._run_phase(name), end_actors())
                failed = failed or error
            elif failed is None:
                failed = await self._run_phase(name)
        for number in self._signals:
            self._system.loop.remove_signal_handler(number)
        self._tasks.clear()
        if failed is not None:
            raise failed

    async def _run_phase(self, name: str) -> Exception | None:
        """Run the tasks of a phase; returns the error that ends the shutdown, if there is one."""
        phase, entries = self._phases[name], self._tasks.pop(name, ())
        if not entries or not phase.enabled:
            return None
        running = {asyncio.create_task(_awaited(task), name=f"{name}: {text}"): text for text, task in entries}
        await asyncio.wait(running, timeout=phase.timeout_s)
        late = [task for task in running if not task.done()]
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=_CANCELLING_S)
        errors = [error for task, text in running.items() if (error := self._error(name, text, task, task in late))]
        return errors[0] if errors and not phase.recover else None

    def _error(self, phase: str, text: str, task: asyncio.Task[Any], was_late: bool) -> Exception | None:
        """What went wrong with a task that has had its time, logged."""
        error: BaseException | None
        if was_late:
            error = TimeoutError(f"{text!r} was not done within {self._phases[phase].timeout_s} s in phase {phase!r}")
        elif task.cancelled():
            error = RuntimeError(f"{text!r} was cancelled in phase {phase!r}")
        else:
            error = task.exception()
        if error is None:
            return None
        left_behind = not task.done()
        self._system.log.warning(
            "shutdown task left behind" if left_behind else "shutdown task failed",
            phase=phase,
            task=text,
            error=in_words(error),
        )
        return error if isinstance(error, Exception) else RuntimeError(in_words(error))


async def _awaited(task: ShutdownTask) -> None:
    outcome = task()
    if hasattr(type(outcome), "__await__"):
        await outcome
