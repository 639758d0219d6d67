"""Handlers that keep their actor from stopping: cancelled when late, and left behind when they do not even end then.

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
        self._timers: dict[Any, Any] = {}

    def expect_end(self, cell: Any) -> None:
        """`cell` is to stop and its handler is suspended: it has `stop_timeout_s` to end."""
        if cell not in self._timers:
            self._later(cell, self._cancel)

    def close(self) -> None:
        """The system has ended: no more timers."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _later(self, cell: Any, then: Any) -> None:
        self._timers[cell] = self._host.call_later(self._host.settings.stop_timeout_s, then, cell, cell.worker)

    def _cancel(self, cell: Any, worker: Any) -> None:
        del self._timers[cell]
        if cell.busy and cell.worker is worker:
            self._host.log.warning(
                "handler cancelled: it keeps its actor from stopping",
                actor=str(cell.ref),
                message_type=type(handled_message(cell)).__name__,
                seconds=self._host.settings.stop_timeout_s,
            )
            worker.task.cancel()
            self._later(cell, self._abandon)

    def _abandon(self, cell: Any, worker: Any) -> None:
        del self._timers[cell]
        if cell.busy and cell.worker is worker:
            self._host.log.error(
                "handler left behind: it did not end when cancelled",
                actor=str(cell.ref),
                message_type=type(handled_message(cell)).__name__,
            )
            cell.abandon()
