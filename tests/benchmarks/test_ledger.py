"""The ledger of a counting job: what is lost, stale or late is named, what is allowed is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.ledger import Line, judge, lives_since, longest_silence_s, parse, read


def lines(text: str) -> str:
    """`a0` is step 0 of life a (process 1), `b>2` the beginning of life b (process 2) with 2, `a.` its end."""
    out = []
    for second, word in enumerate(text.split(), start=1):
        life = f"{'abc'.index(word[0]) + 1}-{word[0]}"
        what = "end" if word[1:] == "." else word[1:].replace(">", "begin-")
        out.append(f"{life} {what} {second * 1_000_000_000}\n")
    return "".join(out)


def test_a_job_that_was_restarted() -> None:
    """Steps since the checkpoint are done again, and that is no defect."""
    verdict = judge({0: parse(lines("a>0 a0 a1 a2 b>1 b1 b2 b3 b."))}, limit=4, result_at=20.0)
    assert verdict.defects == []
    assert (verdict.steps, verdict.lives, verdict.repeated) == (4, 2, 2)


@pytest.mark.parametrize(
    ("text", "defect"),
    [
        ("a>0 a0 b>2 b2", "lost: task 0, 2-b began with 2, only 1 were done"),
        ("a>0 a0 a2", "lost: task 0, 1-a did 2 after 0"),
        ("a>0 a0 b>0 a1 b0", "stale: task 0, 1 of 1-a after 2-b had begun"),
        ("a>0 a0 b>0 a.", "stale: task 0, end of 1-a after 2-b had begun"),
    ],
)
def test_defects(text: str, defect: str) -> None:
    """Each kind is found, and says which task and which life."""
    assert judge({0: parse(lines(text))}).defects == [defect]


def test_what_comes_after_the_result() -> None:
    """A step after the result was known is late, and steps that were never done are missed."""
    ledger = {0: parse(lines("a>0 a0 a1 a. b>1 b1"))}
    assert len(judge(ledger, limit=2, result_at=4.5).defects) == 2
    assert judge(ledger, limit=2, result_at=9.0).defects == []
    assert judge(ledger, limit=3, result_at=9.0).defects == [
        "lost: task 0 has a result, but 1 of its 3 steps were not done"
    ]


def test_a_slot_that_was_thawed() -> None:
    """It may step in the instant before its lease ends it, and only then, and only that process."""
    ledger = {0: parse(lines("a>0 a0 b>0 a1 b0"))}
    assert judge(ledger, thaws={1: [3.9]}).thawed == 1
    assert judge(ledger, thaws={1: [3.9]}).defects == []
    for thaws in ({1: [3.0]}, {1: [4.1]}, {2: [3.9]}):
        assert len(judge(ledger, thaws=thaws).defects) == 1


def test_silences() -> None:
    """The silence over a fault is counted whole, one that was over before is not."""
    words = [("1-a", "begin-0", 0.0), ("1-a", "0", 1.0), ("1-a", "1", 4.0), ("1-a", "2", 4.5)]
    words += [("2-b", "begin-2", 6.0), ("2-b", "2", 6.5)]
    one = [Line(*word) for word in words]
    assert longest_silence_s(one, since=4.6, until=7.0) == 2.0
    assert longest_silence_s(one, since=2.0, until=7.0) == 3.0
    assert longest_silence_s(one, since=7.0, until=8.0) is None
    assert lives_since({0: one}, 5.0) == 1


def test_a_ledger_that_is_being_written(tmp_path: Path) -> None:
    """The last line may be half there; of a long file only the newest lines are read."""
    (tmp_path / "0").write_text("1-a begin-0 1\n1-a 0 2\n1-a 1", encoding="ascii")
    assert [line.what for line in read(tmp_path)[0]] == ["begin-0", "0"]
    assert [line.what for line in read(tmp_path, newest_bytes=14)[0]] == ["0"]
    assert read(tmp_path, newest_bytes=1000) == read(tmp_path)
