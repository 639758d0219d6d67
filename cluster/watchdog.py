"""`Watchdog`: ends a process whose own loop stands still for too long, which nobody else can. SHELL.

A TaskManager that a provider has made outlives its JobManager. If its loop hangs then, it does not notice that no
leader takes it any more, and no provider knows its process: it would stay for ever, beside the one that was made in its
place.
The end comes from a thread of the interpreter that needs neither the loop nor Python code, and says where it hung. One
that people have started is theirs. Deliberately not here: who was made (`cluster.providers.process`).
"""

from __future__ import annotations

import asyncio
import faulthandler

LOOKS = 10
"""So often within its patience the loop says that it goes on."""


class Watchdog:
    """Of this process: there is one.

    Args:
        patience_s: The process ends, with code 1, when its loop has stood still for so long; more than 0.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Watch the running loop."""
        faulthandler.dump_traceback_later(self._patience_s, exit=True)  # instead of what was planned before
        self._timer = asyncio.get_running_loop().call_later(self._patience_s / LOOKS, self.start)

    def close(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()
        faulthandler.cancel_dump_traceback_later()
