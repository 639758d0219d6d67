"""Whatever code a scenario has, and whatever is asked for: one line says what was wrong, and nothing played is lost."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.sim.__main__ import main
from runtime.sim.interruptions import postponed

ODD = "tests.runtime.sim.odd"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Leaves", "SystemExit: 0"),
        ("LeavesElsewhere", "SystemExit: 0"),
        ("Cancelled", "asyncio.exceptions.CancelledError"),
        ("Grouped", "ValueError: the real reason (and 1 more)"),
    ],
)
def test_whatever_a_seed_raises_it_has_failed(
    name: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also what would end a program without a word; the seeds after it are played, and the line says the reason."""
    assert main(["run", f"{ODD}:{name}", "--seeds", "3", "--html", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert f"\n{reason}\nreplay: " in said
    assert "\n3 seeds, 1 failed; " in said
    (page,) = tmp_path.glob("*.html")
    assert f'<p class="bad">{reason}</p>' in page.read_text(encoding="utf-8")


def test_a_process_that_ends_is_the_failure_of_its_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody waits for it, the other seeds are played, and it is not played again to make it smaller."""
    assert main(["run", f"{ODD}:Dies", "--seeds", "5", "--jobs", "2", "--html", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "seed 1: FAILED, trace unknown\nthe process that played this seed has ended, with exit code 3\n" in said
    assert "\n5 seeds, 1 failed; " in said


def test_after_an_interruption_what_was_played_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The line, and the files that were asked for; the exit code is 130."""
    file = tmp_path / "traces.txt"
    assert main(["run", f"{ODD}:Interrupted", "--seeds", "3", "--traces", str(file)]) == 130
    assert capsys.readouterr().out.startswith("interrupted; 1 seeds were played, 0 failed\n")
    assert len(file.read_text(encoding="utf-8").splitlines()) == 1
    assert main(["replay", f"{ODD}:Interrupted", "1"]) == 130


@pytest.fixture
def audible() -> Iterator[None]:
    """Ctrl-C is heard, also where the tests were started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("audible")
def test_an_interruption_is_heard_whatever_the_seed_makes_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The seed that was played then is no failure, and the campaign does not go on; nor does a closer look."""
    assert main(["run", f"{ODD}:Deaf", "--seeds", "3", "--html", str(tmp_path)]) == 130
    assert capsys.readouterr().out.startswith("interrupted; 1 seeds were played, 0 failed\n")
    for command in ("replay", "shrink"):
        assert main([command, f"{ODD}:Deaf", "1"]) == 130
        assert capsys.readouterr() == ("", "interrupted\n")
    assert main(["replay", f"{ODD}:Odd", "1"]) == 0


@pytest.mark.usefixtures("audible")
def test_a_failure_is_told_though_somebody_has_no_patience(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C while a seed is made smaller: that it has failed is counted, told and kept."""
    file = tmp_path / "traces.txt"
    words = ["run", f"{ODD}:Impatient", "--seeds", "3", "--html", str(tmp_path), "--traces", str(file)]
    assert main(words) == 130
    said = capsys.readouterr().out
    assert ": R1: a rule; python -m runtime.sim replay tests.runtime.sim.odd:Impatient 1\n" in said
    assert "\ninterrupted; 2 seeds were played, 1 failed\n" in said
    assert len(file.read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.usefixtures("audible")
def test_an_interruption_waits_until_a_process_is_started() -> None:
    """It is heard then, and not lost."""
    over: list[str] = []

    def start() -> None:
        with postponed():
            signal.raise_signal(signal.SIGINT)
            over.append("started")
        over.append("and on")

    with pytest.raises(KeyboardInterrupt):
        start()
    assert over == ["started"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--seeds", "0"], "argument --seeds: 0 is not 1 or more"),
        (["--seeds", "many"], "argument --seeds: invalid whole number value: 'many'"),
        (["--jobs", "-1"], "argument --jobs: -1 is not 1 or more"),
        (["--shrink", "-1"], "argument --shrink: -1 is not 0 or more"),
    ],
)
def test_a_number_that_makes_no_sense(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A campaign of no seeds would be well."""
    with pytest.raises(SystemExit) as ended:
        main(["run", f"{ODD}:Odd", *words])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (f"{ODD}:Idle", "its Idle has no draw and no story"),
        (f"{ODD}:Particular", "TypeError: Particular.__init__() missing 1 required positional argument: 'what'"),
        (f"{ODD}:nothing", "has no attribute 'nothing'"),
        (":nothing", "a module stands before the colon"),
    ],
)
def test_what_is_no_scenario(name: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is said why, in a line."""
    assert main(["run", name]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"there is no scenario {name}: ")
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("option", ["--junit", "--traces"])
def test_a_file_that_cannot_be_written_is_said_before_anything_is_played(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An hour later it would be a pity."""
    assert main(["run", f"{ODD}:Odd", option, str(tmp_path / "nowhere" / "file")]) == 2
    said = capsys.readouterr()
    assert "No such file or directory" in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    "words", [["run", "--seeds", "1", "--junit"], ["run", "--seeds", "1", "--traces"], ["replay", "0", "--record"]]
)
def test_a_disk_that_is_full_is_said_in_a_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What was played is told all the same, and the exit code is that of a failure."""
    assert main([words[0], f"{ODD}:Odd", *words[1:], "/dev/full"]) == 1
    assert capsys.readouterr().err == "/dev/full cannot be written: [Errno 28] No space left on device\n"


def test_a_page_that_cannot_be_written_ends_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What failed is told all the same."""
    (tmp_path / "file").write_text("")
    assert main(["run", f"{ODD}:Grouped", "--seeds", "3", "--html", str(tmp_path / "file")]) == 1
    said = capsys.readouterr().out
    assert "the real reason" in said
    assert "cannot be written" in said
    assert "\n3 seeds, 1 failed; " in said


def test_a_recording_has_a_line_for_each_event(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever was told: a run is the same again."""
    file = tmp_path / "recording.txt"
    assert main(["replay", f"{ODD}:Odd", "0", "--record", str(file)]) == 0
    assert "two\\nlines\\x0c and\\u2028more \\ud800" in file.read_text(encoding="utf-8")
    assert main(["replay", f"{ODD}:Odd", "0", "--compare", str(file)]) == 0


def test_a_schedule_that_is_no_text_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With its file, and without a traceback."""
    file = tmp_path / "schedule.txt"
    file.write_bytes(b"1.0 kill \xff")
    assert main(["replay", f"{ODD}:Odd", "0", "--faults", str(file)]) == 2
    assert capsys.readouterr().err.startswith(f"{file} is no text in UTF-8")
