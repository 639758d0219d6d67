"""`python -m benchmarks [SUITE ...]`: measure, write a results file, print tables."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import benchmarks.actors
import benchmarks.detection
import benchmarks.failover
import benchmarks.remote
from benchmarks.loops import LOOPS
from benchmarks.records import Record, environment, write
from benchmarks.table import show
from runtime.observability import configure_logging


class Suite(NamedTuple):
    """Measurements that belong together."""

    title: str
    run: Callable[[str, float], list[Record]]
    loops: tuple[str, ...] = tuple(LOOPS)


SUITES = {
    "actors": Suite("Actors in one process", benchmarks.actors.run),
    "remote": Suite("Actors of two processes over TCP", benchmarks.remote.run),
    "detection": Suite("SIGKILL of a process, until its death is known", benchmarks.detection.run),
    # The cluster's processes run on uvloop whatever we run on.
    "failover": Suite("SIGKILL in a cluster, until the job runs again", benchmarks.failover.run, ("uvloop",)),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the chosen suites on the chosen loops."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"of {', '.join(SUITES)}; all by default")
    parser.add_argument("--loop", action="append", choices=sorted(LOOPS), help="both by default")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the usual number of measurements")
    parser.add_argument("--results", type=Path, help="where to write; benchmarks/results/TIME.jsonl by default")
    options = parser.parse_args(arguments)
    unknown = set(options.suites) - set(SUITES)
    if unknown:
        parser.error(f"no such suite: {', '.join(sorted(unknown))}; there are {', '.join(SUITES)}")
    if not 0 < options.scale < math.inf:
        parser.error(f"--scale is {options.scale}, and has to be more than 0 and have an end")
    configure_logging()
    print(" ".join(f"{key}={value}" for key, value in environment().items()))
    records: list[Record] = []
    for suite in options.suites or SUITES:
        title, run, loops = SUITES[suite]
        chosen = [loop for loop in options.loop or loops if loop in loops]
        found = [record for loop in chosen for record in run(loop, options.scale)]
        show(title, found)
        records += found
    print(f"results: {write(records, options.results)}")


if __name__ == "__main__":
    main()
