"""How soon a death is due in the scenario `deathwatch` depends on what the detector in use remembers."""

from __future__ import annotations

import dataclasses

import pytest

from runtime.detection import FailureDetectorSettings
from runtime.protocol.detectors import AkkaPhiAccrual
from runtime.sim.deathwatch.dues import remembered_s

SETTINGS = FailureDetectorSettings(1.0, 3.0, check_interval_s=0.25, expected_response_after_s=2.0)
PAUSE = (5.9, 12.8)
USUAL_S = 4.6
"""Of Akka's detector with these settings, if each heartbeat is answered in time."""


@pytest.mark.parametrize("detector", ["chen", "two-window", "fixed", "akka-phi"])
def test_where_all_was_calm_no_detector_is_more_patient_than_usual(detector: str) -> None:
    """Nothing is in its window but heartbeats in time."""
    settings = dataclasses.replace(SETTINGS, detector=detector)
    assert remembered_s(settings, (), 21.0) == remembered_s(settings, ((5.9, 6.0),), 21.0) == 0.0


def test_a_detector_without_a_memory_forgets_a_pause() -> None:
    """A fixed timeout is what it is."""
    assert remembered_s(dataclasses.replace(SETTINGS, detector="fixed"), (PAUSE,), 14.0) == 0.0


def test_akkas_detector_remembers_a_pause_and_forgets_it_slowly() -> None:
    """Seed 9061761: 8.3 s after a pause of 6.9 s, of which 2.4 s were in the window, it was patient for 10.4 s."""
    settings = dataclasses.replace(SETTINGS, detector="akka-phi")
    soon, later = (remembered_s(settings, (PAUSE,), until) for until in (21.0, 60.0))
    assert soon > later > 0.0


def test_what_is_remembered_is_no_less_than_what_a_detector_has_seen() -> None:
    """Whatever part of a pause it finds acceptable."""
    settings = dataclasses.replace(SETTINGS, detector="akka-phi")
    for seen_s in (1.5, 2.4, 4.0, 5.2):
        detector = AkkaPhiAccrual(acceptable_pause_s=3.0)
        for at in (PAUSE[1] - seen_s, *(PAUSE[1] + number for number in range(8))):
            detector.heartbeat(at)
        assert not detector.is_available(PAUSE[1] + 7.0 + USUAL_S + remembered_s(settings, (PAUSE,), PAUSE[1] + 7.0))
