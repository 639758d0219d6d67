"""How the runtime talks to people: structlog loggers, and one line shape for programs that want it. SHELL.

The library asks structlog where the program has configured it. `configure_logging` is for programs: quiet by default,
one line an event, `time level event key=value ...` on stderr; without it warnings and errors look the same. So is
`dump_on_signal`: it shows what all actors do. Deliberately not here: what is logged when.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import logging
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any, TextIO

from actors.errors import in_words
from runtime.living import dump


class Logger:
    """A structured logger with bound values that asks structlog at each line, if the program configured it.

    structlog is not imported for it: that takes a tenth of a second, for which the first failure or death would have
    to wait, and a quarter more memory, which the kernel takes its time to free when the process dies. A program that
    has not configured it gets warnings and errors, in the same shape. A configuration that is made later holds for
    loggers that exist already.
    """

    __slots__ = ("_bound",)

    def __init__(self, bound: dict[str, Any]) -> None:
        self._bound = bound

    def bind(self, **values: Any) -> Logger:
        """A logger with more values on each line."""
        return Logger({**self._bound, **values})

    def __getattr__(self, name: str) -> Any:
        structlog: Any = sys.modules.get("structlog")
        if structlog is not None and structlog.is_configured():
            if _is_below_level(structlog, name):
                return _unsaid
            return functools.partial(_line_if_possible, getattr(structlog.get_logger(**self._bound), name))
        # structlog's own default would print everything, with the locals of each frame, on stdout.
        return functools.partial(_line_if_possible, functools.partial(_plain_line, name, self._bound))


def _is_below_level(structlog: Any, name: str) -> bool:
    """Whether lines of that level are dropped by the configuration: structlog sees it when two loggers are made."""
    wrapper, silent = structlog.get_config()["wrapper_class"], structlog.make_filtering_bound_logger(logging.CRITICAL)
    return getattr(wrapper, name, None) is silent.debug


def _unsaid(*_words: Any, **_values: Any) -> None:
    """A line that nobody wants to read."""


def _line_if_possible(line: Callable[..., Any], *words: Any, **values: Any) -> Any:
    """A log that nobody reads any more, or whose disk is full, is no failure of whoever says something.

    Nor is one whose stream is closed or `None`, as of a process that was started without one, or whose configuration
    cannot show a value, which is user code. Of that people hear, if anything can be written at all.
    """
    try:
        return line(*words, **values)
    except OSError:
        return None
    except Exception as error:
        with contextlib.suppress(Exception):
            _plain_line("error", {}, "a line of the log could not be written", line=words[0], error=in_words(error))
        return None


def _plain_line(level: str, bound: dict[str, Any], event: str, *, exc_info: Any = None, **values: Any) -> None:
    """One line on stderr, as `configure_logging` would have it; and a traceback."""
    if level in ("debug", "info"):
        return
    now = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    pairs = "".join(f" {key}={_plain_value(value)}" for key, value in sorted({**bound, **values}.items()))
    sys.stderr.write(f"{now} [{level:<9}] {event}{pairs}\n")
    if isinstance(exc_info, BaseException):
        traceback.print_exception(exc_info, file=sys.stderr)


def _plain_value(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if text and not any(sign in text for sign in " \t=\r\n\"'") else repr(value)


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
