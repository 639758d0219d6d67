"""From SIGKILL of a leading candidate to the next one's first accepted write, on an ensemble of our own.

With certain evidence (the end of a stream, then a refused dial) and by the end of the session only. Only the election:
no actors, no jobs. Deliberately not here: whole clusters (`benchmarks.failover`).
"""

from __future__ import annotations

import itertools
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from benchmarks.ensemble import Ensemble
from benchmarks.failover.candidates import CandidateProcess
from benchmarks.records import Record, spread

SESSION_S = 2.0
PATIENCE_S = 30.0


def measure(ensemble: Ensemble, kills: int, *, evidence: bool, seed: int = 1) -> list[Record]:
    """Kill the leader that often."""
    rng = random.Random(seed)
    options = [f"--session={SESSION_S}", *(["--evidence"] if evidence else [])]
    with tempfile.TemporaryDirectory(prefix="deathwatch-bench-") as directory:
        cluster = uuid.uuid4().hex
        names = (f"c{number:04}" for number in itertools.count())

        def start() -> CandidateProcess:
            return CandidateProcess(Path(directory), next(names), ensemble.hosts, cluster, *options)

        running = [start(), start()]
        try:
            samples = list(_kills(running, start, kills, rng))
        finally:
            for one in running:
                one.kill()
    how = "certain evidence" if evidence else f"the end of a session of {SESSION_S:g} s"
    return [spread("election", f"ZooKeeper, leader killed: first accepted write, by {how}", "asyncio", samples)]


def _kills(running: list[CandidateProcess], start: object, kills: int, rng: random.Random) -> Iterator[float]:
    for _ in range(kills):
        leader, standby = _settled(running)
        time.sleep(rng.uniform(0.1, 0.6))  # the phases of probes and pings must not line up with ours
        killed_at = time.monotonic()
        leader.kill()
        yield (_first_write(standby, killed_at) - killed_at) * 1000
        running.remove(leader)
        running.append(start())  # type: ignore[operator]


def _settled(running: list[CandidateProcess]) -> tuple[CandidateProcess, CandidateProcess]:
    """Leader and standby, when the standby has seen the leader and is in the queue."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for one, other in (running, reversed(running)):
            seen = [moment.text for moment in other.moments() if moment.what == "leader"]
            writes = [moment for moment in one.moments() if moment.what == "ok"]
            if seen and seen[-1] == one.name and len(writes) > 20:
                return one, other
        time.sleep(0.02)
    raise TimeoutError("the candidates have not settled")


def _first_write(standby: CandidateProcess, after: float) -> float:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for moment in standby.moments():
            if moment.what == "ok" and moment.at > after:
                return moment.at
        time.sleep(0.02)
    raise TimeoutError("nobody has taken over")


def main(kills: int) -> None:
    """Measure both, and print."""
    with tempfile.TemporaryDirectory(prefix="deathwatch-zookeeper-") as directory:
        ensemble = Ensemble(Path(directory))
        try:
            ensemble.start()
            for evidence in (True, False):
                for record in measure(ensemble, kills, evidence=evidence):
                    print(record)
        finally:
            ensemble.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
