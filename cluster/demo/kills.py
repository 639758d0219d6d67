"""A kill and what the cluster made of it, found in the cluster's own timeline. Pure.

Deliberately not here: killing (`cluster.demo.stage`), and when (`cluster.demo.run`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Kill:
    """One SIGKILL. Times are wall time in seconds since 1970.

    Attributes:
        kind: `task-manager` or `leader`, as in the timeline.
        name: Resource id of the process.
        pid: Its number.
        sent_at: When the signal was sent.
        progress: How much of the text was counted then, 0 to 1.
        record: The cluster's record of it, once there is one.
    """

    kind: str
    name: str
    pid: int
    sent_at: float
    progress: float
    record: Mapping[str, Any] | None = None

    def find(self, timeline: Sequence[Mapping[str, Any]]) -> bool:
        """Look for its record; whether all tasks run again by that record."""
        mine = [one for one in timeline if one["kind"] == self.kind and _first_known(one) >= self.sent_at]
        if mine:
            self.record = mine[0]
        return self.record is not None and self.record.get("running_at") is not None

    def after_ms(self, what: str) -> float | None:
        """Milliseconds from the signal to `convicted_at`, `elected_at`, `confirmed_at` or `running_at`."""
        at = (self.record or {}).get(what)
        return None if at is None else (at - self.sent_at) * 1000

    @property
    def noticed_ms(self) -> float | None:
        """Milliseconds from the signal until the cluster knew."""
        known = self.after_ms("convicted_at")
        return self.after_ms("elected_at") if known is None else known

    @property
    def evidence(self) -> str:
        """By what the cluster knew."""
        record = self.record or {}
        return ": ".join(str(record[part]) for part in ("cause", "detail") if record.get(part)) or "-"

    def to_plain(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "killed": self.kind,
            "name": self.name,
            "pid": self.pid,
            "signal": "SIGKILL",
            "sent_at": self.sent_at,
            "progress": round(self.progress, 3),
            "noticed_ms": _rounded(self.noticed_ms),
            "evidence": self.evidence,
            "new_leader_ms": _rounded(self.after_ms("confirmed_at")) if self.kind == "leader" else None,
            "running_ms": _rounded(self.after_ms("running_at")),
        }


def _first_known(record: Mapping[str, Any]) -> float:
    times = [record.get(what) for what in ("convicted_at", "elected_at")]
    return max((time for time in times if time is not None), default=0.0)


def _rounded(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 1)
