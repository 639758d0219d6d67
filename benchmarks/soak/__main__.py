"""`python -m benchmarks.soak`: rounds of blows; exit code 1 if a result or a step was not as promised.

Which blows is drawn from a seed, or read from a schedule: the same format as in simulation (`python -m runtime.sim`).
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.detection.trials.network import why_not
from benchmarks.ensemble import missing
from benchmarks.failover.variants import BACKENDS, TASKS, Variant
from benchmarks.soak.round import Plan, play
from benchmarks.soak.schedule import check, draw
from runtime.sim.schedule import Fault, parsed, printed


def main(arguments: Sequence[str] | None = None) -> None:
    """Play the rounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--backend", choices=BACKENDS, default="sqlite")
    parser.add_argument("--tasks", choices=(*TASKS, "both"), default="both", help="jobmanager.failover.tasks, in turn")
    parser.add_argument("--rounds", type=int, help="5 by default, 1 with a schedule")
    parser.add_argument("--minutes", type=float, help="rounds until this time is over, instead of a number of them")
    parser.add_argument("--seed", type=int, default=1, help="of the first round; the next ones count up")
    parser.add_argument("--blows", type=int, default=40, help="in a round")
    parser.add_argument("--pause-s", type=float, default=0.8, help="between two blows, on average; more than 0.1")
    parser.add_argument("--steps", type=int, default=4000, help="of each of four tasks in a round; 100 in a second")
    parser.add_argument("--limit-s", type=float, default=180.0, help="from the last blow; then a round has failed")
    parser.add_argument("--cuts", action="store_true", help="in network namespaces, as root: cut processes off, too")
    parser.add_argument("--schedule", type=Path, metavar="FILE", help="do what it says, as in simulation")
    parser.add_argument("--write-schedules", type=Path, metavar="FOLDER", help="write down what each round does")
    options = parser.parse_args(arguments)
    if complaint := _complaint(options):
        parser.error(complaint)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    tasks = TASKS if options.tasks == "both" else (options.tasks,)
    reason = (missing() if options.backend != "sqlite" else "") or (why_not() if options.cuts else "")
    if options.cuts and options.backend == "sqlite":
        reason = "sqlite is for one machine: there is nothing to cut"
    if reason:
        parser.error(reason)
    try:
        given = _schedule(options.schedule, ensemble=options.backend != "sqlite", network=options.cuts)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    rounds = options.rounds or (5 if given is None else 1)
    ends = None if options.minutes is None else time.monotonic() + options.minutes * 60
    wrong: list[int] = []
    blows: Counter[str] = Counter()
    played = 0
    for number in itertools.count():
        if number >= rounds if ends is None else time.monotonic() >= ends:
            break
        variant = Variant(options.backend, tasks[number % len(tasks)])
        seed = options.seed + number
        drawn = draw(
            random.Random(seed),
            options.blows,
            max(options.pause_s, 0.11),
            ensemble=variant.needs_zookeeper,
            network=options.cuts,
        )
        faults = drawn if given is None else given
        if options.write_schedules is not None:
            _write(options.write_schedules / f"soak-{seed}.txt", faults)
        plan = Plan(seed, variant, options.steps, faults, options.limit_s, options.cuts)
        outcome = play(plan)
        played += 1
        blows += outcome.blows
        print(outcome, flush=True)
        if not outcome.is_good:
            wrong.append(seed)
            found = (*outcome.verdict.defects[:20], "the schedule:", printed(faults), "what was done:", *outcome.log)
            print(*found, outcome.logs, sep="\n", file=sys.stderr, flush=True)
    print(f"{blows.total()} blows in {played} rounds, {len(wrong)} of them wrong{f': {wrong}' if wrong else ''}")
    sys.exit(1 if wrong else 0)


def _complaint(options: argparse.Namespace) -> str:
    """What makes no sense; a soak of nothing would be well, and one of `nan` minutes would never end."""
    for name in ("rounds", "blows", "steps"):
        if (number := getattr(options, name)) is not None and number < 1:
            return f"--{name} is {number}, and has to be 1 or more"
    for name in ("minutes", "pause_s", "limit_s"):
        if (number := getattr(options, name)) is not None and not 0 < number < math.inf:
            return f"--{name.replace('_', '-')} is {number}, and has to be more than 0 and have an end"
    if options.write_schedules is not None:
        try:
            options.write_schedules.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return f"--write-schedules: {error}"
    return ""


def _schedule(file: Path | None, *, ensemble: bool, network: bool) -> list[Fault] | None:
    """The schedule of a file. Raises `ValueError` if something in it does not exist here."""
    if file is None:
        return None
    try:
        faults = parsed(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is no text in UTF-8: {error}") from None
    if not faults:
        raise ValueError(f"{file} says nothing that could be done")
    check(faults, ensemble=ensemble, network=network)
    return faults


def _write(file: Path, faults: Sequence[Fault]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{printed(faults)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
