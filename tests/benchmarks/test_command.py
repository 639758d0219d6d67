"""The command line chooses cells, detectors and systems, and says what is wrong with it."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from benchmarks.detection.catalogue import find
from benchmarks.detection.cells import Cell, chosen
from benchmarks.detection.command import parse
from benchmarks.detection.inventory import inventory
from benchmarks.detection.trials.failures import FAILURES
from runtime.protocol.detectors import FixedTimeout


def late(interval_s: float, factor: float) -> FixedTimeout:
    return FixedTimeout(interval_s * factor)


def test_patterns_choose_cells() -> None:
    """Failures by pattern, times profiles, carriages, watchers and watched actors."""
    failures = ["--failure", "cut*", "--failure", "stop"]
    others = ["--profile", "lan", "--profile", "akka", "--carriage", "udp", "--watchers", "1", "--watchers", "10"]
    options = parse(["trials", *failures, *others, "-n", "7"])
    assert {cell.failure for cell in options.cells} == {"stop", "cut", "cut-in", "cut-out", "cut-brief"}
    assert len(options.cells) == 5 * 2 * 1 * 2
    assert Cell("cut", "akka", "udp", watchers=10) in options.cells
    assert options.count == 7
    assert options.does("trials")
    assert not options.does("simulate")


def test_everything_is_run_by_default() -> None:
    """Without arguments all parts are run, each failure on both carriages."""
    options = parse([])
    assert all(options.does(part) for part in ("trials", "simulate", "systems", "overhead"))
    assert {cell.failure for cell in options.cells} == set(FAILURES)
    assert {cell.carriage for cell in options.cells} == {"tcp", "udp"}


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("trials --failure fire", "fire matches nothing; there are stop, sigterm"),
        ("simulate --detector wishful", "neither a known detector"),
        ("simulate --detector no.such:thing", "cannot load the detector no.such:thing"),
        ("trials --detector magic", "in trials a detector is one of chen"),
        ("trials --peer what", "a peer is NAME=COMMAND"),
        ("trials --peer a=b --subject bare", "a node for our own watcher, not for that of a"),
        ("report", "report needs the file"),
        ("trials -n -4", "--number is -4, and has to be 0 or more, and have an end"),
        ("systems --link-hours nan", "--link-hours is nan, and has to be 0 or more, and have an end"),
    ],
)
def test_what_is_wrong_is_said(line: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and a line that names what there is."""
    with pytest.raises(SystemExit) as exited:
        parse(line.split())
    assert exited.value.code == 2
    assert text in capsys.readouterr().err


def test_a_detector_can_be_plugged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """`module:factory` with an interval and a knob, whose settings it brings along."""
    monkeypatch.setitem(sys.modules, "mine", SimpleNamespace(late=late))
    monkeypatch.setattr(late, "knob_settings", (2.0, 3.0), raising=False)

    contender = find("mine:late")

    assert contender.settings == (2.0, 3.0)
    assert contender.make(0.5, 2.0).is_available(0.9)


def test_what_is_no_detector_is_refused() -> None:
    """A factory whose product lacks the protocol is refused, and what is missing is named."""
    with pytest.raises(ValueError, match="no failure detector: it has no threshold, heartbeat, suspicion"):
        find("builtins:float")


def test_another_system_can_be_plugged_in() -> None:
    """`NAME=COMMAND` makes a peer with the role as its last argument, in each cell."""
    options = parse(["trials", "--peer", "raw=python -m some.module", "--failure", "sigkill"])
    assert options.peer.subject == ("python", "-m", "some.module", "subject")
    assert {cell.peer for cell in options.cells} == {"raw"}


def test_the_subject_alone_gets_huge_pages() -> None:
    """`--huge-pages` changes the environment of the process that is killed, and its name for nobody."""
    usual, huge = parse(["trials"]).peer, parse(["trials", "--huge-pages"]).peer
    assert huge.subject == ("env", "PYTHONMALLOC=malloc", "GLIBC_TUNABLES=glibc.malloc.hugetlb=1", *usual.subject)
    assert (huge.watcher, huge.name) == (usual.watcher, usual.name)


def test_the_bare_subject_is_chosen_beside_the_full_one() -> None:
    """`--subject` makes cells of their own, and each has its command; nobody else's watcher has a bare subject."""
    options = parse(["trials", "--failure", "sigkill", "--carriage", "tcp", "--subject", "*"])
    assert [cell.subject for cell in options.cells] == ["full", "bare"]
    assert [options.peer.command(cell.subject)[2] for cell in options.cells] == [
        "benchmarks.detection.programs.subject",
        "benchmarks.detection.programs.bare",
    ]
    assert {cell.subject for cell in parse(["trials"]).cells} == {"full"}


def test_patterns_keep_the_order_of_the_names() -> None:
    """What is chosen comes in the order of the catalogue, each once."""
    assert chosen(["b", "a", "ab"], ["a*", "b", "ab"]) == ["b", "a", "ab"]


def test_everything_is_listed() -> None:
    """`--list` names each failure, and says whether namespaces can be made here."""
    text = inventory()
    assert all(f"  {name} " in text for name in FAILURES)
    assert "namespaces: " in text
