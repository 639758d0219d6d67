"""`Pressure`: how much of a time somebody waited for a processor, by the kernel's own account. SHELL of /proc.

Milliseconds are measured, and on a busy machine one measures how long a process waits for its turn. The kernel may have
no such account (`CONFIG_PSI`).
"""

from __future__ import annotations

import time
from pathlib import Path

ACCOUNT = Path("/proc/pressure/cpu")
HIGH = 0.25
"""From such a share on a trial counts as made under load."""


class Pressure:
    """The account from now on."""

    def __init__(self) -> None:
        self._since_s = time.monotonic()
        self._before_s = waited_s()

    def share(self) -> float | None:
        """The share of the time since then; `None` where the kernel does not say."""
        now_s, passed_s = waited_s(), time.monotonic() - self._since_s
        if now_s is None or self._before_s is None or passed_s <= 0:
            return None
        return min(1.0, (now_s - self._before_s) / passed_s)


def waited_s() -> float | None:
    """For how long somebody has waited for a processor since the machine was started."""
    try:
        some = ACCOUNT.read_text(encoding="ascii").partition("\n")[0]
        return int(some.rpartition("total=")[2]) / 1e6
    except (OSError, ValueError):
        return None
