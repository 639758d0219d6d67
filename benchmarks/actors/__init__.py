"""Actors in one process: messages, questions, births and deaths, each beside a raw ceiling, a goal and a rival."""

from __future__ import annotations

import functools

from benchmarks.actors.table import ROWS, Measured, Row
from benchmarks.loops import run_on
from benchmarks.records import Record, quantile

ROUNDS = 5
_KEPT = 100


def run(loop: str, scale: float = 1.0) -> list[Record]:
    """Measure everything on one loop.

    Args:
        loop: `asyncio` or `uvloop`.
        scale: Share of the usual number of operations.
    """
    return [_row(name, row, loop, scale) for name, row in ROWS.items()]


def _row(name: str, row: Row, loop: str, scale: float) -> Record:
    count = max(1, int(row.operations * scale))
    found: list[float] = []
    raw: list[float] = []
    for _ in range(ROUNDS):
        # The ceiling is measured in each round, so that a machine which slows down slows both.
        found += _once(row.measure, loop, count)
        if row.raw is not None:
            raw += _once(row.raw, loop, count)
    ordered = sorted(found)
    p50 = quantile(ordered, 0.5)
    values = {"p50": p50}
    if len(found) >= 100:
        values["p99"] = quantile(ordered, 0.99)
    if raw:
        top = quantile(sorted(raw), 0.5)
        values["ceiling"] = top
        values["of ceiling"] = p50 / top if row.unit == "per s" else top / p50
    if row.goal is not None:
        values["goal"] = row.goal
    if row.goal_p99 is not None:
        values["goal p99"] = row.goal_p99
    return Record("actors", name, loop, row.unit, values, count * ROUNDS, found if len(found) <= _KEPT else [])


def _once(measure: Measured, loop: str, count: int) -> list[float]:
    return run_on(loop, functools.partial(measure, count))
