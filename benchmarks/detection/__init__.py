"""From SIGKILL of a process to the handler of `Terminated` in another one, and what of that is the kernel's share."""

from __future__ import annotations

import functools
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the programs of the trials are in this package, and shall be small
    from benchmarks.detection.kill import Kill
    from benchmarks.records import Record

KILLS = 100


def run(loop: str, scale: float = 1.0) -> list[Record]:
    """Measure both ways of noticing on one loop.

    Args:
        loop: `asyncio` or `uvloop`, for both processes.
        scale: Share of the usual number of kills.
    """
    from benchmarks.detection.child import child_deaths
    from benchmarks.detection.remote import remote_deaths
    from benchmarks.loops import run_on

    count = max(1, int(KILLS * scale))
    return [
        *_records(loop, "own child by pidfd", run_on(loop, functools.partial(child_deaths, count))),
        *_records(loop, "remote actor over TCP", run_on(loop, functools.partial(remote_deaths, loop, count))),
    ]


def _records(loop: str, name: str, kills: list[Kill]) -> list[Record]:
    from benchmarks.records import spread

    evidence = ", ".join(f"{times}x {cause}" for cause, times in Counter(kill.cause for kill in kills).most_common())
    return [
        spread("detection", f"{name}: kernel teardown", loop, [kill.teardown_ms for kill in kills]),
        spread("detection", f"{name}: Terminated ({evidence})", loop, [kill.detection_ms for kill in kills]),
    ]
