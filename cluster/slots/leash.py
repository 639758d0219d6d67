"""The leash of a slot process: a pipe on which nothing is said, and whose end kills all that the slot has started.

It is there for the order in which a TaskManager dies. Its listener is the first of its sockets to go
(`runtime.transport.tombstone`), so that its death is certain at once; but the signal that comes with the death of a
parent is the last thing that a kernel does, on a busy machine tens of milliseconds later, and meanwhile the next
attempt of a task could begin. The TaskManager's end of the leash has a number that goes before the listener, and the
kernel sends the signal while it closes it. So who is refused knows that the slots are killed, too. Linux only;
elsewhere it does nothing. Shell. Deliberately not here: the lease (`cluster.slots.lifeline`).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import sys
from collections.abc import Iterator

from cluster.slots.lifeline import end_process_group


class Leash:
    """The TaskManager's end.

    Args:
        goes_first_from: The least number whose descriptor ends before the listeners do.
    """

    def __init__(self, goes_first_from: int) -> None:
        self._goes_first_from = goes_first_from
        self.descriptor = -1

    @contextlib.contextmanager
    def other_end(self) -> Iterator[int]:
        """Open the pipe; the descriptor to hand on to the process while it is started."""
        theirs, ours = os.pipe()
        try:
            self.descriptor = self._raised(ours)
            yield theirs
        except BaseException:
            self.close()
            raise
        finally:
            os.close(theirs)

    def close(self) -> None:
        """Let go of it: the process and what it has started are killed, if they live."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _raised(self, descriptor: int) -> int:
        try:
            raised = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, self._goes_first_from)
        except OSError:  # there is none to be had: it comes a little later then
            return descriptor
        os.close(descriptor)
        return raised


def wear_leash(descriptor: int) -> None:
    """In the process: be killed when the other end is closed, also while user code holds the only thread."""
    os.set_inheritable(descriptor, False)
    if not sys.platform.startswith("linux"):
        return
    leads = os.getpgrp() == os.getpid()
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, -os.getpid() if leads else os.getpid())
    fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_ASYNC)
    ended = select.poll()
    ended.register(descriptor, 0)
    if ended.poll(0):  # before it was worn
        end_process_group()
