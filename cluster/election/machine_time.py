"""The machine's monotonic clock, as all its processes read it, and the boot that it counts from. Shell.

Linux shows each time namespace a monotonic clock of its own, with an offset that its processes may read, while the boot
is the same: leases of another one would be over at once, or never. Deliberately not here: leases (`model.lease`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

_SELF = Path("/proc/self")


def boot_id() -> str:
    """Names the boot that this machine's monotonic clock counts from; empty where that is not known."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def machine_clock() -> Callable[[], float]:
    """A monotonic clock that shows the same in each time namespace of this machine."""
    offset_s = ahead_s("monotonic")
    return (lambda: time.monotonic() - offset_s) if offset_s else time.monotonic


def ahead_s(clock: str) -> float:
    """Seconds that a clock of our time namespace, `monotonic` or `boottime`, is ahead of the machine's.

    The file says it of the namespace that children are made in, which is ours, but for who has just left it.
    """
    try:
        if os.readlink(_SELF / "ns/time") == os.readlink(_SELF / "ns/time_for_children"):
            return _ahead_s(clock, (_SELF / "timens_offsets").read_text(encoding="ascii"))
    except (OSError, ValueError):
        pass
    return 0.0


def _ahead_s(clock: str, offsets: str) -> float:
    for name, seconds, nanoseconds in map(str.split, offsets.splitlines()):
        if name == clock:
            return int(seconds) + int(nanoseconds) / 1e9
    return 0.0
