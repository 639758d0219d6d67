"""The command line of `python -m benchmarks.failover`. Pure; deliberately not here: doing what it says (`__main__`)."""

from __future__ import annotations

import argparse
import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.failover.faults import FAULTS, Fault
from benchmarks.failover.variants import BACKENDS, TASKS, Variant


@dataclass(frozen=True, slots=True)
class Options:
    """What to do.

    Attributes:
        cells: Faults and clusters that go together.
        count: Faults of each.
        seed: Of the pauses and the victims.
        out: Folder for the results.
        report: A file of results to show again, instead of measuring.
    """

    cells: tuple[tuple[Variant, Fault], ...]
    count: int
    seed: int
    out: Path
    report: Path | None


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; exits with 2 if it cannot be understood."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.failover", description=__doc__)
    parser.add_argument("--fault", action="append", metavar="PATTERN", help=f"of {', '.join(FAULTS)}; all by default")
    parser.add_argument("--backend", action="append", choices=BACKENDS, help="all by default")
    parser.add_argument("--tasks", action="append", choices=TASKS, help="jobmanager.failover.tasks; both by default")
    parser.add_argument("-n", type=int, default=30, dest="count", help="faults of each kind in each cluster")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("failover-results"), help="folder for the results")
    parser.add_argument("--report", type=Path, help="show and plot the results of this file again")
    options = parser.parse_args(arguments)
    faults = []
    for pattern in options.fault or ["*"]:
        matching = [fault for name, fault in FAULTS.items() if fnmatch.fnmatchcase(name, pattern)]
        if not matching:
            parser.error(f"--fault {pattern} matches nothing; there are {', '.join(FAULTS)}")
        faults += [fault for fault in matching if fault not in faults]
    if options.count < 1:
        parser.error("-n must be 1 or more")
    variants = [
        Variant(backend, tasks)
        for backend in dict.fromkeys(options.backend or BACKENDS)
        for tasks in dict.fromkeys(options.tasks or TASKS)
    ]
    cells = tuple((variant, fault) for variant in variants for fault in faults if fault.applies_to(variant))
    if not cells:
        parser.error(
            "none of these faults can be done to any of these clusters: sqlite has no ensemble, and one machine"
        )
    return Options(cells, options.count, options.seed, options.out, options.report)
