"""`python -m runtime.sim run|replay|shrink SCENARIO`: campaigns of seeds, and a closer look at one of them.

    python -m runtime.sim run cluster --seeds 1000 --jobs 2
    python -m runtime.sim replay cluster 17
    python -m runtime.sim replay cluster 17 --faults schedule.txt
    python -m runtime.sim shrink cluster 17

A scenario is `module:attribute`, or the name of one that comes with the package. Exit code 1 if a seed fails, 2 if what
was asked makes no sense. Deliberately not here: playing (`runtime.sim.campaign`).
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from runtime.observability import configure_logging
from runtime.sim.campaign import Outcome, found, play, shrink
from runtime.sim.schedule import Fault, parsed, printed

EVENTS_PER_HOST = 6


def main(words: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit code."""
    arguments = _parser().parse_args(words)
    configure_logging(level="critical")
    try:
        found(arguments.scenario)
        faults = parsed(Path(arguments.faults).read_text(encoding="utf-8")) if arguments.faults else None
    except (LookupError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if arguments.command == "run":
        return _run(arguments.scenario, arguments.first, arguments.seeds, arguments.jobs)
    if arguments.command == "replay":
        outcome = play(found(arguments.scenario), arguments.seed, faults)
        _say(_report(arguments.scenario, outcome, every=True))
        return 1 if outcome.error else 0
    try:
        smaller = shrink(found(arguments.scenario), arguments.seed, faults)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    _say(_report(arguments.scenario, play(found(arguments.scenario), arguments.seed, smaller)))
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m runtime.sim", description="Simulated scenarios under faults.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="play many seeds")
    run.add_argument("--seeds", type=int, default=100, help="how many")
    run.add_argument("--first", type=int, default=0, help="the first")
    run.add_argument("--jobs", type=int, default=1, help="processes that play them")
    run.add_argument("scenario", help="module:attribute, or a name")
    run.set_defaults(faults=None)
    for name, text in (("replay", "play one seed and tell everything"), ("shrink", "find the fewest faults")):
        one = commands.add_parser(name, help=text)
        one.add_argument("scenario", help="module:attribute, or a name")
        one.add_argument("seed", type=int)
        one.add_argument("--faults", help="a file with a schedule, instead of the one that the seed draws")
    return parser


def _one(scenario: str, seed: int) -> Outcome:
    configure_logging(level="critical")
    return play(found(scenario), seed)


def _run(scenario: str, first: int, count: int, jobs: int) -> int:
    seeds = range(first, first + count)
    work = functools.partial(_one, scenario)
    if jobs <= 1:
        return _judge(scenario, map(work, seeds))
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        return _judge(scenario, pool.imap(work, seeds))


def _judge(scenario: str, outcomes: Iterable[Outcome]) -> int:
    failed, count, cpu_s, virtual_s = 0, 0, 0.0, 0.0
    reached: Counter[str] = Counter()
    for outcome in outcomes:
        count += 1
        cpu_s += outcome.cpu_s
        virtual_s += outcome.virtual_s
        reached.update(outcome.reached.keys())
        if outcome.error:
            failed += 1
            _say(_report(scenario, outcome))
    _say(
        f"{count} seeds, {failed} failed; {count / max(cpu_s, 1e-9):.2f} seeds/s of CPU, "
        f"{virtual_s / max(count, 1):.1f} virtual s each"
    )
    for what, seeds in sorted(reached.items()):
        _say(f"  {seeds:6} seeds: {what}")
    return 1 if failed else 0


def _report(scenario: str, outcome: Outcome, *, every: bool = False) -> str:
    lines = [f"seed {outcome.seed}: {'FAILED' if outcome.error else 'well'}, trace {outcome.digest[:16]}"]
    if outcome.error:
        lines += [outcome.error if every else outcome.error.splitlines()[-1]]
        lines += [f"replay: python -m runtime.sim replay {scenario} {outcome.seed}"]
        lines += [f"shrink: python -m runtime.sim shrink {scenario} {outcome.seed}"]
    lines += ["faults:", _indented(outcome.faults), "events:" if every else "last events by host:"]
    if every:
        return "\n".join([*lines, *(f"  {event}" for event in outcome.events)])
    for host in sorted({event.host for event in outcome.events}):
        lines += [f"  {event}" for event in outcome.events if event.host == host][-EVENTS_PER_HOST:]
    return "\n".join(lines)


def _indented(faults: list[Fault]) -> str:
    return "\n".join(f"  {line}" for line in printed(faults).splitlines())


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
