"""The harness proves itself right, and reports nothing if it cannot."""

from __future__ import annotations

import pytest

from benchmarks.detection import validation
from benchmarks.detection.command import Options
from benchmarks.detection.session import Session
from benchmarks.detection.simulation import nfd_s
from benchmarks.detection.validation import Check, failures_of


def test_the_simulation_agrees_with_the_closed_form() -> None:
    """NFD-S in simulation: E(T_MR) within 5 %, P_A within 1e-5 of theorem 5, where two million beats tell."""
    run = nfd_s.run(1.0, 1.0, 0.01, 0.02, 2_000_000, seed=1)
    form = validation.nfd_s_quality(1.0, 1.0, 0.01, validation.ExponentialDelay(0.02))
    assert run.recurrence_s == pytest.approx(form.mistake_recurrence_s, rel=0.05)
    assert run.accuracy == pytest.approx(form.accuracy, abs=1e-5)


@pytest.mark.parametrize("proof", [validation.golden_curve, validation.configurator, validation.akka])
def test_published_values_are_met(proof) -> None:
    """The golden curve, the configurator's example, Akka's vectors and its formula to 1e-9."""
    assert failures_of(list(proof())) == []


def test_the_replay_is_the_simulation() -> None:
    """A detector class, fed beat by beat, finds the mistakes that the vectorised simulation finds."""
    assert failures_of(list(validation.replay_is_simulation())) == []


def test_the_fast_ways_are_the_classes() -> None:
    """Each detector that has a fast way is the same in both, to 10 microseconds."""
    found = list(validation.fast_is_replay(5000))
    assert len(found) >= 10
    assert failures_of(found) == []


def test_nothing_is_reported_by_a_harness_that_is_wrong(tmp_path, monkeypatch, capsys) -> None:
    """One proof that fails ends the run with exit code 1, before anything is measured and without a report."""
    monkeypatch.setattr("benchmarks.detection.session.checks", lambda thorough: [Check("two and two", 5.0, 4.0, 0.5)])

    assert Session(Options("all", folder=tmp_path)).run() == 1

    assert not (tmp_path / "report.md").exists()
    assert "nothing is reported" in capsys.readouterr().err


def test_what_is_no_number_proves_nothing() -> None:
    """A result that is not a number fails its check."""
    assert not Check("x", float("nan"), 1.0, 10.0).holds
    assert not Check("x", float("inf"), 1.0, 10.0).holds
