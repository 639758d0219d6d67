"""Actors in one process: messages, asks, births and deaths, each beside a raw ceiling, a goal and the best rival."""

from __future__ import annotations

import functools
import gc

from benchmarks.actors import beside
from benchmarks.actors.table import ROWS, Measured, Row
from benchmarks.loops import run_on
from benchmarks.records import Record, quantile

RIVAL_ROUNDS = 3
_KEPT = 100


def run(loop: str, scale: float = 1.0) -> list[Record]:
    """Measure everything on one loop.

    Args:
        loop: `asyncio` or `uvloop`.
        scale: Share of the usual number of operations.
    """
    try:
        return [_row(name, row, loop, scale) for name, row in ROWS.items()]
    finally:
        gc.unfreeze()


def _row(name: str, row: Row, loop: str, scale: float) -> Record:
    """One line: many short rounds, because a machine with other work to do has good and bad moments.

    `best` is the best round (of rates, or of medians), `p50` and `p99` are over all samples: of rates, `p99` is what 99
    rounds of 100 reach.
    """
    count = row.operations if row.fixed else max(1, int(row.operations * scale))
    rates = row.unit == "per s"
    rounds: list[list[float]] = []
    raw: list[float] = []
    ratios: list[float] = []
    rivals: dict[str, list[float]] = {}
    times = max(1, round(row.rounds * min(1.0, scale * 10)))  # a tenth of the operations still has all of its rounds
    for number in range(times):
        rounds.append(_once(row.measure, loop, count))
        if row.raw is not None:
            # In each round, so that a machine which slows down slows both.
            raw.append(_median(_once(row.raw, loop, count)))
            ours = _median(rounds[-1])
            ratios.append(ours / raw[-1] if rates else raw[-1] / ours)
        if number % max(1, times // RIVAL_ROUNDS) == 0:
            for rival, samples in beside.measure(loop, scale, name.strip()).items():
                rivals.setdefault(rival, []).extend(samples)
    medians = [_median(samples) for samples in rounds]
    found = sorted(sample for samples in rounds for sample in samples)
    values = {"p50": _median(found), "p99": quantile(found, 0.01 if rates else 0.99)}
    values["best"] = max(medians) if rates else min(medians)
    if raw:
        values |= {"ceiling": _median(raw), "of ceiling": _median(ratios)}
    labels = {}
    if rivals:
        labels["best rival"], values["rival"] = beside.best(rivals, most=rates)
        values["times rival"] = values["p50"] / values["rival"] if rates else values["rival"] / values["p50"]
    if row.goal is not None:
        values["goal"] = row.goal
    if row.goal_p99 is not None:
        values["goal p99"] = row.goal_p99
    kept = found if len(found) <= _KEPT else []
    others = {rival: round(_median(samples), 3) for rival, samples in rivals.items()}
    return Record("actors", name, loop, row.unit, values, count * times, kept, labels, others)


def _median(samples: list[float]) -> float:
    return quantile(sorted(samples), 0.5)


def _once(measure: Measured, loop: str, count: int) -> list[float]:
    """One round, as in a process of its own: the garbage collector does not walk through what others have left."""
    gc.collect()
    gc.freeze()
    return run_on(loop, functools.partial(measure, count))
