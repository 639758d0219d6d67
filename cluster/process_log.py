"""Sets up the log of a process as the keys `log.*` say, and of the slot processes that it starts. SHELL.

Slot processes inherit the words by the environment, so a task's lines are where its TaskManager's are. A file gets JSON
lines, appended, by all processes that name it; rotate it with `copytruncate`. Deliberately not here: what is logged.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import Any

from cluster.configuration.rest import LogSettings

VARIABLE = "DEATHWATCH_LOG"


def set_up_log(settings: LogSettings, *, verbose: bool = False) -> None:
    """Send the log where it belongs, from here on.

    Args:
        settings: What the configuration says.
        verbose: Everything, whatever level is configured.

    Raises:
        OSError: If the file cannot be written.
    """
    from runtime.observability import configure_logging

    as_json = settings.format == "json" or (settings.format == "auto" and not sys.stderr.isatty())
    stream: Any = AppendedFile(settings.file) if settings.file else None
    configure_logging(verbose=verbose, level=settings.level, json=as_json or stream is not None, stream=stream)
    os.environ[VARIABLE] = json.dumps(asdict(settings))


def set_up_log_of_slot(*, verbose: bool) -> None:
    """The same in a slot process, in the words of the process that started it."""
    set_up_log(LogSettings(**json.loads(os.environ.get(VARIABLE, _PLAIN))), verbose=verbose)


class AppendedFile:
    """A file that several processes write lines to: each line is one write. Open for the life of the process.

    Args:
        name: Of the file.
    """

    def __init__(self, name: str) -> None:
        self._descriptor = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._begun = ""

    def write(self, text: str) -> None:
        """Take text; it is in the file when its line has ended."""
        self._begun += text
        if self._begun.endswith("\n"):
            line, self._begun = self._begun, ""
            os.write(self._descriptor, line.encode("utf-8", "backslashreplace"))

    def flush(self) -> None:
        """Nothing waits here but a line that has not ended."""


_PLAIN = '{"level": "warning", "format": "text", "file": null}'
