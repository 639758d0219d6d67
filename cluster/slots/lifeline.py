"""The lease of a slot process: a pipe with deadlines, and a thread that ends the process after the last. Shell.

A TaskManager that is frozen, or hangs, cannot end its slots; so each of them knows until when it may run, and ends
itself with all that it has started. The thread needs no loop, so user code that blocks the loop changes nothing. What
it cannot do is run while other code holds the interpreter without a break (a long call into C that does not release
it); and when a whole machine was suspended it ends the process only after waking up. Deliberately not here: what the
deadlines are.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import struct
import threading
import time
from collections.abc import Iterator

_DEADLINE = struct.Struct("=d")


class Lifeline:
    """The TaskManager's end."""

    def __init__(self) -> None:
        self._descriptor = -1

    @contextlib.contextmanager
    def other_end(self) -> Iterator[int]:
        """Open the pipe; the descriptor to hand on to the process while it is started."""
        theirs, self._descriptor = os.pipe()
        try:
            os.set_blocking(self._descriptor, False)
            yield theirs
        except BaseException:
            self.close()
            raise
        finally:
            os.close(theirs)

    def run_until(self, until: float) -> None:
        """The process may run until then, in seconds of the machine's monotonic clock. Says nothing if it is gone."""
        if self._descriptor >= 0:
            # A pipe that is full holds deadlines enough: the process is stopped, and would read them first.
            with contextlib.suppress(BlockingIOError, BrokenPipeError):
                os.write(self._descriptor, _DEADLINE.pack(until))

    def close(self) -> None:
        """Let go of it; the process ends, if it has not."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def watch_lifeline(descriptor: int) -> None:
    """In the process: end it when the last deadline has passed, or when the other end is closed."""
    os.set_inheritable(descriptor, False)
    threading.Thread(target=_watch, args=(descriptor,), name="lifeline", daemon=True).start()


def _watch(descriptor: int) -> None:
    until, unread = math.inf, b""
    while True:
        wait_s = None if until == math.inf else max(until - time.monotonic(), 0.0)
        readable, _, _ = select.select([descriptor], [], [], wait_s)
        if readable:
            data = os.read(descriptor, 64 * 1024)
            if not data:
                end_process_group()
            unread += data
            whole = len(unread) - len(unread) % _DEADLINE.size
            if whole:
                (until,) = _DEADLINE.unpack(unread[whole - _DEADLINE.size : whole])
                unread = unread[whole:]
        elif time.monotonic() >= until:
            end_process_group()


def end_process_group() -> None:
    """End this process and what it has started, at once."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
