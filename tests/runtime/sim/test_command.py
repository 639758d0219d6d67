"""`python -m runtime.sim`: what is told of a seed that fails, and the page and the schedule that it leaves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from runtime.sim import campaign
from runtime.sim.__main__ import main
from runtime.sim.campaign import found, play
from runtime.sim.junit import Case, document
from runtime.sim.misspelt import check_spelling
from runtime.sim.recording import first_difference
from runtime.sim.schedule import Fault, parsed
from runtime.sim.world import World
from tests.runtime.sim.flawed import Forgetful, Torn

FLAWED = "tests.runtime.sim.flawed:Flawed"
ROOT = Path(__file__).parents[3]


def failing(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The first seed that fails, and what was told of it."""
    for seed in range(10):
        if main(["run", FLAWED, "--first", str(seed), "--seeds", "1", "--html", str(folder)]):
            return seed, capsys.readouterr().out
        capsys.readouterr()
    raise AssertionError("none of ten seeds fails")


def test_a_failing_seed_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its replay, the fewest faults, the last events by host, and the page that was written; the exit code is 1."""
    seed, said = failing(tmp_path, capsys)
    page = tmp_path / f"tests.runtime.sim.flawed-Flawed-{seed}.html"
    assert f"replay: python -m runtime.sim replay {FLAWED} {seed}\n" in said
    assert "faults, 1 of 3 suffice:\n  2.0 kill b for=0.0\n" in said
    assert f"timeline: {page}\n" in said
    begin = said.index("last events by host:")
    assert "violation X1" in said[begin:]
    assert "  a\n" in said[begin:]
    assert "b killed" in " ".join(said[begin:].split())
    text = page.read_text(encoding="utf-8")
    assert "X1: &lt;b&gt; &amp; its &quot;death&quot;" in text
    assert "process-dead, certain" in text


def test_the_schedule_that_was_made_smaller_fails_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a failing seed leaves beside its page is replayed as it is."""
    seed, _ = failing(tmp_path, capsys)
    (schedule,) = tmp_path.glob("*.txt")
    assert parsed(schedule.read_text(encoding="utf-8")) == [Fault(2.0, "kill", ("b",))]
    page = tmp_path / "replayed" / "page.html"
    assert main(["replay", FLAWED, str(seed), "--faults", str(schedule), "--html", str(page)]) == 1
    assert page.exists()


def test_a_seed_that_fails_only_after_others_is_told_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot be made smaller, which does not end the campaign, and is said."""
    monkeypatch.setattr(Forgetful, "played", 0)
    name = "tests.runtime.sim.flawed:Forgetful"

    assert main(["run", name, "--seeds", "2", "--html", str(tmp_path)]) == 1

    said = capsys.readouterr().out
    assert "alone it is well" in said
    assert "X2" in said


def test_a_seed_that_fails_has_one_digest() -> None:
    """What counts ends with the rule that was broken: a group's tasks are ended in no order that can be replayed."""
    digests, others = set(), []
    for _ in range(10):
        digests.add(play(Torn(), 1).digest)
        others.append([object() for _ in range(100)])  # so that the next tasks have other addresses

    assert len(digests) == 1


def test_a_seed_that_is_well_leaves_a_page_on_demand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`run` leaves nothing of seeds that are well; `replay --html` draws any."""
    well = next(
        seed
        for seed in range(10)
        if not main(["run", FLAWED, "--first", str(seed), "--seeds", "1", "--html", str(tmp_path)])
    )
    before = set(tmp_path.iterdir())
    assert not any(f"-{well}." in path.name for path in before)
    page = tmp_path / "well.html"
    assert main(["replay", FLAWED, str(well), "--html", str(page)]) == 0
    assert "well" in page.read_text(encoding="utf-8")
    assert main(["shrink", FLAWED, str(well)]) == 2
    assert "does not fail" in capsys.readouterr().err


def test_a_campaign_leaves_a_document_for_continuous_integration(tmp_path: Path) -> None:
    """JUnit: a case for each seed, and for each failure its rule, and all that was told of it."""
    file = tmp_path / "junit.xml"
    words = ["run", FLAWED, "--seeds", "6", "--shrink", "0", "--html", str(tmp_path), "--junit", str(file)]
    assert main(words) == 1
    suite = ET.parse(file).getroot()[0]
    failures = {case.get("name"): failure for case in suite for failure in case}
    assert [case.get("name") for case in suite] == [f"seed {seed}" for seed in range(6)]
    assert 0 < len(failures) < 6
    assert suite.get("failures") == str(len(failures))
    for name, failure in failures.items():
        assert 'X1: <b> & its "death"' in str(failure.get("message"))
        assert f"replay: python -m runtime.sim replay {FLAWED} {str(name).removeprefix('seed ')}\n" in str(failure.text)


def test_the_traces_of_a_campaign_are_a_word_and_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same word however many processes play; the digest of each seed, which is that of a replay; others differ."""
    words = []
    for first, jobs in (("0", "1"), ("0", "2"), ("1", "1")):
        file = tmp_path / f"{first}-{jobs}.txt"
        campaign = ["run", FLAWED, "--first", first, "--seeds", "6", "--jobs", jobs, "--shrink", "0"]
        main([*campaign, "--html", str(tmp_path), "--traces", str(file)])
        words.append(capsys.readouterr().out.partition("virtual s each, trace ")[2].split()[0])
    assert words[0] == words[1] != words[2]
    lines = (tmp_path / "0-1.txt").read_text(encoding="utf-8").splitlines()
    assert lines == (tmp_path / "0-2.txt").read_text(encoding="utf-8").splitlines()
    assert lines == [f"{FLAWED} {seed} {play(found(FLAWED), seed, keeps_events=False).digest}" for seed in range(6)]


def test_who_reads_no_more_ends_the_command() -> None:
    """`run ... | head -1` ends without a traceback."""
    words = [sys.executable, "-m", "runtime.sim", "list"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_what_xml_cannot_hold_is_replaced() -> None:
    """A character that no document may have, even escaped, does not make it unreadable."""
    text = document({"a:b": [Case(1, 0.5, "X: \x00<&\ud800", "\x1b[31mred")]})
    failure = ET.fromstring(text)[0][0][0]
    assert (failure.get("message"), failure.text) == ("X: ?<&?", "?[31mred")


def test_all_scenarios_are_one_campaign(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many seeds of each; a line for each; only the first failure is told in full, the last line names them all."""
    monkeypatch.setattr(campaign, "REGISTRIES", ("nothing.of.that.name", "tests.runtime.sim.flawed"))
    file = tmp_path / "junit.xml"

    assert main(["run", "all", "--seeds", "6", "--shrink", "1", "--html", str(tmp_path), "--junit", str(file)]) == 1

    suites = {str(suite.get("name")): suite for suite in ET.parse(file).getroot()}
    assert list(suites) == ["runtime.sim flawed", "runtime.sim sound"]
    failed = [str(case.get("name")).split()[1] for case in suites["runtime.sim flawed"] for _ in case]
    assert len(failed) > 1
    said = capsys.readouterr().out
    assert said.startswith("6 seeds of each of 2 scenarios: flawed, sound\n")
    assert f"\nflawed: 6 seeds, {len(failed)} failed; " in said
    assert "\nsound: 6 seeds, 0 failed; " in said
    assert said.endswith(f"\n2 scenarios, 12 seeds, {len(failed)} failed: flawed {', '.join(failed)}\n")
    assert said.count("last events by host:") == len(list(tmp_path.glob("*.html"))) == 1
    for seed in failed:
        assert f"python -m runtime.sim replay flawed {seed}\n" in said


def test_each_scenario_says_what_it_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    """`list` has a line for each, whoever wrote it how; whoever asks for one that is none is told which there are."""
    assert main(["list"]) == 0
    about = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert {"cluster", "deathwatch", "election", "slots", "strangers"} <= about.keys()
    for text in about.values():
        assert text.endswith(".")
        assert not text.startswith(("See", "The same", "The scenario"))
    assert main(["run", "elections"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("there is no scenario elections: ")
    assert ", ".join(about) in said


def test_two_runs_that_should_be_one_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run is the same again, line by line; of another the first line that differs is told, and what came before."""
    file = tmp_path / "recording.txt"
    plain = play(found(FLAWED), 1, keeps_events=False).digest
    main(["replay", FLAWED, "1", "--record", str(file)])
    assert f"trace {plain[:16]}" in capsys.readouterr().out
    count = len(file.read_text(encoding="utf-8").splitlines())
    main(["replay", FLAWED, "1", "--compare", str(file)])
    assert f"compared with {file}: the same {count} lines" in capsys.readouterr().out
    schedule = tmp_path / "schedule.txt"
    schedule.write_text("1.5 freeze b for=0.2")
    assert main(["replay", FLAWED, "1", "--faults", str(schedule), "--compare", str(file)]) == 1
    said = capsys.readouterr().out
    told = said[said.index("compared with") :]
    assert "there 1.0 - " in told
    assert main(["replay", FLAWED, "1", "--compare", str(tmp_path / "nothing")]) == 2


def test_a_recording_that_ends_early_differs_there() -> None:
    """What one of the two has beyond the other is a difference."""
    assert first_difference(["a", "b"], ["a"]) == "line 2 differs, after\n    a\nhere  b\nthere (it ends here)"
    assert first_difference(["a"], ["a"]) == ""


def test_what_is_told_changes_nothing() -> None:
    """The story's own chance is the seed's, and is no other stream's: a run with a listener is the run without."""

    async def story(world: World) -> tuple[list[float], float]:
        await world.start("a")
        return [world.chance.random() for _ in range(3)], world.network.now()

    async def heard(world: World) -> tuple[list[float], float]:
        world.network.told = lambda where, what, more: None
        return await story(world)

    assert World.run(story, 3) == World.run(heard, 3)
    assert World.run(story, 3) != World.run(story, 4)


def test_a_misspelt_number_of_a_schedule_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It was taken for 0; what is like nothing that is drawn may be known to the scenario all the same."""
    schedule = tmp_path / "faults.txt"
    schedule.write_text("1.0 cut jm1 jm2 for=1.0 one_wai=1.0")
    assert main(["replay", "cluster", "1", "--faults", str(schedule)]) == 2
    assert "nothing here has a number one_wai; is it one_way?" in capsys.readouterr().err
    assert check_spelling(parsed("1.0 delay jm1 jm2 elsewhere=1.0 one_way=1.0"), found("cluster")) is None
