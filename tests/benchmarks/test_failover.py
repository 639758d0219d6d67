"""The failover benchmark: what can be chosen, and what its tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.failover.command import parse
from benchmarks.failover.faults import FAULTS
from benchmarks.failover.plot import draw
from benchmarks.failover.report import goals, step_records, summary
from benchmarks.failover.sample import Sample, steps_of
from benchmarks.failover.variants import BACKENDS, TASKS, Variant
from cluster.config import load


def sample(fault: str = "leader-kill", variant: str = "sqlite, restart", ms: float = 40.0, **more: object) -> Sample:
    return Sample(
        **{
            "fault": fault,
            "variant": variant,
            "steps_ms": {"confirmed_at": ms, "running_at": ms * 3},
            "cause": "process-dead",
            "gap_ms": ms * 2,
            "lives": 4,
            "attempts": 0,
            "false_failovers": 0,
            **more,
        }  # type: ignore[arg-type]
    )


def test_everything_by_default() -> None:
    """All faults in all clusters where they make sense: none of the ensemble's, and no cuts, with sqlite."""
    cells = parse([]).cells
    assert {variant.backend for variant, _ in cells} == set(BACKENDS)
    assert {fault.name for _, fault in cells} == set(FAULTS)
    assert not any(variant.backend == "sqlite" and ("zookeeper" in f.name or f.is_cut) for variant, f in cells)
    assert parse([]).count == 30


def test_a_choice() -> None:
    """Patterns of faults, backends, what tasks do, how many."""
    line = [
        "--fault",
        "leader-[kt]*",
        "--fault",
        "taskmanager-kill",
        "--backend",
        "sqlite",
        "--tasks",
        "keep",
        "-n",
        "3",
    ]
    options = parse(line)
    assert [fault.name for _, fault in options.cells] == ["leader-kill", "leader-term", "taskmanager-kill"]
    assert {variant for variant, _ in options.cells} == {Variant("sqlite", "keep")}
    assert options.count == 3


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("--fault fire", "--fault fire matches nothing; there are leader-kill"),
        ("--fault leader-cut --backend sqlite", "none of these faults"),
        ("-n 0", "-n must be 1 or more"),
    ],
)
def test_what_is_wrong_is_said(line: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and a reason."""
    with pytest.raises(SystemExit) as exited:
        parse(line.split())
    assert exited.value.code == 2
    assert text in capsys.readouterr().err


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("tasks", TASKS)
def test_the_clusters_are_what_they_are_called(backend: str, tasks: str, tmp_path: Path) -> None:
    """Each variant's configuration is read without a complaint or a warning, and means what its name says."""
    file = tmp_path / "flink-conf.yaml"
    file.write_text(Variant(backend, tasks).configuration(str(tmp_path), "127.0.0.1:2181", "x"), encoding="utf-8")
    config, warnings = load(file)
    assert warnings == []
    assert config.takes_over_by_evidence is (backend != "zookeeper-session")
    assert config.recovery.keeps_tasks is (tasks == "keep")
    assert (config.zookeeper is not None) is (backend != "sqlite")


def test_steps_count_from_the_fault() -> None:
    """Milliseconds from the fault; what did not come is left out."""
    assert steps_of({"convicted_at": 10.004, "elected_at": None, "running_at": 10.25}, 10.0) == {
        "convicted_at": 4.0,
        "running_at": 250.0,
    }


def test_tables_and_goals() -> None:
    """A row for each group, with its counts; a goal is met or missed by what was measured."""
    samples = [sample(), sample(ms=60.0, lives=5), sample("zookeeper-kill", "zookeeper, restart", steps_ms={}, lives=0)]
    ledgers = [{"fault": "leader-kill", "variant": "sqlite, restart", "defects": ["stale: ..."]}]
    rows = summary(samples, ledgers)[2:]
    times = "40 / 60 / 60 | 120 / 180 / 180 | 80 / 120 / 120"
    assert rows[0] == f"| leader SIGKILL | sqlite, restart | 2 |  |  | {times} | 4-5 | 0 | 0 | 1 |"
    assert len(rows) == 2
    assert goals(samples)[0].startswith("MISSED: leader SIGKILL, sqlite, restart: first accepted write p99 60.0 ms")
    assert goals(samples)[-1] == "met: ZooKeeper's leader SIGKILL, zookeeper, restart: 0 failovers or restarts, n = 1"
    assert {record.name for record in step_records(samples)} >= {"leader SIGKILL, sqlite, restart: all tasks RUNNING"}
    assert Sample.from_plain(samples[0].to_plain()) == samples[0]


def test_the_plot_is_drawn(tmp_path: Path) -> None:
    """One figure in two formats, also where some clusters lack some faults."""
    samples = [sample(), sample(ms=50.0), sample("zookeeper-kill", "zookeeper, keep", steps_ms={})]
    assert all((tmp_path / name).stat().st_size > 10_000 for name in draw(samples, tmp_path))
