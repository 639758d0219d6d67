"""What is taken out of the product is missed: each safeguard by a pinned seed, and by how many seeds in a thousand.

`ABLATION_SEEDS=1000 make test PYTEST_ARGS="tests/simulation/test_ablations.py -s"` plays so many seeds, drawn from 1000
on, without each of the safeguards, and prints how many of them show it, and which is the first. `ABLATION_RERUNS=100`
plays each pinned seed, which fails, so often again: it has one hash.
"""

from __future__ import annotations

import os
import sys

import pytest

from runtime.sim.campaign import found, play
from tests.simulation import lost_elections, lost_watches
from tests.simulation.ablation import Ablation

SEEDS = int(os.environ.get("ABLATION_SEEDS", "0"))
RERUNS = int(os.environ.get("ABLATION_RERUNS", "0"))
FIRST = 1000
ALL = [*lost_watches.ABLATIONS, *lost_elections.ABLATIONS]


@pytest.mark.parametrize("ablation", ALL, ids=lambda ablation: ablation.name)
def test_what_is_taken_out_is_missed(ablation: Ablation) -> None:
    """The pinned seed breaks a rule that speaks of it, and none when the safeguard is back."""
    assert ablation.shows(without := ablation.play(ablation.seed)), without.error
    assert not (outcome := play(found(ablation.scenario), ablation.seed)).error, outcome.error


@pytest.mark.timeout(0 if RERUNS else 60)
@pytest.mark.parametrize("ablation", ALL if RERUNS else ALL[::8], ids=lambda ablation: ablation.name)
def test_a_failing_seed_is_one_trace(ablation: Ablation) -> None:
    """Also after others, which leave other garbage behind."""
    digests = {ablation.play(ablation.seed).digest}
    for number in range(RERUNS or 1):
        if number % 10 == 0:
            play(found(ablation.scenario), number, keeps_events=False)
        digests.add(ablation.play(ablation.seed).digest)
    assert len(digests) == 1


@pytest.mark.skipif(SEEDS == 0, reason="ABLATION_SEEDS says how many")
@pytest.mark.timeout(0)
@pytest.mark.parametrize("ablation", ALL, ids=lambda ablation: ablation.name)
def test_seeds_that_nobody_has_chosen_miss_it(ablation: Ablation, capsys: pytest.CaptureFixture[str]) -> None:
    """The first of them is among the first 200."""
    missed = [seed for seed in range(FIRST, FIRST + SEEDS) if ablation.shows(ablation.play(seed))]
    with capsys.disabled():
        first = missed[0] - FIRST + 1 if missed else "never"
        where = f"{ablation.scenario:10} {ablation.name:64}"
        sys.stdout.write(f"\n{where} {len(missed) * 1000 / SEEDS:6.0f} of 1000, first {first}")
    assert missed
    assert missed[0] < FIRST + 200
