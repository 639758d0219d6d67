"""One fault and what came of it: moments after the fault, silence of the output, tasks started anew. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

STEPS = {
    "gone_at": "kernel ended the process",
    "suspected_at": "suspected",
    "convicted_at": "detected",
    "elected_at": "epoch granted",
    "confirmed_at": "first accepted write",
    "recovered_at": "jobs read back",
    "task_managers_at": "TaskManagers registered",
    "running_at": "all tasks RUNNING",
}
"""Moments of a failover, in the order in which they mostly come. A leader is confirmed by a write under its epoch, its
own publication; its first write may be earlier, never later."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One fault.

    Attributes:
        fault: What was done.
        variant: To which kind of cluster.
        steps_ms: Milliseconds from the fault to each of `STEPS` that came.
        cause: The evidence, as the timeline names it.
        gap_ms: The longest silence of any one task's output.
        lives: How many tasks were started anew.
        attempts: Restart attempts that were used.
        false_failovers: Failovers in the timeline that no fault explains.
        defects: What the ledger shows and may not.
    """

    fault: str
    variant: str
    steps_ms: dict[str, float]
    cause: str
    gap_ms: float | None
    lives: int
    attempts: int
    false_failovers: int
    defects: list[str] = field(default_factory=list)

    def to_plain(self) -> dict[str, Any]:
        """For a line of JSON."""
        return {"kind": "sample", **asdict(self)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Sample:
        """What `to_plain` described."""
        return cls(**{name: value for name, value in plain.items() if name != "kind"})


def steps_of(entry: Mapping[str, Any], struck_at: float) -> dict[str, float]:
    """The moments of a timeline's entry, in milliseconds after the fault. Both are wall time of one machine."""
    return {key: round((entry[key] - struck_at) * 1000, 3) for key in STEPS if entry.get(key) is not None}
