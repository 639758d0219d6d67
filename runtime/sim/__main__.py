"""`python -m runtime.sim list|run|replay|shrink`: campaigns of seeds, and a closer look at one of them.

    python -m runtime.sim list
    python -m runtime.sim run all --seeds 100 --jobs 2
    python -m runtime.sim run cluster --seeds 1000 --jobs 2 --traces here.txt
    python -m runtime.sim replay cluster 17 --html seed-17.html
    python -m runtime.sim replay cluster 17 --faults schedule.txt
    python -m runtime.sim replay cluster 17 --record here.txt
    python -m runtime.sim replay cluster 17 --compare here.txt
    python -m runtime.sim shrink cluster 17

A seed that fails is told with the fewest faults found, the last events, and a page that shows the run; the first few of
a campaign are made smaller at once, the others on demand. A scenario is `module:attribute`, or the name of one that
comes with the package; `all` are all of these, and each gets as many seeds. Exit code 1 if a seed fails or differs from
its recording, or what was asked for cannot be written, 2 if what was asked makes no sense, 130 after Ctrl-C, which
leaves what was played until then.
Deliberately not here: playing (`runtime.sim.campaign`), counting (`runtime.sim.tally`), what is said
(`runtime.sim.telling`).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path

from runtime.observability import configure_logging
from runtime.sim.campaign import Scenario, found, play, shrink
from runtime.sim.interruptions import interruptions
from runtime.sim.jobs import players
from runtime.sim.junit import document
from runtime.sim.misspelt import check_spelling
from runtime.sim.recording import Recording, first_difference
from runtime.sim.registry import registered
from runtime.sim.report import REPORTS
from runtime.sim.schedule import Fault, parsed
from runtime.sim.tally import Tally, say, verdict
from runtime.sim.telling import Pages, page_of, told, told_in_full

MADE_SMALLER = 3
"""Failing seeds of a campaign that are shrunk at once; each takes some dozens of runs."""
INTERRUPTED = 130
ALL = "all"
"""Instead of a scenario's name: each that comes with the package."""
TOLD_OF_EACH = 1
"""Failing seeds of a scenario that are told with everything, where all scenarios are played."""


def main(words: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit code."""
    arguments = _parser().parse_args(words)
    configure_logging(level="critical")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # whatever a scenario tells, on any terminal
    try:
        with interruptions():
            return _done(arguments)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED


def _done(arguments: argparse.Namespace) -> int:
    if arguments.command == "list":
        width = max(map(len, registered()))
        for name, about in registered().items():
            say(f"{name:{width}}  {about}")
        return 0
    every = arguments.command == "run" and arguments.scenario == ALL
    names = list(registered()) if every else [arguments.scenario]
    try:
        scenarios = [_scenario(name) for name in names]
        faults = parsed(_read(arguments.faults)) if arguments.faults else None
        if faults:
            check_spelling(faults, scenarios[0])
        former = _read(arguments.compare).splitlines() if arguments.compare else None
        for file in (arguments.junit, arguments.traces, arguments.record):
            if file:  # now, since it would be a pity later
                Path(file).open("a", encoding="utf-8").close()
        if arguments.command == "shrink":
            faults = shrink(scenarios[0], arguments.seed, faults)
    except (LookupError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if arguments.command == "run":
        return _run(arguments, names)
    return _look(arguments, scenarios[0], faults, former)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m runtime.sim", description="Simulated scenarios under faults.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="say which scenarios there are, and what each is about")
    run = commands.add_parser("run", help="play many seeds")
    run.add_argument("--seeds", type=_from(1), default=100, help="how many, of each scenario")
    run.add_argument("--first", type=int, default=0, help="the first")
    run.add_argument("--jobs", type=_from(1), default=1, help="processes that play them")
    run.add_argument("scenario", help=f"module:attribute, a name, or {ALL}: each that comes with the package")
    run.add_argument("--html", default=str(REPORTS), metavar="FOLDER", help=f"for pages of those that fail: {REPORTS}")
    run.add_argument("--shrink", type=_from(0), default=MADE_SMALLER, metavar="N", help="of those that fail, at once")
    run.add_argument("--junit", metavar="FILE", help="write a JUnit document, a case for each seed")
    run.add_argument("--traces", metavar="FILE", help="write the digest of each seed's trace, for another machine")
    run.set_defaults(faults=None, compare=None, record=None)
    for name, text in (("replay", "play one seed and tell everything"), ("shrink", "find the fewest faults")):
        one = commands.add_parser(name, help=text)
        one.add_argument("scenario", help="module:attribute, or a name")
        one.add_argument("seed", type=int)
        one.add_argument("--faults", help="a file with a schedule, instead of the one that the seed draws")
        one.add_argument("--html", metavar="FILE", help="write a page that shows the run")
        one.set_defaults(record=None, compare=None, junit=None, traces=None)
        if name == "replay":
            one.add_argument("--record", metavar="FILE", help="write a line for each callback and event")
            one.add_argument("--compare", metavar="FILE", help="a recording: tell the first line that differs from it")
    return parser


def _from(least: int) -> Callable[[str], int]:
    """A whole number that is not below that."""

    def whole(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"{number} is not {least} or more")
        return number

    whole.__name__ = "whole number"  # as argparse calls it where there is none
    return whole


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is no text in UTF-8: {error}") from None


def _run(arguments: argparse.Namespace, names: list[str]) -> int:
    """Play a campaign of one scenario, or of all."""
    every = arguments.scenario == ALL
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    pages = Pages(Path(arguments.html), arguments.shrink, TOLD_OF_EACH if every else None)
    tallies = [Tally(name) for name in names]
    if every:
        say(f"{len(seeds)} seeds of each of {len(names)} scenarios: {', '.join(names)}")
    interrupted = False
    try:
        with players(arguments.jobs) as play_all:
            for tally in tallies:
                tally.play(play_all(tally.scenario, seeds), len(seeds), pages)
                say(f"{tally.scenario}: {tally.line()}" if every else tally.line())
    except KeyboardInterrupt:
        interrupted = True
        count, failed = sum(len(tally.cases) for tally in tallies), sum(len(tally.failed) for tally in tallies)
        say(f"interrupted; {count} seeds were played, {failed} failed")
    if every:
        say(verdict(tallies))
    else:
        for text in tallies[0].states():
            say(f"  {text}")
    is_well = not any(tally.failed for tally in tallies)
    if arguments.junit:
        is_well &= _written(arguments.junit, document({tally.scenario: tally.cases for tally in tallies}))
    if arguments.traces:
        lines = [line for tally in tallies for line in tally.lines()]
        is_well &= _written(arguments.traces, "\n".join(lines) + "\n")
    if interrupted:
        return INTERRUPTED
    return 0 if is_well else 1


def _look(
    arguments: argparse.Namespace, scenario: Scenario, faults: list[Fault] | None, former: list[str] | None
) -> int:
    """Play one seed, and say more of it."""
    name = arguments.scenario
    recording = Recording() if arguments.record or arguments.compare else None
    outcome = play(scenario, arguments.seed, faults, trace=recording)
    if arguments.command == "shrink":
        say(told(name, outcome, outcome.faults))
    else:
        say(told_in_full(name, outcome))
    is_written = recording is None or not arguments.record or _written(arguments.record, recording.text())
    if recording is not None and former is not None:
        difference = first_difference(recording.lines, former)
        say(f"compared with {arguments.compare}: {difference or f'the same {len(former)} lines'}")
        outcome = replace(
            outcome, error=outcome.error or difference, reason=outcome.reason or difference.partition("\n")[0]
        )
    if arguments.html:
        say(f"timeline: {page_of(name, outcome, outcome.faults, Path(arguments.html))}")
    return 0 if is_written and not outcome.error else 1


def _written(file: str, text: str) -> bool:
    """Write a file that was asked for. Whether that could be done; it is said if not."""
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        sys.stderr.write(f"{file} cannot be written: {error}\n")
        return False
    return True


def _scenario(name: str) -> Scenario:
    """The scenario of that name.

    Raises:
        LookupError: If there is none; it says which there are.
    """
    try:
        return found(name)
    except LookupError as error:
        if ":" in name:
            raise
        names = ", ".join(registered())
        raise LookupError(
            f"{error}\nThere are {names}; `python -m runtime.sim list` says what they are about."
        ) from error


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # whoever read it has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is flushed at the end goes nowhere
        sys.exit(1)
