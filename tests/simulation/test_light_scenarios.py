"""Seeds of faults against DeathWatch alone and against the election alone; and that a seed is a run.

`SIM_SEEDS=1000 make test PYTEST_ARGS="tests/simulation/test_light_scenarios.py -n auto"` makes it 1000 of each;
`SIM_FIRST` is the first. Or `python -m runtime.sim run deathwatch --seeds 1000 --jobs 2`.
"""

from __future__ import annotations

import gc
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cluster.simulation.election import faults as election_faults
from runtime.sim.campaign import found, play
from runtime.sim.deathwatch import faults as deathwatch_faults
from runtime.sim.schedule import parsed, printed

SEEDS = int(os.environ.get("SIM_SEEDS", "20"))
FIRST = int(os.environ.get("SIM_FIRST", "0"))
SCENARIOS = ("deathwatch", "election")


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_seed_of_faults_breaks_no_rule(scenario: str, seed: int) -> None:
    """D1 to D10, and I1 to I10, at each step; and all is well after all was healed."""
    outcome = play(found(scenario), seed)
    assert not outcome.error, f"{printed(outcome.faults)}\n{outcome.error}"


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS // 2))
def test_whoever_does_not_belong_deceives_nobody(seed: int) -> None:
    """D1 to D10, also where somebody else lives at an address, and in forged datagrams, refused dials, lost flows."""
    outcome = play(found("strangers"), seed)
    assert not outcome.error, f"{printed(outcome.faults)}\n{outcome.error}"


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS // 4))
@pytest.mark.parametrize(
    "scenario",
    [
        *(
            "silences",
            "resets",
            "flaps",
            "comings",
            "floods",
            "narrows",
            "inmemory",
            "embedded",
            "impostors",
            "instants",
        ),
        *("partings", "names"),
    ],
)
def test_what_comes_just_at_a_conviction_or_a_reset_breaks_no_rule(scenario: str, seed: int) -> None:
    """Silences end as they would convict; connections break with news on them, flap, are full, or are made in haste."""
    outcome = play(found(scenario), seed)
    assert not outcome.error, f"{printed(outcome.faults)}\n{outcome.error}"


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS // 7))
@pytest.mark.parametrize("scenario", ["handovers", "junctures", "whims", "hitches"])
def test_offices_that_change_hands_break_no_rule(scenario: str, seed: int) -> None:
    """Leaders leave, break, or are said to be dead, in the midst of anything, and others read (I9, I14, I16)."""
    outcome = play(found(scenario), seed)
    assert not outcome.error, f"{printed(outcome.faults)}\n{outcome.error}"


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS // 4))
def test_leaders_that_stand_still_for_a_session_break_no_rule(seed: int) -> None:
    """Whoever stands still for about as long as a session looks at its clock before it acts (I1b)."""
    outcome = play(found("stalls"), seed)
    assert not outcome.error, f"{printed(outcome.faults)}\n{outcome.error}"


@pytest.mark.parametrize(("scenario", "seed"), [("deathwatch", 3), ("election", 3), ("strangers", 1005)])
def test_a_seed_is_one_trace(scenario: str, seed: int) -> None:
    """Fresh processes with other hash seeds, with and without `-O`, run the same callbacks at the same moments."""
    code = f"from runtime.sim.campaign import *; print(play(found({scenario!r}), {seed}, keeps_events=False).digest)"

    def elsewhere(hash_seed: str, *options: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        words = [sys.executable, *options, "-c", code]
        done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
        return done.stdout.strip()

    here = play(found(scenario), seed).digest
    assert here == elsewhere("1") == elsewhere("2", "-O")


@pytest.mark.parametrize("seed", [40089, 40118, 40128])
def test_a_seed_does_not_depend_on_when_garbage_is_collected(seed: int) -> None:
    """What was played before decides when Python collects; nodes that rest are known until somebody has collected."""
    before = gc.get_threshold()
    gc.set_threshold(30, 2, 2)
    try:
        outcome = play(found("deathwatch"), seed, keeps_events=False)
    finally:
        gc.set_threshold(*before)
    assert outcome.digest == play(found("deathwatch"), seed).digest


@pytest.mark.parametrize("faults", [deathwatch_faults, election_faults])
def test_seeds_differ(faults: Any) -> None:
    """Swarm: seeds have different kinds of fault, all kinds occur, and each schedule survives being printed."""
    schedules = [faults.draw(random.Random(seed)) for seed in range(300)]
    kinds = Counter(fault.kind for schedule in schedules for fault in schedule)
    assert kinds.keys() == faults.KINDS.keys()
    assert len({frozenset(fault.kind for fault in schedule) for schedule in schedules}) > 100
    assert all(parsed(printed(schedule)) == schedule for schedule in schedules)


def test_several_processes_play_the_same_campaign() -> None:
    """What `run` says is the same with one job and with two, in the same order: digests, faults, counters."""
    words = [sys.executable, "-m", "runtime.sim", "run", "tests.simulation.faulty:faulty", "--seeds", "12"]

    def said(jobs: str) -> list[str]:
        root = Path(__file__).resolve().parents[2]
        done = subprocess.run([*words, "--jobs", jobs], capture_output=True, text=True, check=False, cwd=root)
        assert done.returncode == 1, done.stderr
        return [line for line in done.stdout.splitlines() if "seeds/s" not in line]

    alone = said("1")
    assert alone == said("2")
    assert [line.partition(":")[0] for line in alone if "FAILED" in line] == [f"seed {seed}" for seed in (3, 7, 11)]
