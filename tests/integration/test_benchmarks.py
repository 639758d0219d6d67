"""The benchmarks run; what they measure is not a test's business."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest

import benchmarks.actors
import benchmarks.remote
from benchmarks.actors.table import ROWS
from benchmarks.detection.child import child_deaths
from benchmarks.loops import LOOPS, run_on
from benchmarks.records import quantile, spread, write

pytestmark = pytest.mark.real


@pytest.mark.parametrize("loop", LOOPS)
def test_every_actor_benchmark_gives_a_value(loop: str, tmp_path: Path) -> None:
    """On both loops each row is measured beside its goal and ceiling; the results file is JSON lines."""
    records = benchmarks.actors.run(loop, scale=0.001)
    assert [record.name for record in records] == list(ROWS)
    assert all(record.values["p50"] > 0 for record in records)
    assert all(("ceiling" in record.values) is (ROWS[record.name].raw is not None) for record in records)
    lines = [json.loads(line) for line in write(records, tmp_path / "results.jsonl").read_text().splitlines()]
    assert "environment" in lines[0]
    assert [line["name"] for line in lines[1:]] == [record.name for record in records]


def test_every_benchmark_of_two_processes_gives_a_value() -> None:
    """Each row beside its ceiling, control round trips in floods and as a raw echo, watches by the dozen and deaths."""
    records = benchmarks.remote.run("uvloop", scale=0.003)
    assert [record.name for record in records[: len(benchmarks.remote.ROWS)]] == list(benchmarks.remote.ROWS)
    assert all(record.values["p50"] >= 0 for record in records)
    assert len(records) == len(benchmarks.remote.ROWS) + 4 + 5


def test_the_death_of_a_child_is_measured() -> None:
    """Each kill has its moments in order, and says by which evidence it was known."""
    (kill,) = run_on("asyncio", functools.partial(child_deaths, 1))
    assert kill.cause == "process-dead"
    assert kill.teardown_ms > 0
    assert kill.detection_ms > 0


def test_quantiles_are_samples() -> None:
    """p50 of 1 to 100 is 50 and p99 is 99: the smallest sample that so many do not exceed."""
    samples = [float(number) for number in range(1, 101)]
    assert quantile(samples, 0.5) == 50.0
    assert quantile(samples, 0.99) == 99.0
    assert quantile([7.0], 0.99) == 7.0
    assert spread("x", "x", "x", [3.0, 1.0, 2.0]).values == {"p50": 2.0, "p99": 3.0, "max": 3.0}
