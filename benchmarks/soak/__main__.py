"""`python -m benchmarks.soak`: rounds of random blows; exit code 1 if a result or a step was not as promised."""

from __future__ import annotations

import argparse
import itertools
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence

from benchmarks.detection.trials.network import why_not
from benchmarks.ensemble import missing
from benchmarks.failover.variants import BACKENDS, TASKS, Variant
from benchmarks.soak.round import Plan, play


def main(arguments: Sequence[str] | None = None) -> None:
    """Play the rounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--backend", choices=BACKENDS, default="sqlite")
    parser.add_argument("--tasks", choices=(*TASKS, "both"), default="both", help="jobmanager.failover.tasks, in turn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--minutes", type=float, help="rounds until this time is over, instead of a number of them")
    parser.add_argument("--seed", type=int, default=1, help="of the first round; the next ones count up")
    parser.add_argument("--blows", type=int, default=40, help="in a round")
    parser.add_argument("--pause-s", type=float, default=0.8, help="between two blows, on average; more than 0.1")
    parser.add_argument("--steps", type=int, default=4000, help="of each of four tasks in a round; 100 in a second")
    parser.add_argument("--limit-s", type=float, default=180.0, help="from the last blow; then a round has failed")
    parser.add_argument("--cuts", action="store_true", help="in network namespaces, as root: cut processes off, too")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    tasks = TASKS if options.tasks == "both" else (options.tasks,)
    reason = (missing() if options.backend != "sqlite" else "") or (why_not() if options.cuts else "")
    if options.cuts and options.backend == "sqlite":
        reason = "sqlite is for one machine: there is nothing to cut"
    if reason:
        parser.error(reason)
    ends = None if options.minutes is None else time.monotonic() + options.minutes * 60
    wrong: list[int] = []
    blows: Counter[str] = Counter()
    played = 0
    for number in itertools.count():
        if number >= options.rounds if ends is None else time.monotonic() >= ends:
            break
        variant = Variant(options.backend, tasks[number % len(tasks)])
        plan = Plan(
            options.seed + number,
            variant,
            options.steps,
            options.blows,
            max(options.pause_s, 0.1),
            options.limit_s,
            options.cuts,
        )
        outcome = play(plan)
        played += 1
        blows += outcome.blows
        print(outcome, flush=True)
        if not outcome.is_good:
            wrong.append(options.seed + number)
            print(*outcome.verdict.defects[:20], *outcome.log, outcome.logs, sep="\n", file=sys.stderr, flush=True)
    print(f"{blows.total()} blows in {played} rounds, {len(wrong)} of them wrong{f': {wrong}' if wrong else ''}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
