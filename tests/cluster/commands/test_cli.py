"""The command line: what it prints where, and with which exit code it ends. In this process, without a cluster."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cluster.cli import call
from cluster.commands.output import as_json, columns, election_rows, job_details, timeline_rows
from tests.cluster.commands.files import written
from tests.cluster.commands.jobs import COUNTER, FAILING


@pytest.fixture
def no_leader(tmp_path: Path) -> list[str]:
    """Options of a cluster that nobody leads."""
    storage = f"high-availability.storageDir={tmp_path}/store"
    return ["-D", "high-availability=sqlite", "-D", storage, "-D", "client.timeout=50 ms"]


def test_local_prints_json_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Data on stdout, talk on stderr."""
    assert call(["local", written(tmp_path, COUNTER), "limit=3", "--jobmanagers", "2"]) == 0
    assert json.loads(capsys.readouterr().out) == {"count[0]": 3, "count[1]": 3}


def test_a_failing_job_is_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1 is "failed", with the reason."""
    assert call(["local", written(tmp_path, FAILING)]) == 1
    assert "nothing to count" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["run"],
        ["list", "--nonsense"],
        ["local", "{job}", "no-equals-sign"],
        ["list", "-D", "no-equals-sign"],
        ["list", "-Dheartbeat.timeout=soon"],
        ["list", "--config", "{folder}/missing.yaml"],
        ["jobmanager", "-D", "high-availability=sqlite"],
        ["jobmanager", "-D", "high-availability=memory"],
        ["taskmanager", "-D", "high-availability=memory"],
        ["config", "check", "{folder}/missing.yaml"],
    ],
)
def test_usage_and_configuration_are_exit_code_2(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """2 is "usage or configuration", said on stderr, with nothing on stdout."""
    job = written(tmp_path, COUNTER)
    assert call([one.format(job=job, folder=tmp_path) for one in arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err


def test_a_bad_value_is_one_line_that_says_it_all(capsys: pytest.CaptureFixture[str]) -> None:
    """The line names the key, the value and what is accepted."""
    assert call(["list", "-Dtaskmanager.numberOfTaskSlots=lots"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert all(part in line for part in ("taskmanager.numberOfTaskSlots", "'lots'", "a whole number, 1 to 100000"))


def test_an_unknown_key_is_a_warning(capsys: pytest.CaptureFixture[str], no_leader: list[str]) -> None:
    """It does not stop the command; the warning names the nearest key."""
    assert call(["list", "-D", "taskmanager.numberOfTaskSlot=2", *no_leader]) == 3
    assert "taskmanager.numberOfTaskSlots" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["list"], ["status", "x"], ["cancel", "x"], ["ha"], ["run", "{job}"]])
def test_no_leader_is_exit_code_3(
    command: list[str], no_leader: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """3 is "not found or no leader"."""
    job = written(tmp_path, COUNTER)
    assert call([*(one.format(job=job) for one in command), *no_leader]) == 3
    assert "nobody has led" in capsys.readouterr().err


def test_who_waits_for_a_leader_is_told_so(
    no_leader: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing on stdout, a line on stderr while it waits, and another with exit code 3 after the limit."""
    monkeypatch.setattr("cluster.client.PATIENCE_S", 0.01)
    assert call(["list", *no_leader]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [
        "deathwatch: no leader yet, waiting for up to 0.05 s",
        "deathwatch: nobody has led the cluster for 0.05 s",
    ]


def test_who_waits_for_a_leader_over_http_is_told_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with `--rest`, and why."""
    monkeypatch.setattr("cluster.rest.client.PATIENCE_S", 0.0)
    assert call(["list", "--rest", "http://127.0.0.1:1", "-D", "client.timeout=200 ms"]) == 3
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("deathwatch: no leader yet, waiting for up to 0.2 s: http://127.0.0.1:1 does not answer")
    assert second.startswith("deathwatch: http://127.0.0.1:1 does not answer")


@pytest.mark.parametrize("url", ["ftp://host", "http://", "http://[::1", "http://host:99999", "http://host:x"])
def test_a_url_that_is_none_is_said_at_once(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody can answer there, so nobody is waited for."""
    assert call(["list", "--rest", url]) == 2
    assert "is not accepted; a URL such as http://127.0.0.1:8081 is" in capsys.readouterr().err


def test_a_job_file_that_is_not_there(no_leader: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A missing file is said before any leader is looked for."""
    assert call(["run", "missing.py", *no_leader]) == 1
    assert "missing.py" in capsys.readouterr().err


@pytest.mark.parametrize("role", ["jobmanager", "taskmanager"])
def test_a_storage_directory_that_cannot_be_written(
    role: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line that names the key, the directory and the reason; exit code 2."""
    (tmp_path / "file").write_text("")
    storage = f"{tmp_path}/file/store"
    assert call([role, "-D", "high-availability=sqlite", "-D", f"high-availability.storageDir={storage}"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert all(part in line for part in ("high-availability.storageDir", storage, "Not a directory"))


@pytest.mark.parametrize("role", ["jobmanager", "taskmanager"])
def test_a_port_in_use(role: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line that names the address; exit code 1."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        storage = f"high-availability.storageDir={tmp_path}"
        where = {"jobmanager": "jobmanager.rpc.port", "taskmanager": "taskmanager.rpc.port"}[role]
        assert call([role, "-D", storage, "-D", f"{where}={port}"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"127.0.0.1:{port}" in line
    assert "in use" in line.lower()


def test_an_election_file_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in the election's place is one line; exit code 1."""
    written(tmp_path, "certainly not a database" * 100, "election.db")
    options = ["-D", "high-availability=sqlite", "-D", f"high-availability.storageDir={tmp_path}"]
    assert call(["list", *options, "-D", f"high-availability.sqlite.path={tmp_path}/election.db"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "election.db" in line


def test_config_check_says_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All complaints and warnings about a file in one go; a usable one is said so."""
    bad = written(tmp_path, "high-availability: maybe\nheartbeat.timeout: soon\nnonsense: 1\n", "flink-conf.yaml")
    assert call(["config", "check", bad]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 3
    assert call(["config", "check", bad, "--json"]) == 2
    known = json.loads(capsys.readouterr().out)
    assert (len(known["complaints"]), len(known["warnings"])) == (2, 1)
    assert call(["config", "check", written(tmp_path, "high-availability: none\n", "good.yaml")]) == 0
    assert "usable" in capsys.readouterr().out


def test_the_keys_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each key with its default and what it accepts; a word chooses some, JSON has their meanings too."""
    assert call(["config", "keys"]) == 0
    assert "rest.bind-address" in capsys.readouterr().out
    assert call(["config", "keys", "fixed-delay.delay", "--json"]) == 0
    known = {row["key"]: row for row in json.loads(capsys.readouterr().out)}
    assert known["restart-strategy.fixed-delay.delay"]["default"] == "1 s"
    assert known["restart-strategy.fixed-delay.delay"]["accepted"] == "a duration"


def test_help_is_light() -> None:
    """The command line can be looked at without importing a cluster, a loop or a codec of results."""
    code = (
        "import sys; from cluster.cli import call; call(['--help']);"
        "heavy = {'asyncio', 'cluster.leader.dispatcher', 'runtime.system', 'fsspec', 'uvloop'} & set(sys.modules);"
        "sys.stderr.write(' '.join(sorted(heavy)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "start-cluster" in out.stdout
    assert set(out.stderr.split()) <= {"asyncio"}


def test_values_of_all_kinds_become_json() -> None:
    """What MessagePack carries and JSON does not is written so that it can be read."""
    assert json.loads(as_json({1: b"\x00\xff", "a": (1, None, True, 1.5)})) == {"1": "AP8=", "a": [1, None, True, 1.5]}


def test_columns_line_up() -> None:
    """Each column is as wide as its widest cell, without blanks at the end of a line."""
    assert columns([["A", "B"], ["long", "x"]]) == "A     B\nlong  x"
    assert columns([]) == ""


def test_a_job_is_shown_with_what_it_waits_for() -> None:
    """People see a job's tasks, what is missing, why it failed before, and its checkpoints."""
    job = {
        "id": "17",
        "name": "words",
        "status": "RUNNING",
        "restarts": 1,
        "start_time": 5.0,
        "waiting_for": ["a[0]"],
        "tasks": [{"id": "a[0]", "state": "SCHEDULED", "attempt": 2, "task_manager": "", "progress": {"at": 7}}],
        "exceptions": {"entries": [{"timestamp": 9.0, "tasks": ["a[0]"], "reason": "its TaskManager died"}]},
        "checkpoints": {"interval_s": 1.0, "completed": 3, "failed": 0},
    }
    text = job_details(job)
    assert "waits for 1 free slot, for a[0]" in text
    assert "a[0]: its TaskManager died" in text
    assert "3 completed" in text
    assert '{"at": 7}' in text
    assert "left out" not in text
    assert "left out: progress, names" in job_details({**job, "left_out": ["progress", "names"]})
    assert "for a[0]; nobody but you" in job_details(job, {"provider_starts": False, "provider_trouble": ""})
    assert "for a[0]; it is full" in job_details(job, {"provider_starts": True, "provider_trouble": "it is full"})


def test_the_timeline_counts_from_the_verdict() -> None:
    """People see by which evidence a death was known, and how long after it what happened."""
    failover = {
        "kind": "leader",
        "subject": "jm-1",
        "cause": "process-dead",
        "detail": "refused",
        "convicted_at": 100.0,
        "elected_at": 100.005,
        "confirmed_at": 100.02,
        "running_at": None,
    }
    text = timeline_rows([failover])
    assert all(part in text for part in ("leader jm-1", "process-dead refused", "+5 ms", "+20 ms"))
    assert "no failovers" in election_rows({"leader": None}, {})


def test_what_is_wrong_with_the_cluster_is_shown() -> None:
    """`deathwatch ha` names suspects, missing slots, and why nobody comes."""
    member = {"id": "tm", "pid": 7, "slots": 2, "free_slots": 1, "suspected": True}
    cluster = {"task_managers": [member], "slots_missing": 3, "provider_starts": True, "provider_trouble": "it is full"}
    text = election_rows({"leader": None}, cluster)
    assert "1 of 2 slots used, suspected to be dead" in text
    assert "3 are missing; it is full" in text
    assert "it is full" in election_rows({"leader": None}, {**cluster, "slots_missing": 0})
