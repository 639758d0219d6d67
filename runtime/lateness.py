"""Handlers that keep their actor from stopping: cancelled when late, left behind and closed when they do not end then.

SHELL.
"""

from __future__ import annotations

from typing import Any

from runtime.stashing import handled_message


class Lateness:
    """Watches busy cells that were told to stop.

    Args:
        host: The system.
    """

    def __init__(self, host: Any) -> None:
        self._host = host
        self._expected: dict[Any, tuple[Any, Any]] = {}  # cell -> what is to end, timer

    def expect_end(self, cell: Any) -> None:
        """`cell` is to stop, and its handler or hook is suspended: that has `stop_timeout_s` to end."""
        if cell.worker is None:
            return  # it has ended just now
        coroutine = cell.worker.coroutine
        expected = self._expected.get(cell)
        if expected is not None:
            if expected[0] is coroutine:
                return
            expected[1].cancel()
        self._later(self._cancel, cell, coroutine)

    def close(self) -> None:
        """The system has ended: no more timers."""
        for _, timer in self._expected.values():
            timer.cancel()
        self._expected.clear()

    def _later(self, then: Any, cell: Any, coroutine: Any) -> None:
        timer = self._host.call_later(self._host.settings.stop_timeout_s, self._due, then, cell, coroutine)
        self._expected[cell] = coroutine, timer

    def _due(self, then: Any, cell: Any, coroutine: Any) -> None:
        del self._expected[cell]
        if cell.worker is not None and cell.worker.coroutine is coroutine:
            then(cell, coroutine)

    def _cancel(self, cell: Any, coroutine: Any) -> None:
        self._host.log.warning(
            "handler cancelled: it keeps its actor from stopping",
            actor=str(cell.ref),
            message_type=type(handled_message(cell)).__name__,
            seconds=self._host.settings.stop_timeout_s,
        )
        cell.worker.task.cancel()
        self._later(self._abandon, cell, coroutine)

    def _abandon(self, cell: Any, coroutine: Any) -> None:
        self._host.log.error(
            "handler left behind: it did not end when cancelled",
            actor=str(cell.ref),
            message_type=type(handled_message(cell)).__name__,
        )
        cell.abandon()
