"""The actor systems of this process: for SIGUSR1, which shows what their actors do, and for the pytest plugin. SHELL.

SIGUSR1, which would otherwise end the process, prints the tree of each living system with the stack of each suspended
handler on stderr, as a virtual machine prints its threads. A program that handles the signal itself is left in peace;
`Settings.dump_on_sigusr1` switches it off. For other signals and streams there is `runtime.observability`.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import weakref
from types import FrameType
from typing import Any

_STARTED: weakref.WeakSet[Any] = weakref.WeakSet()


def started() -> list[Any]:
    """Every system that was started, whether it has ended or not, as long as anything knows it."""
    return list(_STARTED)


def living() -> list[Any]:
    """Every system that was started, has not ended, and whose loop has not been closed under it."""
    return [system for system in _STARTED if not system.dispatcher.closed and not system.loop.is_closed()]


def forget(system: Any) -> None:
    """No longer say that it was started."""
    _STARTED.discard(system)


def begin(system: Any) -> None:
    """A system has started: it takes SIGUSR1, if its settings want that and nobody else has it."""
    _STARTED.add(system)
    # Signals belong to the main thread; and virtual time has none.
    if not system.settings.dump_on_sigusr1 or getattr(system.loop, "virtual_time", False):
        return
    if _may_handle_signals() and signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL:
        signal.signal(signal.SIGUSR1, _asked)


def end() -> None:
    """A system has ended: the last one gives SIGUSR1 back."""
    if _may_handle_signals() and signal.getsignal(signal.SIGUSR1) is _asked and not living():
        signal.signal(signal.SIGUSR1, signal.SIG_DFL)


def _may_handle_signals() -> bool:
    return threading.current_thread() is threading.main_thread()


def _asked(number: int, frame: FrameType | None) -> None:
    for system in living():
        with contextlib.suppress(RuntimeError):  # its loop is closed
            system.loop.call_soon_threadsafe(dump, system)


def dump(system: Any, stream: Any = None) -> None:
    """Print the tree of a system and the stack of each suspended handler.

    Args:
        system: The `ActorSystem`.
        stream: Where to; stderr by default.
    """
    print(system.tree(), system.stacks(), sep="\n", file=stream or sys.stderr, flush=True)
