"""Ctrl-C while seeds are played: it ends what is done, whatever the seed makes of it. SHELL over signals.

A story that is interrupted waits for what it has started, and that may be frozen, or dead: the seed ends with an error
of its own, and whoever plays it would go on, or take that for the seed's failure. So Ctrl-C is kept in mind.
Deliberately not here: what is told of what was played until then.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

_heard = threading.Event()


@contextlib.contextmanager
def interruptions() -> Iterator[None]:
    """Hear Ctrl-C, where Python would: in the main thread, and unless somebody else does or nobody shall."""
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _heard.clear()


def heed_interruption() -> None:
    """Go on unless somebody has pressed Ctrl-C.

    Raises:
        KeyboardInterrupt: If somebody has, and has not been heeded.
    """
    if _heard.is_set():
        raise KeyboardInterrupt


@contextlib.contextmanager
def postponed() -> Iterator[None]:
    """Ctrl-C is heard when this is over; a process that is started meanwhile does not hear it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _interrupt(_number: int, _frame: Any) -> NoReturn:
    _heard.set()
    raise KeyboardInterrupt
