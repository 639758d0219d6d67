"""How the runtime talks to people: structlog loggers, and one line shape for programs that want it. SHELL.

The library only asks structlog for a logger. `configure_logging` is for programs: quiet by default, one line an event,
`time level event key=value ...` on stderr. So is `dump_on_signal`: it shows what all actors do. Deliberately not here:
what is logged when.
"""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable
from typing import Any, TextIO

from runtime.living import dump


class Logger:
    """A structured logger with bound values that asks structlog at each line.

    structlog is imported with the first line that is logged, which halves the time that importing the runtime takes;
    and a configuration that is made later holds for loggers that exist already.
    """

    __slots__ = ("_bound",)

    def __init__(self, bound: dict[str, Any]) -> None:
        self._bound = bound

    def bind(self, **values: Any) -> Logger:
        """A logger with more values on each line."""
        return Logger({**self._bound, **values})

    def __getattr__(self, name: str) -> Any:
        import structlog  # with the first line; see the class

        if structlog.is_configured():
            return getattr(structlog.get_logger(**self._bound), name)
        # structlog's own default would print everything, with the locals of each frame, on stdout.
        return getattr(_unconfigured(self._bound), name)


def _unconfigured(bound: dict[str, Any]) -> Any:
    import structlog

    shape = _line_shape(level="warning", json=False, target=sys.stderr)
    del shape["logger_factory"]
    return structlog.wrap_logger(structlog.PrintLogger(sys.stderr), **shape, **bound)


def logger(**bound: Any) -> Logger:
    """A structured logger with these values on every line."""
    return Logger(bound)


def dump_on_signal(system: Any, number: int | None = None, stream: TextIO | None = None) -> Callable[[], None]:
    """Print the tree of a system, with the stack of each suspended handler, whenever the process gets a signal.

    SIGUSR1 does so on stderr without being asked for it (`Settings.dump_on_sigusr1`).

    Args:
        system: The `ActorSystem`, running. The signal is given back when it ends.
        number: Of the signal; SIGUSR1 by default.
        stream: Where to; stderr by default.

    Returns:
        Call it to give the signal back earlier.

    Raises:
        RuntimeError: Outside of the main thread, as all of Python's signal handling.
    """
    wanted = signal.SIGUSR1 if number is None else number

    def give_back() -> None:
        system.loop.remove_signal_handler(wanted)

    system.loop.add_signal_handler(wanted, dump, system, stream)
    system.on_termination(give_back)
    return give_back


def configure_logging(
    *, verbose: bool = False, json: bool = False, stream: TextIO | None = None, level: str = "warning"
) -> None:
    """Set the process's log up: warnings and errors, or everything with `verbose`.

    Args:
        verbose: Everything, whatever `level` says.
        json: One JSON object a line instead of text.
        stream: Where to; stderr by default.
        level: The lowest that is shown: `debug`, `info`, `warning` or `error`.
    """
    import structlog

    target = stream if stream is not None else sys.stderr
    structlog.configure(**_line_shape(level="debug" if verbose else level, json=json, target=target))


def _line_shape(*, level: str, json: bool, target: TextIO) -> dict[str, Any]:
    import structlog

    renderer: Any = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(
            colors=target.isatty(), pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
        )
    )
    return {
        "processors": [
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if json else []),
            renderer,
        ],
        "wrapper_class": structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        "logger_factory": structlog.PrintLoggerFactory(target),
        "cache_logger_on_first_use": False,
    }
