"""The parts of the demo that need no cluster: the text, the view, the kills, the report."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cluster.demo import corpus as texts
from cluster.demo.corpus import Corpus, NoText, choose
from cluster.demo.kills import Kill
from cluster.demo.report import Report
from cluster.demo.screen import Screen
from cluster.demo.stage import Stage
from cluster.demo.view import View


def record(kind: str = "task-manager", **times: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "cause": "process-dead",
        "detail": "refused",
        "convicted_at": None,
        "elected_at": None,
        **times,
    }


# --- the text -------------------------------------------------------------------------------------------------------


def test_the_default_text_is_large_enough() -> None:
    """By default the standard library's sources are counted, at least 20 MB of them."""
    chosen = choose(None)
    assert chosen.size_bytes >= 20_000_000
    assert all(file.suffix == ".py" for file in chosen.files)
    assert not any("site-packages" in file.parts for file in chosen.files)


def test_a_small_library_is_counted_repeatedly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the sources are too few they are taken several times over, each time by the same files."""
    monkeypatch.setattr(texts, "DEFAULT_BYTES", 1)
    once = choose(None)
    monkeypatch.setattr(texts, "DEFAULT_BYTES", once.size_bytes + 1)
    twice = choose(None)
    assert twice.files == once.files * 2
    assert twice.size_bytes == once.size_bytes * 2


def test_files_and_folders(tmp_path: Path) -> None:
    """A file is taken as it is; of a folder all that looks like text."""
    (tmp_path / "a.txt").write_bytes(b"One one\n" * 20_000)
    (tmp_path / "b.md").write_bytes(b"zwei\n")
    (tmp_path / "c.bin").write_bytes(b"three\n")
    chosen = choose(tmp_path)
    assert [file.name for file in chosen.files] == ["a.txt", "b.md"]
    assert chosen.count_plainly() == {"one": 40_000, "zwei": 1}
    assert choose(tmp_path / "a.txt").count_plainly() == {"one": 40_000}
    chosen.write_list(tmp_path / "list")
    assert (tmp_path / "list").read_text(encoding="utf-8").splitlines() == [str(file) for file in chosen.files]


def test_a_file_that_stands_twice_counts_twice(tmp_path: Path) -> None:
    """Repetition is counted by both counts alike."""
    (tmp_path / "a").write_bytes(b"x y x")
    assert Corpus("it", (tmp_path / "a", tmp_path / "a"), 10).count_plainly() == {"x": 4, "y": 2}


def test_no_text(tmp_path: Path) -> None:
    """What cannot be counted is named."""
    with pytest.raises(NoText, match="nowhere: there is no such file"):
        choose(tmp_path / "nowhere")
    (tmp_path / "a.txt").write_bytes(b"x")
    with pytest.raises(NoText, match=r"1 files .* of 1 bytes; at least 100000 are needed"):
        choose(tmp_path)


# --- what is known --------------------------------------------------------------------------------------------------


def job(
    *tasks: tuple[str, dict[str, int] | None], status: str = "RUNNING", checkpoint: int | None = 3
) -> dict[str, Any]:
    return {
        "status": status,
        "checkpoints": {"latest": None if checkpoint is None else {"id": checkpoint}},
        "tasks": [
            {
                "id": f"count[{n}]",
                "state": state,
                "attempt": 1,
                "task_manager": f"tm-{min(n, 1)}#77",
                "progress": progress,
            }
            for n, (state, progress) in enumerate(tasks)
        ],
    }


def test_the_view_of_a_running_job() -> None:
    """Progress is over all tasks, and kept while a restarted task has not spoken yet; checkpoints never go back."""
    view = View()
    assert (view.progress, view.busiest) == (0.0, "")
    view.saw_job(job(*[("RUNNING", {"done_bytes": 10, "total_bytes": 40})] * 3))
    assert view.progress == 0.25
    assert view.is_running
    assert view.busiest == "tm-1"
    view.saw_job(job(("RUNNING", None), ("DEPLOYING", None), ("RUNNING", None), checkpoint=None))
    assert view.progress == 0.25
    assert view.checkpoint == 3
    assert not view.is_running
    view.saw_cluster({"epoch": 2, "task_managers": [{"id": "b"}, {"id": "a"}]}, "jm-1@127.0.0.1:5#ab")
    assert (view.leader, view.epoch, view.task_managers) == ("jm-1", 2, ["a", "b"])


def test_a_kill_finds_its_record() -> None:
    """The record of a kill is the first of its kind that was known after the signal."""
    kill = Kill("task-manager", "tm-1", 5, sent_at=100.0, progress=0.35)
    assert not kill.find([record(convicted_at=99.0, running_at=99.5), record("leader", elected_at=101.0)])
    assert kill.record is None
    assert (kill.noticed_ms, kill.evidence) == (None, "-")
    assert not kill.find([record(convicted_at=100.02)])
    assert kill.noticed_ms == pytest.approx(20.0)
    assert kill.evidence == "process-dead: refused"
    assert kill.find([record(convicted_at=100.02, running_at=100.1)])
    assert kill.after_ms("running_at") == pytest.approx(100.0)


def test_a_leader_may_only_be_found_gone() -> None:
    """Without a verdict the moment of the election counts as noticed."""
    kill = Kill("leader", "jm-1", 5, sent_at=100.0, progress=0.65)
    kill.find([record("leader", elected_at=100.5, confirmed_at=100.6, running_at=101.0)])
    assert kill.to_plain() == {
        "killed": "leader",
        "name": "jm-1",
        "pid": 5,
        "signal": "SIGKILL",
        "sent_at": 100.0,
        "progress": 0.65,
        "noticed_ms": 500.0,
        "evidence": "process-dead: refused",
        "new_leader_ms": 600.0,
        "running_ms": 1000.0,
    }


# --- what is said ---------------------------------------------------------------------------------------------------


def report(counted: dict[str, int], plain: dict[str, int], runs: bool = True) -> Report:
    kills = [Kill("task-manager", "tm-1", 5, 100.0, 0.35), Kill("leader", "jm-1", 6, 105.0, 0.65)]
    for kill in kills:
        at = kill.sent_at + 0.02
        kill.find([record(kill.kind, convicted_at=at, confirmed_at=at, running_at=at + 0.1 if runs else None)])
    return Report(Corpus("it", (Path("a"),), 5), Counter(counted), Counter(plain), kills, 12.5)


def test_the_report_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """The table has each kill with its times and its evidence; then whether the result is exact."""
    report({"a": 2}, {"a": 2}).print(as_data=False)
    text = capsys.readouterr().out
    assert "leading JobManager jm-1, pid 6: SIGKILL" in text
    assert "process-dead: refused" in text
    assert text.count("120 ms") == 2
    assert "exact: a plain count of the same files agrees word for word" in text


def test_the_report_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` has the same for programs."""
    report({"a": 2}, {"a": 2}).print(as_data=True)
    data = json.loads(capsys.readouterr().out)
    assert (data["exact"], data["complete"], data["words"]) == (True, True, 2)
    assert [kill["name"] for kill in data["kills"]] == ["tm-1", "jm-1"]


def test_a_wrong_count_is_not_exact(capsys: pytest.CaptureFixture[str]) -> None:
    """One word too many, too few, or missing is enough, and is named."""
    wrong = report({"a": 2, "b": 1}, {"a": 3, "c": 1})
    assert not wrong.is_exact
    wrong.print(as_data=False)
    assert (
        "NOT EXACT: a: counted 2, really 3; b: counted 1, really 0; c: counted 0, really 1" in capsys.readouterr().out
    )


def test_a_demo_without_its_kills_is_incomplete(capsys: pytest.CaptureFixture[str]) -> None:
    """It proves nothing if the job was through before it could be disturbed."""
    unproven = report({}, {}, runs=False)
    assert not unproven.is_complete
    unproven.print(as_data=False)
    assert "before both kills" in capsys.readouterr().out


def test_lines_without_a_terminal(tmp_path: Path) -> None:
    """Where there is no terminal the state is said once for each tenth."""
    stream = io.StringIO()
    stage = Stage(tmp_path, 1, 1, 1)
    with Screen(Console(file=stream)) as screen:
        view = View()
        for done in range(41):
            view.saw_job(job(("RUNNING", {"done_bytes": done, "total_bytes": 40})))
            screen.show(view, stage)
        screen.event("done")
    lines = stream.getvalue().splitlines()
    assert len(lines) == 12
    assert "50% counted, job RUNNING, checkpoint 3" in lines[5]


def test_bars_on_a_terminal(tmp_path: Path) -> None:
    """On a terminal there are bars, with where each task runs and how its process fares."""
    stream = io.StringIO()
    with Screen(Console(file=stream, force_terminal=True, width=120)) as screen:
        view = View()
        view.saw_job(job(("RUNNING", {"done_bytes": 20, "total_bytes": 40}), ("FAILED", None)))
        screen.show(view, Stage(tmp_path, 1, 1, 1))
    text = stream.getvalue()
    assert "count[0]" in text
    assert "attempt 1" in text
    assert "50% counted" in text
