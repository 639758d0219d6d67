"""Settings of failure detection: what is accepted, and what they make."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runtime import FailureDetectorSettings
from runtime.detection import DETECTORS
from runtime.protocol.detectors import AkkaPhiAccrual, Chen, ExponentialDelay, nfd_s_quality


def test_akkas_profile_is_akkas() -> None:
    """The remote-watch defaults: 1 s, pause 10 s, threshold 10, 100 ms, 200 samples, a look each second, no stretch."""
    akka = FailureDetectorSettings.akka()
    assert (akka.heartbeat_interval_s, akka.acceptable_pause_s, akka.threshold) == (1.0, 10.0, 10.0)
    assert (akka.min_std_deviation_s, akka.max_samples, akka.check_interval_s) == (0.1, 200, 1.0)
    assert akka.expected_response_after_s == 1.0
    assert (akka.heartbeat_carriage, akka.max_stretch) == ("tcp", 1)
    assert isinstance(akka.make_detector(), AkkaPhiAccrual)


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_is_chosen_by_name(name: str) -> None:
    """Each name makes a detector, which finds the end of regular heartbeats."""
    detector = replace(FailureDetectorSettings.default(), detector=name).make_detector()
    for beat in range(100):
        detector.heartbeat(beat * 0.5, beat)
    assert detector.is_available(49.6)
    assert not detector.is_available(49.5 + 20.0)


def test_the_lan_profile_is_within_half_a_second() -> None:
    """Interval, margin, two looks and a round trip are below 500 ms; at 1 % of packets lost it errs once in a week."""
    lan = FailureDetectorSettings.lan()
    bound_s = lan.heartbeat_interval_s + lan.acceptable_pause_s
    assert bound_s + lan.check_interval_s + 0.01 < 0.47
    answered = nfd_s_quality(0.1, lan.acceptable_pause_s, 0.0199, ExponentialDelay(0.0005))
    assert answered.mistakes_per_hour < 0.01
    assert lan.heartbeat_carriage == "udp"


def test_a_target_becomes_chens_settings() -> None:
    """The paper's golden example, but for the time that our two looks take."""
    settings = FailureDetectorSettings.for_target(
        detect_within_s=30.0, mistakes_per_hour=1 / 720, loss=0.01, delay=0.02
    )
    assert settings.heartbeat_interval_s == pytest.approx(9.97, abs=0.02)
    assert settings.acceptable_pause_s == pytest.approx(20.01, abs=0.05)
    assert isinstance(settings.make_detector(), Chen)
    latest_s = settings.heartbeat_interval_s + settings.acceptable_pause_s + 0.02 + settings.check_interval_s
    assert latest_s < 30.0


def test_less_is_known_so_more_is_needed() -> None:
    """With mean and deviation only, heartbeats must be more frequent than for a known distribution."""
    known = FailureDetectorSettings.for_target(detect_within_s=3, mistakes_per_hour=0.01, loss=0.01, delay=0.05)
    unknown = FailureDetectorSettings.for_target(
        detect_within_s=3, mistakes_per_hour=0.01, loss=0.01, delay=(0.05, 0.05)
    )
    assert unknown.heartbeat_interval_s < known.heartbeat_interval_s


def test_an_impossible_target_says_what_is_possible() -> None:
    """The wish, and the best that can be had, are in the text."""
    with pytest.raises(ValueError, match=r"within 0.2 s .* loss 0.4 .* can be had within"):
        FailureDetectorSettings.for_target(detect_within_s=0.2, mistakes_per_hour=1e-6, loss=0.4, delay=0.01)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"detector": "crystal-ball"}, "detector is one of chen"),
        ({"heartbeat_carriage": "pigeon"}, "one of tcp, udp"),
        ({"suspect_at": 0.0}, "suspect_at"),
        ({"suspect_at": 1.1}, "suspect_at"),
        ({"max_stretch": 0.5}, "max_stretch"),
        ({"heartbeat_interval_s": 0}, "heartbeat_interval_s"),
        ({"acceptable_pause_s": -1}, "acceptable_pause_s"),
        ({"acceptable_pause_s": 0}, "margin_s"),
    ],
)
def test_senseless_settings_are_refused_by_name(wrong: dict[str, Any], text: str) -> None:
    """Also those that only the chosen detector cannot use."""
    with pytest.raises(ValueError, match=text):
        FailureDetectorSettings(**wrong)


@pytest.mark.parametrize("wish", [{"detect_within_s": 0}, {"mistakes_per_hour": 0}, {"delay": -1.0}, {"loss": 1.0}])
def test_senseless_wishes_are_refused(wish: dict[str, Any]) -> None:
    """Each by its name."""
    with pytest.raises(ValueError, match=next(iter(wish))):
        FailureDetectorSettings.for_target(**({"detect_within_s": 1.0, "mistakes_per_hour": 1.0} | wish))
