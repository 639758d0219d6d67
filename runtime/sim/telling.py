"""What is said of a seed that was played, and the files that one leaves which has failed. SHELL of files.

A seed that has failed is told by what failed, the commands that replay it and make it smaller, the fewest faults found,
and the last events by host. Made by `runtime.sim.__main__` and `runtime.sim.tally`.
Deliberately not here: drawing the page (`runtime.sim.timeline_page`), what is said of many (`runtime.sim.tally`).
"""

from __future__ import annotations

import shlex
from pathlib import Path

from runtime.sim.campaign import Outcome, found, shrink
from runtime.sim.report import file_name, indented, last_by_host, write, write_page
from runtime.sim.schedule import Fault, printed


class Pages:
    """What is told and written of the seeds of a campaign that fail.

    Args:
        folder: For pages, and for schedules that were made smaller.
        to_shrink: So many of the first are made smaller, whatever their scenario.
        in_full: So many of a scenario are told with all that is known; the others by a line, and without a page.
            `None`: all.
    """

    def __init__(self, folder: Path, to_shrink: int, in_full: int | None = None) -> None:
        self._folder = folder
        self._to_shrink = to_shrink
        self._in_full = in_full

    def failed(self, scenario: str, outcome: Outcome, before: int) -> str:
        """Write the page of a seed; returns what is to be told.

        Args:
            scenario: Its name.
            outcome: What came of it.
            before: So many of that scenario have failed before.
        """
        if self._in_full is not None and before >= self._in_full:
            return in_short(scenario, outcome)
        faults, schedule = outcome.faults, ""
        if self._to_shrink > 0 and outcome.digest:
            self._to_shrink -= 1
            faults, schedule = self._shrunk(scenario, outcome)
        file = self._folder / file_name(scenario, outcome.seed, ".html")
        return f"{told(scenario, outcome, faults)}{schedule}\ntimeline: {page_of(scenario, outcome, faults, file)}"

    def _shrunk(self, scenario: str, outcome: Outcome) -> tuple[list[Fault], str]:
        """The fewest faults with which it still fails, and what to say of them."""
        try:
            faults = shrink(found(scenario), outcome.seed, outcome.faults)
        except ValueError:
            return outcome.faults, "\nalone it is well: what was played before it has a part in it"
        file = self._folder / file_name(scenario, outcome.seed, ".txt")
        where = write(file, f"{printed(faults)}\n")
        if where != str(file):
            return faults, f"\n{where}"
        return faults, f"\nreplay with these: {replay_command(scenario, outcome.seed)} --faults {shlex.quote(where)}"


def in_short(scenario: str, outcome: Outcome) -> str:
    """A line about a seed that has failed."""
    return f"{_head(outcome)}: {outcome.reason}; {replay_command(scenario, outcome.seed)}"


def replay_command(scenario: str, seed: int) -> str:
    """What plays that seed again."""
    return f"python -m runtime.sim replay {shlex.quote(scenario)} {seed}"


def told(scenario: str, outcome: Outcome, faults: list[Fault]) -> str:
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
            outcome.reason,
            f"replay: {replay_command(scenario, outcome.seed)}",
            _smaller(scenario, outcome),
            f"{fewer}:",
            indented(faults),
            "last events by host:",
            *last_by_host(outcome.events),
        ]
    )


def told_in_full(scenario: str, outcome: Outcome) -> str:
    """A run from its beginning to its end."""
    error = [outcome.error, _smaller(scenario, outcome)] if outcome.error else []
    events = (f"  {event}" for event in outcome.events)
    return "\n".join([_head(outcome), *error, "faults:", indented(outcome.faults), "events:", *events])


def page_of(scenario: str, outcome: Outcome, faults: list[Fault], file: Path) -> str:
    """Write the page of a run; returns where it is, or why it is nowhere."""
    title = f"{scenario}, seed {outcome.seed}: {'failed' if outcome.error else 'well'}"
    replay = replay_command(scenario, outcome.seed)
    return write_page(file, title, outcome.events, outcome.error, replay, printed(faults), outcome.reason)


def _head(outcome: Outcome) -> str:
    return f"seed {outcome.seed}: {'FAILED' if outcome.error else 'well'}, trace {outcome.digest[:16] or 'unknown'}"


def _smaller(scenario: str, outcome: Outcome) -> str:
    return f"shrink: python -m runtime.sim shrink {scenario} {outcome.seed}"
