"""How many messages, questions, births and deaths per second in one process, each beside a raw ceiling."""

from __future__ import annotations

import functools

from benchmarks.actors.ceiling import ceiling
from benchmarks.actors.measures import MEASURES
from benchmarks.loops import run_on
from benchmarks.records import Record

ROUNDS = 5


def run(loop: str, scale: float = 1.0) -> list[Record]:
    """Measure everything on one loop; of several rounds the median counts.

    Args:
        loop: `asyncio` or `uvloop`.
        scale: Share of the usual number of operations.
    """
    rates: dict[str, list[float]] = {}
    counts: dict[str, int] = {}
    for _ in range(ROUNDS):
        # The ceiling is measured in each round, so that a machine which slows down slows both.
        for name, (count, measure) in {"raw ceiling": (300_000, ceiling), **MEASURES}.items():
            counts[name] = max(1, int(count * scale))
            rates.setdefault(name, []).append(run_on(loop, functools.partial(measure, counts[name])))
    medians = {name: sorted(found)[len(found) // 2] for name, found in rates.items()}
    top = next(iter(medians.values()))
    return [
        Record("actors", name, loop, "per s", {"rate": rate, "of ceiling": rate / top}, counts[name] * ROUNDS, found)
        for (name, rate), found in zip(medians.items(), rates.values(), strict=True)
    ]
