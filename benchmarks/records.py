"""One measurement, and the file of all of them: JSON lines, after a line that says on what they were measured."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Record:
    """One measurement.

    Attributes:
        suite: `actors`, `detection`, `failover`.
        name: What was measured.
        loop: `asyncio` or `uvloop`.
        unit: Of the values.
        values: By name of the statistic: `rate`, `ratio`, `p50`, `p99`, `max` ...
        n: How many single measurements are in it.
        samples: All of them, where they are few enough to keep.
        labels: Words beside the values.
        rivals: What others need for the same, by their names.
    """

    suite: str
    name: str
    loop: str
    unit: str
    values: dict[str, float]
    n: int
    samples: list[float] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    rivals: dict[str, float] = field(default_factory=dict)


def spread(suite: str, name: str, loop: str, samples_ms: Sequence[float]) -> Record:
    """The record of a series of times in milliseconds."""
    ordered = sorted(samples_ms)
    values = {
        "p50": quantile(ordered, 0.50),
        "p99": quantile(ordered, 0.99),
        "max": ordered[-1],
    }
    return Record(suite, name, loop, "ms", values, len(ordered), [round(sample, 4) for sample in samples_ms])


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest sample that at least that share of the samples does not exceed."""
    index = max(0, -(-int(share * 10_000) * len(ordered) // 10_000) - 1)
    return ordered[min(index, len(ordered) - 1)]


def environment() -> dict[str, Any]:
    """On what was measured."""
    return {
        "python": platform.python_version(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load_1min": round(os.getloadavg()[0], 2),
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def write(records: Iterable[Record], where: Path | None = None) -> Path:
    """Write a results file; its path."""
    if where is None:
        where = RESULTS / time.strftime("%Y%m%d-%H%M%S.jsonl", time.gmtime())
    where.parent.mkdir(parents=True, exist_ok=True)
    lines = [{"environment": environment()}, *(dataclasses.asdict(record) for record in records)]
    where.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return where
