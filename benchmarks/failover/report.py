"""Samples as tables: the distribution of each step, silences, restarts and false failovers, beside the goals.

Deliberately not here: measuring, and the plot (`plot`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.failover.faults import FAULTS
from benchmarks.failover.sample import STEPS, Sample
from benchmarks.records import Record, quantile, spread

GOALS = (  # fault, variants (beginnings), step, statistic, limit in ms
    ("leader-kill", "sqlite", "confirmed_at", "p99", 50.0),
    ("leader-kill", "zookeeper,", "confirmed_at", "p99", 60.0),
    ("leader-kill", "zookeeper-session", "confirmed_at", "p99", 2300.0),
    ("leader-kill", "zookeeper, restart", "running_at", "p50", 300.0),
    ("leader-kill", "zookeeper, restart", "gap", "p50", 300.0),
    ("leader-kill", "zookeeper, keep", "gap", "max", 50.0),
    ("leader-kill", "sqlite, keep", "gap", "max", 50.0),
    ("taskmanager-kill", "", "running_at", "p50", 250.0),
)
MEMORY_GOALS_MIB = {"JobManager": 80.0, "TaskManager": 60.0, "slot": 40.0}


def groups(samples: Iterable[Sample]) -> dict[tuple[str, str], list[Sample]]:
    """Samples by fault and variant, in the order in which they came."""
    found: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        found.setdefault((sample.fault, sample.variant), []).append(sample)
    return found


def step_records(samples: Sequence[Sample]) -> list[Record]:
    """A record for each step of each group, and for its silence."""
    records = []
    for (fault, variant), group in groups(samples).items():
        for key, text in STEPS.items():
            times = [sample.steps_ms[key] for sample in group if key in sample.steps_ms]
            if times:
                records.append(spread("failover", f"{FAULTS[fault].title}, {variant}: {text}", "uvloop", times))
        gaps = [sample.gap_ms for sample in group if sample.gap_ms is not None]
        if gaps:
            records.append(spread("failover", f"{FAULTS[fault].title}, {variant}: output silent", "uvloop", gaps))
    return records


def summary(samples: Sequence[Sample], ledgers: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """Lines of a Markdown table: a row for each group. Cells are p50 / p99 / max, in milliseconds."""
    lines = [
        "| fault | cluster | n | detected | epoch granted | first accepted write | all tasks RUNNING | output silent "
        "| tasks started anew | attempts | false failovers | defects |",
        f"|{' --- |' * 12}",
    ]
    for (fault, variant), group in groups(samples).items():
        cells = [
            cell(_times(group, step)) for step in ("convicted_at", "elected_at", "confirmed_at", "running_at", "gap")
        ]
        defects = sum(len(one["defects"]) for one in ledgers if (one["fault"], one["variant"]) == (fault, variant))
        counts = [
            f"{min(values)}-{max(values)}" if min(values) != max(values) else str(values[0])
            for values in ([one.lives for one in group], [one.attempts for one in group])
        ]
        false = sum(one.false_failovers for one in group)
        row = [FAULTS[fault].title, variant, str(len(group)), *cells, *counts, str(false), str(defects)]
        lines.append(f"| {' | '.join(row)} |")
    return lines


def goals(samples: Sequence[Sample]) -> list[str]:
    """Each goal with what was measured."""
    lines = []
    for (fault, variant), group in groups(samples).items():
        for of, beginning, step, statistic, limit in GOALS:
            times = sorted(_times(group, step))
            if fault != of or not variant.startswith(beginning) or not times:
                continue
            share = {"p50": 0.5, "p99": 0.99, "max": 1.0}[statistic]
            value = quantile(times, share)
            word = "met" if value <= limit else "MISSED"
            what = "output silent" if step == "gap" else STEPS[step]
            whom = f"{FAULTS[fault].title}, {variant}"
            lines.append(f"{word}: {whom}: {what} {statistic} {value:.1f} ms, goal {limit:g} ms, n = {len(times)}")
        if FAULTS[fault].victim == "zookeeper":
            changed = sum(one.false_failovers for one in group) + sum(one.lives for one in group)
            word = "met" if not changed else "MISSED"
            lines.append(f"{word}: {FAULTS[fault].title}, {variant}: {changed} failovers or restarts, n = {len(group)}")
    return lines


def memory_rows(lines: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line of text for each role."""
    return [
        f"{one['variant']}: {one['role']} x {one['count']}: RSS {one['rss_mib']} MiB, own {one['uss_mib']} MiB, "
        f"proportional {one['pss_mib']} MiB"
        for one in lines
    ]


def cell(times: Sequence[float]) -> str:
    """p50 / p99 / max."""
    if not times:
        return ""
    ordered = sorted(times)
    return " / ".join(f"{value:.0f}" for value in (quantile(ordered, 0.5), quantile(ordered, 0.99), ordered[-1]))


def _times(group: Sequence[Sample], step: str) -> list[float]:
    if step == "gap":
        return [sample.gap_ms for sample in group if sample.gap_ms is not None]
    return [sample.steps_ms[step] for sample in group if step in sample.steps_ms]
