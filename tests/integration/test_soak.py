"""A schedule of the simulation's format is played on real processes; each step of the job is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.soak.__main__ import main
from runtime.sim.schedule import parsed

SCHEDULE = """
0.5 kill tm1 for=0.1
0.7 freeze jm1 for=0.3
0.9 kill-leader leader for=0.2
"""


@pytest.mark.real
def test_a_schedule_is_played_on_real_processes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the file says is done to real processes; the job has its exact result; what was played is written down."""
    file = tmp_path / "schedule.txt"
    file.write_text(SCHEDULE, encoding="utf-8")
    with pytest.raises(SystemExit) as exited:
        main(["--schedule", str(file), "--tasks", "keep", "--steps", "200", "--write-schedules", str(tmp_path)])
    said = capsys.readouterr().out
    assert exited.value.code == 0, said
    assert "1 x freeze, 1 x kill, 1 x kill-leader" in said
    assert parsed((tmp_path / "soak-1.txt").read_text(encoding="utf-8")) == parsed(SCHEDULE)
