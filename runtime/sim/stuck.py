"""`unstuck`: code that never comes back to its loop fails by name, and does not stop everything without a word. SHELL.

A program that tries again at once, and again, where nothing ever waits (a dial that is refused at once, in a loop
without a sleep) stops a real process, and with it the whole simulation: its loop sees nothing of it. So the CPU time
that a callback takes is looked at, by a signal, now and then. No run depends on it that is not stuck.
Deliberately not here: what goes on for ever and comes back each time (`LivelockError` of `runtime.sim.loop`).
"""

from __future__ import annotations

import contextlib
import signal
import threading
import traceback
from collections.abc import Iterator
from types import FrameType
from typing import Any

from runtime.sim.failures import LivelockError
from runtime.sim.loop import SimLoop

LOOK_EVERY_S = 10.0
"""Of CPU time; what a callback is still at when somebody looks for the second time never ends."""
PLACES = 8
"""The innermost, that are named."""


class StuckError(BaseException):
    """Ends code that never comes back, also where it goes on after any `Exception`."""


class _Watch:
    def __init__(self, loop: SimLoop) -> None:
        self.text = ""
        self._loop = loop
        self._seen: tuple[float, int] | None = None

    def look(self, _number: int, frame: FrameType | None) -> None:
        """See what has happened since the last look.

        Raises:
            StuckError: If nothing has.
        """
        seen = self._loop.world_s, self._loop._turns
        if seen != self._seen:
            self._seen = seen
            return
        places = traceback.extract_stack(frame)[-PLACES:]
        at = "".join(f"\n  {place.filename}:{place.lineno} in {place.name}" for place in places)
        self.text = self.text or (
            f"At {self._loop.world_s:.6f} s something has not come back to its loop for {LOOK_EVERY_S:g} s of CPU. "
            f"Does it try again and again, without ever waiting? It is at{at}"
        )
        self._loop._limit = self._loop._heed_at = self._loop.world_s  # nothing else is to happen
        raise StuckError(self.text)


@contextlib.contextmanager
def unstuck(loop: SimLoop) -> Iterator[None]:
    """While something is run on a loop; heeded in the main thread, and where nobody else has that signal.

    Raises:
        LivelockError: If it was stuck; its text says where.
    """
    in_main = threading.current_thread() is threading.main_thread()
    before: Any = signal.getsignal(signal.SIGVTALRM) if hasattr(signal, "SIGVTALRM") else None
    if not in_main or (before is not signal.SIG_DFL and not isinstance(getattr(before, "__self__", None), _Watch)):
        yield
        return
    watch = _Watch(loop)
    signal.signal(signal.SIGVTALRM, watch.look)
    signal.setitimer(signal.ITIMER_VIRTUAL, LOOK_EVERY_S, LOOK_EVERY_S)
    try:
        yield
    except BaseException as error:
        if watch.text and not isinstance(error, KeyboardInterrupt):
            raise LivelockError(watch.text) from None
        raise
    finally:
        every_s = 0.0 if before is signal.SIG_DFL else LOOK_EVERY_S
        signal.setitimer(signal.ITIMER_VIRTUAL, every_s, every_s)
        signal.signal(signal.SIGVTALRM, before)
    if watch.text:
        raise LivelockError(watch.text)
