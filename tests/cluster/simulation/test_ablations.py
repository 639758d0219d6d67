"""The judge of the campaign misses what is taken out of the product; and schedules that once showed a defect.

`ABLATION_SEEDS=200 ABLATION_ENOUGH=3 make test PYTEST_ARGS="-p no:randomly tests/cluster/simulation/test_ablations.py
-k nobody_has_chosen"` plays seeds from 1000 on without each of the safeguards, until three show it, and prints the rows
of the table in decision 44.
"""

from __future__ import annotations

import pytest

from runtime.sim.campaign import found, play
from runtime.sim.schedule import parsed
from tests.cluster.simulation.ablations import ABLATIONS, without
from tests.cluster.simulation.lost_cues import LOST_CUES
from tests.cluster.simulation.lost_endings import LOST_ENDINGS
from tests.cluster.simulation.lost_fleets import LOST_FLEETS
from tests.cluster.simulation.lost_misfits import LOST_MISFITS
from tests.cluster.simulation.lost_work import LOST_WORK
from tests.simulation.ablation import SEEDS, Ablation, whole, written_if_missed

ANY_RULE = " ".join(["I1b", *(f"I{number}" for number in range(1, 20))])
LOST = [*LOST_WORK, *LOST_MISFITS, *LOST_CUES, *LOST_ENDINGS, *LOST_FLEETS]
COUNTED = [*(Ablation(name, patches, 0, ANY_RULE, "cluster") for name, (patches, _) in ABLATIONS.items()), *LOST]


@pytest.mark.parametrize("name", ABLATIONS)
def test_what_is_taken_out_is_missed(name: str) -> None:
    """Without the safeguard the schedule breaks a rule, which is named; with it, none."""
    with without(name) as schedule:
        assert "Violation: I" in play(found("cluster"), 0, parsed(schedule)).error
    assert not play(found("cluster"), 0, parsed(schedule)).error


@pytest.mark.parametrize("ablation", LOST, ids=lambda ablation: ablation.name)
def test_what_is_taken_out_where_work_is_done_is_missed(ablation: Ablation) -> None:
    """Its seed breaks a rule that speaks of it, and none with the safeguard."""
    for scenario, seed in ablation.pins:
        outcome = ablation.play(seed, scenario)
        assert ablation.shows(outcome), outcome.error
        assert not whole(scenario, seed, ablation.faults)


@pytest.mark.skipif(SEEDS == 0, reason="ABLATION_SEEDS says how many")
@pytest.mark.timeout(0)
@pytest.mark.parametrize("ablation", COUNTED, ids=lambda ablation: ablation.name)
def test_seeds_that_nobody_has_chosen_miss_it(ablation: Ablation, capsys: pytest.CaptureFixture[str]) -> None:
    """The first of them is among the first 200."""
    written_if_missed(ablation, capsys)


def test_a_thawed_process_does_no_more_than_it_was_about_to_do() -> None:
    """Decision 19: a machine that was suspended past the lease may do one step of each task; no rule breaks."""
    moments = (4.0, 4.08, 4.12, 4.22, 4.31, 4.4)
    outcomes = [play(found("cluster"), 0, parsed(f"{at} freeze tm1 for=9.0")) for at in moments]
    assert not any(outcome.error for outcome in outcomes)
    assert any(outcome.reached["a thawed task did the step that it was about to do"] for outcome in outcomes)


def test_heartbeats_go_on_by_a_clock_that_has_run_for_days() -> None:
    """A wheel once waited for a moment that its coarse clock could not show, and time stood still (`LivelockError`)."""
    schedule = "0.0 clock jm2 offset=822609.2 rate=1.00444\n2.196 kill jm2 for=2.648\n9.995 vanish jm1 for=0.136"
    assert not play(found("cluster"), 12, parsed(schedule)).error


def test_without_a_lease_two_attempts_of_a_task_run_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """I7 rests on the lease: a TaskManager that hears late of the next leader would go on beside the next attempt."""
    schedule = parsed("4.0 isolate tm1 for=6.0 from_members_only=1.0\n4.5 kill leader for=3.0")
    assert not play(found("keep"), 8, schedule).error
    monkeypatch.setattr("cluster.assembly.task_lease_s", lambda config: None)
    assert "Violation: I7" in play(found("keep"), 8, schedule).error


def test_a_task_manager_that_comes_late_brings_what_is_about_to_end() -> None:
    """Its lease is over, its task has got a slot elsewhere, and the old attempt's is not free yet: no harm is done."""
    schedule = parsed("1.711 stop jm1 for=0.082\n1.948 freeze-leader leader for=1.832\n3.805 freeze tm1 for=4.646")
    assert not play(found("keep"), 300004, schedule).error


def test_an_end_that_is_lost_with_a_connection_is_heard_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that ends while its report cannot arrive is asked after: else its job would never end."""
    schedule = parsed("10.636 reset jm2 tm2 for=2.747 cut=1.0")
    assert not play(found("slots"), 22, schedule).error
    monkeypatch.setattr("cluster.model.vertices.ASK_AFTER_S", 1000.0)
    monkeypatch.setattr("cluster.model.checkpoints.ASK_AGAIN_S", 1000.0)
    assert "are not asked after" in play(found("slots"), 22, schedule).error


def test_a_disk_that_is_away_during_a_takeover_hides_no_result() -> None:
    """A leader took a result that it could not read in that moment for one that is lost."""
    schedule = parsed("6.892 disk-away for=1.061\n7.235 kill-leader leader for=0.391 linger=0.02")
    assert not play(found("clients"), 74, schedule).error


def test_a_leader_is_killed_while_it_looks_for_a_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it was in the midst of stays there: the end of the simulated world does not try to close it."""
    hidden, slow = "2.487 hide leader for=1.75 what=1.0 which=4.0", "3.548 disk-slow for=0.858 seconds=0.2"
    schedule = parsed(f"{hidden}\n{slow}\n4.1 kill-leader leader for=0.074")
    assert not play(found("visitors"), 8000003, schedule).error
    monkeypatch.setattr("runtime.sim.generators.LeavesGeneratorsOfTheDead._is_left", lambda loop, agen: False)
    assert "asynchronous generator is already running" in play(found("visitors"), 8000003, schedule).error


def test_who_does_not_wait_any_more_misses_no_answer() -> None:
    """The judge stopped looking just before a leader was gone, and the refusal was nobody's (visitors 8100271)."""
    assert not play(found("visitors"), 8100271, keeps_events=False).error
