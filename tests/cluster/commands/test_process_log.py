"""The log of a process goes where `log.*` say, and so does that of its slot processes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from cluster.cli import call, main
from cluster.config import load
from cluster.process_log import VARIABLE, set_up_log, set_up_log_of_slot
from runtime.observability import logger


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(VARIABLE, "{}")
    yield
    structlog.reset_defaults()


def log_of(*settings: str, verbose: bool = False) -> None:
    set_up_log(load(overrides=settings)[0].log, verbose=verbose)


def test_json_lines_with_what_is_bound(capsys: pytest.CaptureFixture[str]) -> None:
    """One object a line, with level, time, event and what was bound; levels below the configured one are left out."""
    log_of("log.format=json", "log.level=info")
    logger(job="j1", epoch=3).info("job ended", attempt=2)
    logger().debug("nothing")
    (line,) = capsys.readouterr().err.splitlines()
    known = json.loads(line)
    assert known.pop("timestamp")
    assert known == {"job": "j1", "epoch": 3, "event": "job ended", "attempt": 2, "level": "info"}


def test_text_is_the_default_and_auto_looks_at_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Warnings as text on stderr; `auto` is JSON when stderr is no terminal."""
    log_of()
    logger().info("nothing")
    logger().warning("something", part=1)
    assert "something part=1" in capsys.readouterr().err
    log_of("log.format=auto", verbose=True)
    logger().debug("all")
    assert json.loads(capsys.readouterr().err)["event"] == "all"


def test_a_file_gets_everything_that_names_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file gets JSON, of the process and of its slots, which learn of it by the environment; stderr gets nothing."""
    file = tmp_path / "log"
    log_of(f"log.file={file}")
    logger().warning("first")
    set_up_log_of_slot(verbose=True)
    logger(task="a[0]").info("second")
    assert [json.loads(line)["event"] for line in file.read_text().splitlines()] == ["first", "second"]
    assert capsys.readouterr().err == ""


def test_a_file_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is a mistake in the configuration: exit code 2 and one line."""
    assert call(["list", "-D", f"log.file={tmp_path}/no/such/folder"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("deathwatch: log.file: ")


def test_a_process_may_have_been_started_without_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says is for nobody then, and no reason not to begin: it gets as far as its configuration."""
    monkeypatch.setattr(sys, "stderr", None)
    with pytest.raises(SystemExit) as ended:
        main(["jobmanager", "-D", "high-availability=memory"])
    sys.stderr.close()
    assert ended.value.code == 2
