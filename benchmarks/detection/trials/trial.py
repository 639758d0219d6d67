"""`Trial`: what happened to one subject, and when its watchers heard of it. One line of JSON. Pure.

All moments are seconds since the injection, so they need no clock to be read.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from benchmarks.detection.cells import Cell


@dataclass(slots=True)
class Trial:
    """One trial.

    Attributes:
        cell: Of the matrix.
        truth: `dead` (the process has gone), `silent` (alive, and unreachable for a time) or `alive` (only disturbed).
        number: Of the trial in its cell.
        phase: How far into a heartbeat interval the harness waited, 0 to 1.
        rss_kib: The subject's resident memory.
        anon_kib: Of that, what is its own and not a file's.
        exit_s: The kernel had torn the process down.
        signal_s: An end of file, reset or timeout of the connection reached the watcher.
        signal: Which of them, in the words of the kernel.
        pressure: Share of the time around the injection in which somebody waited for a processor, if the kernel says.
        suspect_s: First suspicion.
        terminated_s: The first watcher's handler of `Terminated` was entered; `None` if that never happened.
        all_s: The last watcher's.
        cause: What `Terminated` says.
        detail: For people.
        suspicions: How many there were, withdrawn ones included.
        is_false: A conviction of one that was alive, or before anything had happened to it.
        extra: Notices beyond one for each registration.
        watched_s: How long the link was observed.
    """

    cell: Cell
    truth: str
    number: int
    phase: float = 0.0
    rss_kib: int = 0
    anon_kib: int = 0
    exit_s: float | None = None
    signal_s: float | None = None
    suspect_s: float | None = None
    terminated_s: float | None = None
    all_s: float | None = None
    cause: str = ""
    detail: str = ""
    suspicions: int = 0
    is_false: bool = False
    extra: int = 0
    watched_s: float = 0.0
    signal: str = ""
    pressure: float | None = None

    def line(self) -> str:
        """It as JSON."""
        fields = dataclasses.asdict(self)
        rounded = {name: round(value, 6) if isinstance(value, float) else value for name, value in fields.items()}
        return json.dumps({"kind": "trial", **rounded})


def parse(line: str) -> Trial:
    """The trial of a line.

    Raises:
        ValueError: If it is none.
    """
    fields: dict[str, Any] = json.loads(line)
    if fields.pop("kind", None) != "trial":
        raise ValueError("not the line of a trial")
    return Trial(Cell(**fields.pop("cell")), **fields)
