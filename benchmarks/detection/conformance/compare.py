"""Play each failure in both worlds, and show them side by side. SHELL of the trials; the table is pure.

Deliberately not here: what agreement is (`observation`), and the failures themselves (`simulated`, `trials.failures`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from benchmarks.detection.cells import Cell
from benchmarks.detection.conformance.observation import (
    Comparison,
    Observation,
    median_s,
    observed,
    outcomes,
    signals,
)
from benchmarks.detection.conformance.simulated import BLOWS, simulate
from benchmarks.detection.report.markdown import milliseconds, table
from benchmarks.detection.trials.campaign import Campaign
from benchmarks.detection.trials.failures import FAILURES
from benchmarks.detection.trials.network import Loopback, Namespaces
from benchmarks.detection.trials.peers import Peer

SIMULATED = 40
"""Runs of each failure in simulation, spread over a heartbeat interval."""
ARMS = 8
HIDDEN = ("kill-in-cut", "half-open", "restart-unseen")


def compare(cells: Sequence[Cell], count: int, peer: Peer, seed: int, tell: Callable[[str], None]) -> list[Comparison]:
    """Both worlds, failure by failure.

    Args:
        cells: What to play; failures that the simulation has.
        count: Trials with real processes, of each.
        peer: Our programs.
        seed: Of moments and worlds.
        tell: Is told what is going on.
    """
    real = asyncio.run(_reality_of(cells, count, peer, seed, tell))
    tell("the same in simulation ...")
    played = [simulate(cell.failure, cell.profile, cell.carriage, SIMULATED, seed) for cell in cells]
    return [
        Comparison(str(cell), FAILURES[cell.failure].title, one, other)
        for cell, one, other in zip(cells, real, played, strict=True)
    ]


async def _reality_of(
    cells: Sequence[Cell], count: int, peer: Peer, seed: int, tell: Callable[[str], None]
) -> list[list[Observation]]:
    found = []
    with Namespaces(ARMS) as network:
        for cell in cells:
            tell(f"{cell}: {count} times")
            found.append(await reality(network, peer, cell, count, seed))
    return found


async def reality(network: Namespaces | Loopback, peer: Peer, cell: Cell, count: int, seed: int) -> list[Observation]:
    """What comes of a failure on real processes."""
    return [observed(trial) async for trial in Campaign(network, peer, seed).run(cell, count)]


def usual_cells(failures: Sequence[str]) -> list[Cell]:
    """Failures that the simulation has, each with settings under which it says something.

    By default the fastest: silence of less than half a second. What a cut hides, and evidence shows after the cut,
    needs a detector that waits for so long.
    """
    known = [failure for failure in failures if failure in BLOWS]
    return [Cell(one, "default", "tcp") if one in HIDDEN else Cell(one, "lan", "udp") for one in known]


def side_by_side(comparisons: Sequence[Comparison]) -> str:
    """A table in Markdown, and a line that counts what agrees."""
    rows = [
        [
            one.title,
            one.failure,
            f"{len(one.real)}/{len(one.simulated)}",
            outcomes(one.real),
            outcomes(one.simulated),
            f"{signals(one.real)}, {signals(one.simulated)}",
            milliseconds(median_s(one.real)),
            milliseconds(median_s(one.simulated)),
            f"{one.off_s * 1000:+.1f} of {one.allowed_s * 1000:.0f}",
            "yes" if one.agrees else "NO",
        ]
        for one in comparisons
    ]
    head = ["what happens", "cell", "n real/sim", "real", "simulated", "connection", "p50 real ms", "p50 sim ms"]
    agreeing = sum(one.agrees for one in comparisons)
    lines = table([*head, "off, allowed ms", "agrees"], rows)
    return "\n".join([*lines, f"{agreeing} of {len(comparisons)} agree"])
