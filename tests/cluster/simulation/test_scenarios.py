"""Seeds of faults against the whole cluster, on virtual time; and that a seed is a run, whoever plays it.

`SIMULATION_SEEDS=1000 make test PYTEST_ARGS="tests/cluster/simulation"` makes it 1000; or, in several processes,
`python -m runtime.sim run cluster --seeds 1000 --jobs 2`. One that fails is replayed with what its error says.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter

import pytest

from cluster.simulation.faults import KINDS, Cast, draw
from runtime.sim.campaign import found, play
from runtime.sim.schedule import parsed, printed

SEEDS = int(os.environ.get("SIMULATION_SEEDS", "12"))
FIRST = int(os.environ.get("SIMULATION_FIRST", "0"))
ONE_OF = {
    "cluster": 1,
    "keep": 3,
    "crowd": 6,
    "leaders": 6,
    "slots": 6,
    "late": 4,
    "delays": 6,
    "rot": 12,
    "stores": 12,
    "clients": 4,
    "visitors": 6,
    "restarts": 6,
    "ticks": 6,
    "pairs": 6,
    "cues": 6,
    "endings": 6,
    "retries": 6,
    "lapses": 6,
    "misfits": 6,
    "fleets": 6,
}
"""Of so many seeds one is played."""
PLAYED = [(name, seed) for name, of in ONE_OF.items() for seed in range(FIRST, FIRST + SEEDS) if seed % of == 0]
CAST = Cast(["jm1", "jm2", "jm3"], ["tm1", "tm2"], ["zk1", "zk2", "zk3"])


@pytest.mark.parametrize(("scenario", "seed"), PLAYED)
def test_a_seed_of_faults_breaks_no_rule(scenario: str, seed: int) -> None:
    """I1 to I19: one leader, rising epochs, fenced writes, no lost step, one end of a job; all is well when healed."""
    outcome = play(found(scenario), seed)
    assert not outcome.error, f"{printed(outcome.faults)}\n{outcome.error}"


def digest_elsewhere(scenario: str, seed: int, hash_seed: str) -> str:
    """The trace of a seed, played in a fresh process."""
    code = f"from runtime.sim.campaign import *; print(play(found({scenario!r}), {seed}, keeps_events=False).digest)"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return done.stdout.strip()


@pytest.mark.parametrize("seed", [3, 7, 11][: max(1, SEEDS // 20)])
def test_a_seed_is_one_trace(seed: int) -> None:
    """Fresh processes with other hash seeds run the same callbacks at the same moments, whether events are kept.

    `slots` has three TaskManagers: two of them are recorded by one write.
    """
    first = digest_elsewhere("slots", seed, "1")
    assert first == digest_elsewhere("slots", seed, "2")
    assert first == play(found("slots"), seed).digest


def test_seeds_differ() -> None:
    """Swarm: seeds have different kinds of fault, all kinds occur, and each schedule survives being printed."""
    schedules = [draw(random.Random(seed), CAST) for seed in range(200)]
    kinds = Counter(fault.kind for schedule in schedules for fault in schedule)
    assert kinds.keys() == KINDS.keys()
    assert len({frozenset(fault.kind for fault in schedule) for schedule in schedules}) > 50
    assert all(parsed(printed(schedule)) == schedule for schedule in schedules)
