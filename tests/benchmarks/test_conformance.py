"""The simulation beside the real world: what agreement is, and what the simulation makes of each failure."""

from __future__ import annotations

import pytest

from benchmarks.detection.cells import Cell
from benchmarks.detection.command import parse
from benchmarks.detection.conformance.compare import HIDDEN, side_by_side, usual_cells
from benchmarks.detection.conformance.observation import ALIVE, Comparison, Observation, observed, outcomes
from benchmarks.detection.conformance.simulated import BLOWS, simulate
from benchmarks.detection.trials.failures import FAILURES
from benchmarks.detection.trials.trial import Trial

DEAD = "process-dead"
EXPECTED = {
    "stop": {"stopped", "node-shutdown"},
    "sigkill": {DEAD},
    "exit": {DEAD},
    "kill-unread": {DEAD},
    "freeze-brief": {ALIVE},
    "freeze-2": {"unreachable"},
    "cut": {"unreachable"},
    "cut-in": {"unreachable"},
    "cut-out": {"unreachable"},
    "cut-brief": {ALIVE},
    "host-loss": {"unreachable"},
    "kill-in-cut": {DEAD},
    "half-open": {DEAD},
    "restart": {DEAD, "new-incarnation"},
    "restart-unseen": {"new-incarnation"},
    "stall": {ALIVE},
    "loss-1": {ALIVE},
}


def test_each_failure_of_the_simulation_is_one_of_the_trials() -> None:
    """The names are those of real trials, at least twelve, and by default all of them are compared."""
    assert set(BLOWS) == set(EXPECTED)
    assert set(BLOWS) <= set(FAILURES)
    cells = parse(["conformance"]).cells
    assert {cell.failure for cell in cells} == set(BLOWS)
    assert {cell.failure for cell in cells if cell.profile == "default"} == set(HIDDEN)
    other = parse(
        ["conformance", "--failure", "cut*", "--failure", "hogs", "--profile", "default", "--carriage", "tcp"]
    ).cells
    assert {cell.failure for cell in other} == {"cut", "cut-in", "cut-out", "cut-brief"}


@pytest.mark.parametrize("failure", BLOWS)
def test_what_comes_of_a_failure_in_simulation(failure: str) -> None:
    """The outcome is the expected one at each phase of a heartbeat."""
    (cell,) = usual_cells([failure])
    found = simulate(failure, cell.profile, cell.carriage, 3)
    assert {one.outcome for one in found} <= EXPECTED[failure]
    for one in found:
        assert (one.seconds is None) == (one.outcome == ALIVE)


def test_a_reset_is_told_from_an_end() -> None:
    """Unread data makes a reset of a death; the verdict is the same."""
    assert {one.signal for one in simulate("kill-unread", "lan", "udp", 3)} == {"reset"}
    assert {one.signal for one in simulate("sigkill", "lan", "udp", 3)} == {"end"}


def test_agreement_is_about_outcomes_and_medians() -> None:
    """A fifth of the real median or 20 ms; another outcome never agrees."""

    def deaths(*seconds: float, cause: str = DEAD) -> list[Observation]:
        return [Observation(cause, one) for one in seconds]

    assert Comparison("a", "a", deaths(0.002, 0.003), deaths(0.02, 0.02)).agrees
    assert not Comparison("a", "a", deaths(0.002, 0.003), deaths(0.024, 0.024)).agrees
    assert Comparison("a", "a", deaths(1.0), deaths(1.19)).agrees
    assert not Comparison("a", "a", deaths(1.0), deaths(0.79)).agrees
    assert not Comparison("a", "a", deaths(1.0), deaths(1.0, cause="unreachable")).agrees
    assert Comparison("a", "a", [Observation(ALIVE)], [Observation(ALIVE)]).agrees
    assert outcomes(deaths(1.0, 2.0, cause="unreachable")) == "2x unreachable, by silence"


def test_a_trial_is_an_observation() -> None:
    """The end of a connection counts if it came before the verdict."""
    trial = Trial(Cell("sigkill"), "dead", 1, signal_s=0.001, terminated_s=0.002, cause=DEAD, signal="end of file")
    assert observed(trial) == Observation(DEAD, 0.002, "end")
    trial.signal, trial.signal_s = "[Errno 104] Connection reset by peer", 0.003
    assert observed(trial) == Observation(DEAD, 0.002, "")
    assert observed(Trial(Cell("stall"), "alive", 1)) == Observation(ALIVE)


def test_the_table_says_what_disagrees() -> None:
    """A line for each failure, and how many agree."""
    one = Comparison("sigkill lan/udp", "SIGKILL", [Observation(DEAD, 0.003)], [Observation(DEAD, 0.5)])
    text = side_by_side([one])
    assert "| SIGKILL | sigkill lan/udp | 1/1 |" in text
    assert "| NO |" in text
    assert "0 of 1 agree" in text
