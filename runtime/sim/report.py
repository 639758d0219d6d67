"""What is said of a run: on the terminal, and as a page in a folder of reports. SHELL of files.

A failing run is told by what failed, the command that replays it, the fewest faults found with which it fails, and the
last events. Deliberately not here: drawing the page (`runtime.sim.timeline_page`), playing (`runtime.sim.campaign`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from runtime.sim.repeats import condensed
from runtime.sim.schedule import Fault, printed
from runtime.sim.timeline_page import page
from runtime.sim.trace import Event

REPORTS = Path("simulation-reports")
"""Where pages of failing runs are written unless something else is said."""
LAST_EVENTS = 30
LONGEST_NAME = 180
"""Characters of a scenario's name in that of a file, which has 255 at the most."""


def write_page(
    file: Path, title: str, events: Sequence[Event], error: str, replay: str, faults: str, reason: str = ""
) -> str:
    """Write the page of a run; see `page`. Returns where it is, or why it is nowhere: which ends nothing."""
    return write(file, page(title, events, error=error, replay=replay, faults=faults, reason=reason))


def write(file: Path, text: str) -> str:
    """Write a file of a report; the folder is made. Returns where it is, or why it is nowhere."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as failure:
        return f"{file} cannot be written: {failure}"
    return str(file)


def file_name(scenario: str, seed: int, suffix: str) -> str:
    """The name of a file about a seed of a scenario."""
    return f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', scenario)[-LONGEST_NAME:]}-{seed}{suffix}"


def last_by_host(events: Sequence[Event], most: int = LAST_EVENTS) -> list[str]:
    """The last events of a run, a line each, those of a host together; what comes again and again is one line."""
    last = sorted(condensed(events), key=lambda line: line.event.at_s)[-most:]
    lines = []
    for host in sorted({line.event.host for line in last}):
        lines.append(f"  {host or 'everywhere'}")
        lines += [f"    {line}" for line in last if line.event.host == host]
    return lines


def indented(faults: Sequence[Fault]) -> str:
    """A schedule, a line each."""
    return "\n".join(f"  {line}" for line in printed(faults).splitlines()) or "  none"
