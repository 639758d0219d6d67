"""What `start-cluster` and `stop-cluster` start and end here, and what they say of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster.cli import call
from cluster.commands.hosts import read_hosts
from cluster.commands.standalone import start_cluster, stop_cluster
from cluster.config import ConfigError
from tests.cluster.commands.files import written


def test_masters_and_workers(tmp_path: Path) -> None:
    """A line is a machine, with a web port if it names one; comments are left out, and all bad lines told at once."""
    masters = tmp_path / "masters"
    assert [host.is_here for host in read_hosts(masters)] == [True]
    masters.write_text("localhost:8081\n# comment\n\n127.0.0.1 # another\n[::1]:8082\nfar.example:8083\n")
    known = [(host.line, host.name, host.web_port, host.is_here) for host in read_hosts(masters)]
    assert known == [
        (1, "localhost", 8081, True),
        (4, "127.0.0.1", None, True),
        (5, "[::1]", 8082, True),
        (6, "far.example", 8083, False),
    ]
    masters.write_text("localhost\na b\nc:d\nlocalhost:99999\n")
    with pytest.raises(ConfigError) as complaint:
        read_hosts(masters)
    assert [line.partition(": ")[0].rpartition(":")[2] for line in complaint.value.complaints] == ["2", "3", "4"]


def test_a_file_that_is_no_text_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`masters` in another encoding is a complaint; a pid file that was torn names no process, and goes with a word."""
    masters, pid = tmp_path / "masters", tmp_path / "jobmanager-1.pid"
    masters.write_bytes(b"\xef\xbb\xbflocalhost\n")
    assert [host.name for host in read_hosts(masters)] == ["localhost"]
    masters.write_bytes(b"caf\xe9\n")
    with pytest.raises(ConfigError, match=f"{masters} cannot be read"):
        read_hosts(masters)
    pid.write_bytes(b"\xff")
    assert stop_cluster(tmp_path) == 0
    assert not pid.exists()
    assert f"{pid} names no process; if its jobmanager lives, it has to be ended by hand\n" in capsys.readouterr().err


def test_other_machines_are_left_to_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Start-cluster starts what is local, each JobManager with its own web port, and names what to run elsewhere."""
    started: list[list[str]] = []
    monkeypatch.setattr("cluster.commands.standalone._start", lambda command, place: started.append(command) or 1)
    monkeypatch.setattr("cluster.commands.standalone._ended_early", lambda logs: False)
    (tmp_path / "masters").write_text("localhost:8081\nlocalhost\nfar.example:8083\n")
    (tmp_path / "workers").write_text("far.example\nlocalhost\n")
    common = ["--config", str(tmp_path)]
    assert start_cluster(tmp_path, tmp_path / "run", election=True) == 0
    assert started == [
        ["jobmanager", *common, "-D", "rest.port=8081"],
        ["jobmanager", *common, "-D", "rest.port=0"],
        ["taskmanager", *common],
    ]
    told = [line for line in capsys.readouterr().err.splitlines() if "another machine" in line]
    assert [line.partition("run: ")[2] for line in told] == [
        f"deathwatch jobmanager --config {tmp_path} -D rest.port=8083",
        f"deathwatch taskmanager --config {tmp_path}",
    ]
    started.clear()
    assert start_cluster(tmp_path, tmp_path / "run", election=False) == 0
    assert [command[0] for command in started] == ["jobmanager", "taskmanager"]


@pytest.mark.real
def test_what_ends_at_its_start_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Start-cluster does not say that all is well when a process has ended before it was up: 1, with its last word."""
    (tmp_path / "file").write_text("")
    place = f"high-availability.storageDir: {tmp_path}/file/store\n"
    written(tmp_path, f"high-availability: sqlite\n{place}rest.port: -1\n", "flink-conf.yaml")
    (tmp_path / "workers").write_text("far.example\n")
    assert call(["start-cluster", "--config-dir", str(tmp_path)]) == 1
    (told,) = [line for line in capsys.readouterr().err.splitlines() if "jobmanager-1 has ended: " in line]
    assert "high-availability.storageDir" in told
    assert call(["stop-cluster", "--config-dir", str(tmp_path)]) == 0


@pytest.mark.parametrize("command", ["start-cluster", "stop-cluster"])
def test_the_directory_of_the_environment_counts(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both heed DEATHWATCH_CONF_DIR, and an option goes before it; what is no directory is exit code 2."""
    conf = tmp_path / "conf"
    conf.mkdir()
    written(conf, "high-availability: none\n", "flink-conf.yaml")
    (conf / "masters").write_text("far.example\n")
    (conf / "workers").write_text("far.example\n")
    monkeypatch.setenv("DEATHWATCH_CONF_DIR", str(conf))
    expected = {"start-cluster": (0, "far.example"), "stop-cluster": (1, str(conf / "run"))}[command]
    code = call([command])
    assert (code, expected[1] in capsys.readouterr().err) == (expected[0], True)
    monkeypatch.setenv("DEATHWATCH_CONF_DIR", str(tmp_path / "nowhere"))
    assert call([command]) == 2
    assert "nowhere" in capsys.readouterr().err
    assert call([command, "--config-dir", str(conf)]) == expected[0]


def test_stopping_what_was_never_started(tmp_path: Path) -> None:
    """Nothing is known, and nothing is signalled."""
    assert stop_cluster(tmp_path) == 1
    (tmp_path / "taskmanager-1.pid").write_text("another-boot 1 1 1")
    assert stop_cluster(tmp_path) == 0
    assert list(tmp_path.iterdir()) == []
