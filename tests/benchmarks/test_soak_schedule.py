"""Schedules for real processes: the simulation's format, what a seed draws, and what cannot be played."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.soak.__main__ import main
from benchmarks.soak.schedule import JMS, KINDS, TMS, ZKS, check, draw
from cluster.simulation.faults import KINDS as SIMULATED
from runtime.sim.schedule import parsed, printed


def drawn(seed: int, *, ensemble: bool = True, network: bool = True, blows: int = 40) -> list:
    return draw(random.Random(seed), blows, 0.8, ensemble=ensemble, network=network)


def test_what_is_drawn_is_a_schedule() -> None:
    """A seed draws one schedule; it is printed and parsed like the simulation's, and can be played here."""
    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)
    assert parsed(printed(drawn(3))) == drawn(3)
    for seed in range(20):
        check(drawn(seed), ensemble=True, network=True)
        check(drawn(seed, ensemble=False, network=False), ensemble=False, network=False)


def test_all_kinds_are_drawn_and_moments_rise() -> None:
    """Each kind with a share occurs; two blows are the mean pause apart; one-way cuts are among them."""
    faults = [fault for seed in range(20) for fault in drawn(seed)]
    assert set(Counter(fault.kind for fault in faults)) == {name for name, kind in KINDS.items() if kind.share}
    assert any(fault.kind == "cut" and fault.number("one_way") for fault in faults)
    one = drawn(5, blows=400)
    assert [fault.at_s for fault in one] == sorted(fault.at_s for fault in one)
    assert 0.5 < one[-1].at_s / len(one) < 1.1


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("1.0 disk-full for=2", "there is no disk-full here, but kill"),
        ("1.0 kill-member zk1 for=2", "it needs an ensemble"),
        ("1.0 cut jm1 tm1 for=2", "it needs namespaces"),
        ("1.0 kill for=2", "kill has 1 targets"),
        ("1.0 kill tm9 for=2", "kill is for leader, jm1"),
    ],
)
def test_what_does_not_exist_here_is_said(line: str, why: str) -> None:
    """One error that names the line and the reason."""
    with pytest.raises(ValueError, match="not on real processes: ") as caught:
        check(parsed(line), ensemble=False, network=False)
    assert why in str(caught.value)
    assert str(parsed(line)[0]) in str(caught.value)


def test_all_that_cannot_be_played_is_named_at_once() -> None:
    """A schedule with two impossible lines is refused with both; a cut from one member has an alternative."""
    text = "1.0 clock jm1 offset=5\n2.0 kill jm1 for=1\n3.0 cut jm1 zk2 for=2"
    with pytest.raises(ValueError, match=r"clock jm1.*cut jm1 zk2.*from_members_only"):
        check(parsed(text), ensemble=True, network=True)


def test_the_simulation_has_the_kinds_of_processes_and_links() -> None:
    """What exists in both worlds has one name; only slots, which are inline in simulation, are real alone."""
    assert set(KINDS) - set(SIMULATED) == {"kill-slot", "freeze-slot"}
    assert (JMS[0], TMS[0], ZKS[0]) == ("jm1", "tm1", "zk1")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--rounds 0", "--rounds is 0, and has to be 1 or more"),
        ("--steps -1", "--steps is -1, and has to be 1 or more"),
        ("--minutes nan", "--minutes is nan, and has to be more than 0 and have an end"),
        ("--limit-s 0", "--limit-s is 0.0, and has to be more than 0 and have an end"),
        ("--schedule /dev/null", "/dev/null says nothing that could be done"),
        ("--write-schedules /dev/null", "--write-schedules: [Errno 17] File exists: '/dev/null'"),
    ],
)
def test_what_makes_no_sense_is_said(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No rounds would all be well, `nan` minutes never end, and a schedule without a fault is not one that is drawn."""
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_the_command_refuses_before_anything_is_started(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and one line, for a kind that does not exist and for a file that is not there."""
    schedule = tmp_path / "schedule.txt"
    schedule.write_text("0.5 disk-torn for=1\n", encoding="utf-8")
    for file, text in ((schedule, "there is no disk-torn here"), (tmp_path / "none", "No such file")):
        with pytest.raises(SystemExit) as exited:
            main(["--schedule", str(file)])
        assert exited.value.code == 2
        assert text in capsys.readouterr().err
