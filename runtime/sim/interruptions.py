"""Ctrl-C while seeds are played: it ends the campaign, whatever the seed makes of it. SHELL over signals.

asyncio cancels the main task for it. A story that is cancelled waits for what it has started, and that may be frozen,
or dead: the seed ends with an error of its own, and the campaign would go on. So the first Ctrl-C is kept in mind.
Deliberately not here: what is told of what was played until then.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

from runtime.sim.campaign import Outcome

_heard = threading.Event()


@contextlib.contextmanager
def interruptions() -> Iterator[None]:
    """Hear Ctrl-C, where Python would: in the main thread, and unless somebody else does or nobody shall."""
    _heard.clear()
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def until_interrupted(outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    """What comes until somebody presses Ctrl-C; the seed that was played then is left out.

    Raises:
        KeyboardInterrupt: Then.
    """
    for outcome in outcomes:
        if _heard.is_set():
            raise KeyboardInterrupt
        yield outcome


def _interrupt(_number: int, _frame: Any) -> NoReturn:
    _heard.set()
    raise KeyboardInterrupt
