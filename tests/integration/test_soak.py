"""A schedule of the simulation's format is played on a whole cluster; each step of its job is looked at.

It takes a dozen seconds of CPU, so only with `SOAK=1`; that each fault is done as it is asked for is shown on processes
that only sleep, in `tests/benchmarks/test_soak_nemesis.py`.
"""

from __future__ import annotations

import os
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
@pytest.mark.skipif("SOAK" not in os.environ, reason="SOAK=1 plays a schedule on a whole cluster")
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
