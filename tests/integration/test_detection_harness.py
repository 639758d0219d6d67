"""The detection harness runs with real processes; what it measures is not a test's business."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from benchmarks.detection.__main__ import main
from benchmarks.detection.cells import SUBJECTS, Cell
from benchmarks.detection.results import read
from benchmarks.detection.trials.campaign import Campaign
from benchmarks.detection.trials.conversation import Unsupported
from benchmarks.detection.trials.network import PREFIX, Loopback, clean, why_not
from benchmarks.detection.trials.peers import ours

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]
CALM = "default"
"""Settings under which a busy machine, that lets nobody run for a moment, is not taken for a death."""


@pytest.fixture(autouse=True)
def no_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `tests/benchmarks/test_validation.py` shows need not be shown again."""
    monkeypatch.setattr("benchmarks.detection.session.checks", lambda thorough: [])


def test_deaths_are_measured(tmp_path) -> None:
    """A SIGKILL, a stop and a failing actor are noticed, each with its cause; every trial is a line of JSON."""
    line = f"trials --failure sigkill --failure stop --failure raise -n 2 --carriage tcp --profile {CALM}"

    assert main([*line.split(), "--output", str(tmp_path)]) == 0

    trials = read(tmp_path / "results.jsonl").trials
    assert [trial.cause for trial in trials] == ["stopped"] * 2 + ["process-dead"] * 2 + ["failed"] * 2
    assert all(trial.terminated_s is not None and trial.terminated_s > 0 for trial in trials)
    assert all(trial.exit_s and trial.signal_s for trial in trials if trial.cell.failure == "sigkill")
    assert not any(trial.is_false or trial.extra for trial in trials)
    environment = json.loads((tmp_path / "results.jsonl").read_text().splitlines()[0])
    assert {"kernel", "python", "cores", "load_1min", "commit", "sysctl", "network"} <= environment.keys()
    assert "| SIGKILL |" in (tmp_path / "report.md").read_text()


async def test_a_bare_subject_is_killed_beside_a_full_one() -> None:
    """Both are noticed by the same evidence; the bare one has less memory. What it cannot do is no trial."""
    with Loopback(1) as network:
        campaign = Campaign(network, ours())
        cells = [Cell("sigkill", carriage="udp", profile=CALM, subject=subject) for subject in SUBJECTS]
        full, bare = [trial for cell in cells for trial in [one async for one in campaign.run(cell, 1)]]
        with pytest.raises(Unsupported, match="raise: the bare subject can only be ended from outside"):
            await anext(campaign.run(Cell("raise", subject="bare"), 1))

    assert (full.cause, bare.cause) == ("process-dead", "process-dead")
    assert all("Connection refused" in trial.detail and trial.signal for trial in (full, bare))
    assert 0 < bare.rss_kib < full.rss_kib


def test_a_cut_is_measured_where_namespaces_can_be_made(tmp_path) -> None:
    """A link that is cut is noticed by silence; nothing of the namespaces is left. Elsewhere the cell is skipped."""
    line = f"trials --failure cut --carriage tcp -n 2 --output {tmp_path}"

    assert main(line.split()) == 0

    found = read(tmp_path / "results.jsonl")
    if why_not() is None:
        assert [trial.cause for trial in found.trials] == ["unreachable"] * 2
        assert clean() == []
        listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
        assert f"{PREFIX}{os.getpid()}-" not in listed
    else:
        assert "needs network namespaces" in found.skipped[0]


def test_another_system_is_measured_by_the_same_lines(tmp_path) -> None:
    """The example of a plugged-in system is killed and noticed; what it cannot do is skipped."""
    peer = f"raw={sys.executable} -m benchmarks.detection.programs.raw"
    line = [
        "trials",
        "--peer",
        peer,
        "--failure",
        "sigkill",
        "--failure",
        "raise",
        "-n",
        "2",
        "--loopback",
        "--profile",
        CALM,
    ]

    assert main([*line, "--output", str(tmp_path)]) == 0

    found = read(tmp_path / "results.jsonl")
    assert [(trial.cell.peer, trial.cause) for trial in found.trials] == [("raw", "connection closed")] * 2
    assert any("a plain socket has no such thing" in text for text in found.skipped)
    assert any("no heartbeats by datagrams" in text for text in found.skipped)
