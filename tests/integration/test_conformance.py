"""Some failures on real processes in network namespaces, and in simulation: the outcomes are the same. Never times."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from benchmarks.detection.cells import Cell
from benchmarks.detection.conformance.compare import reality, usual_cells
from benchmarks.detection.conformance.observation import Observation
from benchmarks.detection.conformance.simulated import simulate
from benchmarks.detection.trials.network import Namespaces, why_not
from benchmarks.detection.trials.peers import ours

FAILURES = ("kill-unread", "cut-out", "half-open")


async def all_real(cells: list[Cell]) -> list[list[Observation]]:
    with Namespaces(2) as network:
        return [await reality(network, ours("asyncio"), cell, 1, 1) for cell in cells]


@pytest.mark.real
@pytest.mark.timeout(120)
def test_outcomes_are_the_same_in_both_worlds() -> None:
    """Who is dead, by which cause, with which certainty: deaths, cuts and forgotten connections, as in simulation."""
    if reason := why_not():
        pytest.skip(f"no network namespaces here: {reason}")
    # Not the fastest settings: a busy machine, that lets nobody run for a moment, would be taken for a death.
    cells = [dataclasses.replace(cell, profile="default") for cell in usual_cells(FAILURES)]
    found = {}
    for cell, real in zip(cells, asyncio.run(all_real(cells)), strict=True):
        simulated = simulate(cell.failure, cell.profile, cell.carriage, 3)
        found[cell.failure] = {one.outcome for one in real}, {one.outcome for one in simulated}
    assert {name: real for name, (real, _) in found.items()} == {name: other for name, (_, other) in found.items()}
