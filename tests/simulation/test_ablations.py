"""What is taken out of the product is missed: each safeguard by a pinned seed, and by how many seeds in a thousand.

`ABLATION_SEEDS=200 make test PYTEST_ARGS="-p no:randomly tests/simulation/test_ablations.py -k nobody_has_chosen"`
plays so many seeds, from 1000 on, without each of the safeguards, and prints the rows of the table in decision 31: how
many show it, and which is the first. `ABLATION_ENOUGH=3` ends each when so many have.
`tests/cluster/simulation/test_ablations.py` takes both, too. `ABLATION_RERUNS=100` plays each pinned seed, which fails,
so often again: it has one hash.
"""

from __future__ import annotations

import os

import pytest

from runtime.sim.campaign import found, play
from tests.simulation import lost_connections, lost_elections, lost_families, lost_latches, lost_leases, lost_watches
from tests.simulation.ablation import SEEDS, Ablation, whole, written_if_missed

RERUNS = int(os.environ.get("ABLATION_RERUNS", "0"))
LISTS = (lost_watches, lost_connections, lost_elections, lost_latches, lost_leases, lost_families)
ALL = [ablation for each in LISTS for ablation in each.ABLATIONS]


@pytest.mark.parametrize("ablation", ALL, ids=lambda ablation: ablation.name)
def test_what_is_taken_out_is_missed(ablation: Ablation) -> None:
    """The pinned seed breaks a rule that speaks of it, and none when the safeguard is back."""
    for scenario, seed in ablation.pins:
        assert ablation.shows(without := ablation.play(seed, scenario)), without.error
        assert not whole(scenario, seed, ablation.faults)


@pytest.mark.timeout(0 if RERUNS else 60)
@pytest.mark.parametrize("ablation", ALL if RERUNS else ALL[::16], ids=lambda ablation: ablation.name)
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
    written_if_missed(ablation, capsys)
