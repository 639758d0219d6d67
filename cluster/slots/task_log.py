"""The log of a task in a slot process: structlog in the shape of all our processes, imported when first used.

Most tasks never log, and structlog is a third of what a slot process would have to import. Used by
`cluster.slots.slot_process`; an inline slot has the log of its process.
"""

from __future__ import annotations

from typing import Any

from cluster.slots.slot_link import Run


class LateLog:
    """A `TaskLog` that is set up by its first line."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._log: Any = None

    def debug(self, event: str, **values: Any) -> None:
        """Say something for developers."""
        self._ready().debug(event, **values)

    def info(self, event: str, **values: Any) -> None:
        """Say something."""
        self._ready().info(event, **values)

    def warning(self, event: str, **values: Any) -> None:
        """Say something that should be looked at."""
        self._ready().warning(event, **values)

    def error(self, event: str, **values: Any) -> None:
        """Say that something went wrong."""
        self._ready().error(event, **values)

    def _ready(self) -> Any:
        if self._log is None:
            from cluster.process_log import set_up_log_of_slot
            from runtime.observability import logger

            set_up_log_of_slot(verbose=self._run.verbose)
            self._log = logger(job=self._run.job_id, task=self._run.task_id, attempt=self._run.attempt)
        return self._log
