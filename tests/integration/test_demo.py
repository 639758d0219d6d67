"""The demo with real processes, on a small text."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path

import pytest
import structlog

from cluster.demo import run
from cluster.demo.run import run_demo
from runtime.observability import configure_logging
from tests.integration.processes import descendants, is_alive

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """A small text of real words."""
    source = (ROOT / "examples" / "word_count.py").read_text(encoding="utf-8")
    file = tmp_path / "text.txt"
    file.write_text(source * (400_000 // len(source)), encoding="utf-8")
    return file


async def until_dead(pids: set[int]) -> None:
    async with asyncio.timeout(10.0):
        while any(map(is_alive, pids)):  # noqa: ASYNC110 - other processes set no event here
            await asyncio.sleep(0.01)


async def test_two_kills_and_an_exact_result(
    text: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The job survives the SIGKILL of a TaskManager and of the leader, and the result is exact."""
    monkeypatch.setattr(run, "JOB_S", 4.0)
    before = descendants(os.getpid())
    configure_logging()
    try:
        code = await run_demo(text, as_data=True)
    finally:
        structlog.reset_defaults()
    said = capsys.readouterr()
    assert code == 0, said.out + said.err
    data = json.loads(said.out)
    assert data["exact"]
    assert [kill["killed"] for kill in data["kills"]] == ["task-manager", "leader"]
    assert all(kill["evidence"] != "-" and kill["running_ms"] > 0 for kill in data["kills"])
    await until_dead(descendants(os.getpid()) - before)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_an_interrupted_demo_leaves_no_process(text: Path, number: int, code: int) -> None:
    """Ctrl-C in the middle, or SIGTERM, ends all processes of the demo, those of the slots too."""
    demo = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cluster", "demo", "--input", str(text)),
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert demo.stderr is not None
        while b"job RUNNING" not in (line := await demo.stderr.readline()):
            assert line, "the demo has ended"
        pids = descendants(demo.pid)
        assert len(pids) > 5
        demo.send_signal(number)
        _, rest = await demo.communicate()
        assert demo.returncode == code, rest
        assert b"Traceback" not in rest
        await until_dead(pids)
    finally:
        with contextlib.suppress(ProcessLookupError):
            demo.kill()


async def test_a_text_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong `--input` is a usage error in one line."""
    assert await run_demo(Path("/no/such/text"), as_data=False) == 2
    assert "/no/such/text: there is no such file or folder" in capsys.readouterr().err
