"""Faults done to whole clusters of real processes: each step from the fault until all tasks run again.

`python -m benchmarks.failover` does all of it; `run` is the part that `python -m benchmarks` shows beside other suites:
SIGKILL of TaskManagers and leaders, with the embedded election.
"""

from __future__ import annotations

import functools
import random
import tempfile
from pathlib import Path

from benchmarks.failover.faults import FAULTS
from benchmarks.failover.report import step_records
from benchmarks.failover.sample import Sample
from benchmarks.failover.trials import Trials
from benchmarks.failover.variants import Variant
from benchmarks.loops import run_on
from benchmarks.records import Record

KILLS = 20


def run(loop: str, scale: float = 1.0) -> list[Record]:
    """Measure both kinds of kill.

    Args:
        loop: Of this process; the others choose theirs.
        scale: Share of the usual number of kills.
    """
    return step_records(run_on(loop, functools.partial(failovers, max(1, int(KILLS * scale)))))


async def failovers(count: int) -> list[Sample]:
    """Kill that many TaskManagers, then that many leaders."""
    samples = []
    for name in ("taskmanager-kill", "leader-kill"):
        with tempfile.TemporaryDirectory(prefix="deathwatch-bench-") as directory:
            trials = Trials(Path(directory), FAULTS[name], Variant("sqlite"), random.Random(1))
            async with trials.processes:
                samples += [sample async for sample in trials.run(count)]
    return samples
