"""`python -m runtime.sim run|replay|shrink SCENARIO`: campaigns of seeds, and a closer look at one of them.

    python -m runtime.sim run cluster --seeds 1000 --jobs 2
    python -m runtime.sim replay cluster 17 --html seed-17.html
    python -m runtime.sim replay cluster 17 --faults schedule.txt
    python -m runtime.sim replay cluster 17 --record here.txt
    python -m runtime.sim replay cluster 17 --compare here.txt
    python -m runtime.sim shrink cluster 17

A seed that fails is told with the fewest faults found, the last events, and a page that shows the run; the first few of
a campaign are made smaller at once, the others on demand. A scenario is `module:attribute`, or the name of one that
comes with the package. Exit code 1 if a seed fails or differs from its recording, 2 if what was asked makes no sense.
Deliberately not here: playing (`runtime.sim.campaign`), and what pages show (`runtime.sim.timeline_page`).
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from runtime.observability import configure_logging
from runtime.sim.campaign import Outcome, found, play, shrink
from runtime.sim.jobs import outcomes
from runtime.sim.junit import Case, document
from runtime.sim.recording import Recording, first_difference
from runtime.sim.report import REPORTS, file_name, indented, last_by_host, write_page
from runtime.sim.schedule import Fault, parsed, printed

TOLD_EVERY = 500
"""Seeds after which is said how far a campaign is."""
MADE_SMALLER = 3
"""Failing seeds of a campaign that are shrunk at once; each takes some dozens of runs."""


def main(words: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit code."""
    arguments = _parser().parse_args(words)
    configure_logging(level="critical")
    try:
        found(arguments.scenario)
        faults = parsed(_read(arguments.faults)) if arguments.faults else None
        former = _read(arguments.compare).splitlines() if arguments.compare else None
    except (LookupError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if arguments.command == "run":
        pages = _Pages(arguments.scenario, Path(arguments.html), arguments.shrink)
        return _run(arguments.scenario, arguments.first, arguments.seeds, arguments.jobs, pages, arguments.junit)
    if arguments.command == "shrink":
        try:
            faults = shrink(found(arguments.scenario), arguments.seed, faults)
        except ValueError as error:
            sys.stderr.write(f"{error}\n")
            return 2
    recording = Recording() if arguments.record or arguments.compare else None
    outcome = play(found(arguments.scenario), arguments.seed, faults, trace=recording)
    if arguments.command == "shrink":
        _say(_told(arguments.scenario, outcome, outcome.faults))
    else:
        _say(_replayed(arguments.scenario, outcome))
    if recording is not None and arguments.record:
        recording.write(Path(arguments.record))
    if recording is not None and former is not None:
        difference = first_difference(recording.lines, former)
        _say(f"compared with {arguments.compare}: {difference or f'the same {len(former)} lines'}")
        outcome = replace(outcome, error=outcome.error or difference)
    if arguments.html:
        _say(f"timeline: {_page(arguments.scenario, outcome, outcome.faults, Path(arguments.html))}")
    return 1 if outcome.error else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m runtime.sim", description="Simulated scenarios under faults.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="play many seeds")
    run.add_argument("--seeds", type=int, default=100, help="how many")
    run.add_argument("--first", type=int, default=0, help="the first")
    run.add_argument("--jobs", type=int, default=1, help="processes that play them")
    run.add_argument("scenario", help="module:attribute, or a name")
    run.add_argument("--html", default=str(REPORTS), metavar="FOLDER", help=f"for pages of those that fail: {REPORTS}")
    run.add_argument("--shrink", type=int, default=MADE_SMALLER, metavar="N", help="of those that fail, at once")
    run.add_argument("--junit", metavar="FILE", help="write a JUnit document, a case for each seed")
    run.set_defaults(faults=None, compare=None)
    for name, text in (("replay", "play one seed and tell everything"), ("shrink", "find the fewest faults")):
        one = commands.add_parser(name, help=text)
        one.add_argument("scenario", help="module:attribute, or a name")
        one.add_argument("seed", type=int)
        one.add_argument("--faults", help="a file with a schedule, instead of the one that the seed draws")
        one.add_argument("--html", metavar="FILE", help="write a page that shows the run")
        one.set_defaults(record=None, compare=None)
        if name == "replay":
            one.add_argument("--record", metavar="FILE", help="write a line for each callback and event")
            one.add_argument("--compare", metavar="FILE", help="a recording: tell the first line that differs from it")
    return parser


def _read(file: str) -> str:
    return Path(file).read_text(encoding="utf-8")


def _run(scenario: str, first: int, count: int, jobs: int, pages: _Pages, junit: str | None) -> int:
    cases: list[Case] = []
    code = _judge(pages, outcomes(scenario, range(first, first + count), jobs), count, cases)
    if junit:
        Path(junit).write_text(document(scenario, cases), encoding="utf-8")
    return code


def _judge(pages: _Pages, outcomes: Iterable[Outcome], of: int, cases: list[Case]) -> int:
    failed, count, cpu_s, virtual_s = 0, 0, 0.0, 0.0
    reached: Counter[str] = Counter()
    for outcome in outcomes:
        count += 1
        cpu_s += outcome.cpu_s
        virtual_s += outcome.virtual_s
        reached.update(outcome.reached.keys())
        if outcome.error:
            failed += 1
            told = pages.failed(outcome)
            _say(told)
            cases.append(Case(outcome.seed, outcome.cpu_s, outcome.error.splitlines()[-1], told))
        else:
            cases.append(Case(outcome.seed, outcome.cpu_s))
        if count % TOLD_EVERY == 0 and count < of:
            sys.stderr.write(f"{count} of {of} seeds, {failed} failed; {count / max(cpu_s, 1e-9):.2f} seeds/s/core\n")
    _say(
        f"{count} seeds, {failed} failed; {count / max(cpu_s, 1e-9):.2f} seeds/s/core, "
        f"{virtual_s / max(count, 1):.1f} virtual s each"
    )
    for what, seeds in sorted(reached.items()):
        _say(f"  {seeds:6} seeds: {what}")
    return 1 if failed else 0


class _Pages:
    """What is told and written of the seeds of a campaign that fail.

    Args:
        scenario: Its name.
        folder: For pages, and for schedules that were made smaller.
        to_shrink: So many of the first are made smaller.
    """

    def __init__(self, scenario: str, folder: Path, to_shrink: int) -> None:
        self._scenario = scenario
        self._folder = folder
        self._to_shrink = to_shrink

    def failed(self, outcome: Outcome) -> str:
        """Write its page; returns what is to be told."""
        faults, schedule = outcome.faults, ""
        if self._to_shrink > 0:
            self._to_shrink -= 1
            faults, schedule = self._shrunk(outcome)
        page = self._folder / file_name(self._scenario, outcome.seed, ".html")
        told = _told(self._scenario, outcome, faults)
        return f"{told}{schedule}\ntimeline: {_page(self._scenario, outcome, faults, page)}"

    def _shrunk(self, outcome: Outcome) -> tuple[list[Fault], str]:
        """The fewest faults with which it still fails, and what to say of them."""
        try:
            faults = shrink(found(self._scenario), outcome.seed, outcome.faults)
        except ValueError:
            return outcome.faults, "\nalone it is well: what was played before it has a part in it"
        file = self._folder / file_name(self._scenario, outcome.seed, ".txt")
        self._folder.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{printed(faults)}\n", encoding="utf-8")
        return faults, f"\nreplay with these: {_replay(self._scenario, outcome.seed)} --faults {file}"


def _replay(scenario: str, seed: int) -> str:
    return f"python -m runtime.sim replay {scenario} {seed}"


def _head(outcome: Outcome) -> str:
    return f"seed {outcome.seed}: {'FAILED' if outcome.error else 'well'}, trace {outcome.digest[:16]}"


def _told(scenario: str, outcome: Outcome, faults: list[Fault]) -> str:
    """A run that has failed, for the terminal.

    Args:
        scenario: Its name.
        outcome: What came of it.
        faults: The fewest with which it fails.
    """
    drawn = len(outcome.faults)
    fewer = "faults" if len(faults) == drawn else f"faults, {len(faults)} of {drawn} suffice"
    return "\n".join(
        [
            _head(outcome),
            outcome.error.splitlines()[-1],
            f"replay: {_replay(scenario, outcome.seed)}",
            f"shrink: python -m runtime.sim shrink {scenario} {outcome.seed}",
            f"{fewer}:",
            indented(faults),
            "last events by host:",
            *last_by_host(outcome.events),
        ]
    )


def _replayed(scenario: str, outcome: Outcome) -> str:
    """A run from its beginning to its end."""
    error = [outcome.error, f"shrink: python -m runtime.sim shrink {scenario} {outcome.seed}"] if outcome.error else []
    events = (f"  {event}" for event in outcome.events)
    return "\n".join([_head(outcome), *error, "faults:", indented(outcome.faults), "events:", *events])


def _page(scenario: str, outcome: Outcome, faults: list[Fault], file: Path) -> Path:
    title = f"{scenario}, seed {outcome.seed}: {'failed' if outcome.error else 'well'}"
    replay = _replay(scenario, outcome.seed)
    return write_page(file, title, outcome.events, outcome.error, replay, printed(faults))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
