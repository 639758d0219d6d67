"""One detector on one trace: its mistakes and its detection times are what a hand would count."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.detection.catalogue import CONTENDERS
from benchmarks.detection.simulation.curves import Extent, curves
from benchmarks.detection.simulation.fast import agreement, fixed_onsets
from benchmarks.detection.simulation.links import LINKS
from benchmarks.detection.simulation.replay import Crashes, crashes, onset, replay, suspicions
from benchmarks.detection.simulation.trace import Trace, draw
from runtime.protocol.detectors import FixedTimeout


def regular(count: int, lost: tuple[int, ...] = ()) -> Trace:
    sent = np.arange(count) * 1.0
    arrived = sent + 0.25
    arrived[list(lost)] = np.inf
    return Trace("made", "udp", 1.0, sent, arrived)


def test_a_mistake_lasts_from_the_timeout_to_the_next_beat() -> None:
    """Two lost beats make a timeout of 1.5 s wrong for as long as the third is not there."""
    quality = replay(FixedTimeout(1.5), regular(20, lost=(5, 6)), Crashes([], []), warm_up=2)
    assert quality.mistakes == [pytest.approx((4.25 + 1.5, 7.25), abs=1e-6)]
    assert quality.hours == pytest.approx(17 / 3600)
    assert quality.wrong_share == pytest.approx(1.5 / 17)
    assert quality.mistake_duration_s == pytest.approx(1.5)


def test_mistakes_of_the_warm_up_do_not_count() -> None:
    """What a detector gets wrong before it has seen enough is no mistake of its."""
    assert replay(FixedTimeout(1.5), regular(20, lost=(5, 6)), Crashes([], []), warm_up=10).mistakes == []


def test_detection_is_counted_from_the_crash() -> None:
    """The last beat before the crash arrives; the timeout runs from its arrival, the time from the crash."""
    moments = Crashes([8, 9], [0.0, 0.5])
    quality = replay(FixedTimeout(1.5), regular(20), moments, warm_up=2)
    assert quality.detection_s == pytest.approx([1.75, 1.25], abs=1e-6)


def test_a_crash_after_a_lost_beat_is_found_sooner() -> None:
    """The silence began before the crash."""
    quality = replay(FixedTimeout(1.5), regular(20, lost=(8,)), Crashes([8], [0.5]), warm_up=2)
    assert quality.detection_s == pytest.approx([0.25], abs=1e-6)


def test_crashes_are_spread_over_the_phase() -> None:
    """Moments of crashes are uniform over the heartbeat's phase, after the warm-up, and in order."""
    moments = crashes(draw(LINKS["lan"], 20_000, seed=1), 4000, warm_up=100)
    assert min(moments.beats) >= 100
    assert moments.beats == sorted(moments.beats)
    assert np.histogram(moments.phases, bins=4, range=(0, 1))[0] == pytest.approx([1000] * 4, rel=0.15)


def test_an_onset_is_found_to_a_tenth_of_a_microsecond() -> None:
    """Wherever suspicion begins, near or far."""
    for begins in (0.001, 0.0123, 7.5, 5000.0):
        assert onset(lambda now, begins=begins: now < begins, 0.0, 1e5) == pytest.approx(begins, abs=2e-7)


def test_a_detector_without_numbers_is_fed_times_alone() -> None:
    """A detector whose `heartbeat` takes only the time is judged as well."""

    class Plain:
        threshold = 1.0

        def __init__(self) -> None:
            self.last = 0.0

        def heartbeat(self, now: float) -> None:
            self.last = now

        def suspicion(self, now: float) -> float:
            return (now - self.last) / 1.5

        def is_available(self, now: float) -> bool:
            return self.suspicion(now) < 1.0

    trace = regular(20, lost=(5, 6))
    assert len(replay(Plain(), trace, Crashes([], []), warm_up=2).mistakes) == 1  # type: ignore[arg-type]
    assert suspicions(Plain(), trace, np.array([1.0, 6.25])) == pytest.approx([0.5, 2.0 / 1.5])  # type: ignore[arg-type]


def test_a_fast_way_that_is_wrong_is_found_out() -> None:
    """`agreement` sees a fast way that is another detector's."""
    trace = draw(LINKS["wan-2004"], 5000, seed=1)
    assert agreement(fixed_onsets(0.3), FixedTimeout(0.3), trace, 5000) < 1e-6
    assert agreement(fixed_onsets(0.301), FixedTimeout(0.3), trace, 5000) > 5e-4


def test_phi_pays_for_an_outage_and_chen_does_not() -> None:
    """On the WAN of 2004, with about the same mean, Chen makes fewer mistakes than phi and has the shorter tail."""
    trace = draw(LINKS["wan-2004"], 200_000, seed=1)
    points = curves([CONTENDERS["ours"], CONTENDERS["phi"]], trace, Extent(200_000, 0, 1000))
    found = {(point.detector, point.setting): point for point in points}
    ours, phi = found["ours", 0.2], found["phi", 8.0]
    assert ours.detection.mean == pytest.approx(phi.detection.mean, rel=0.1)
    assert ours.mistakes < phi.mistakes / 3
    assert ours.detection.p99.value < phi.detection.p99.value / 2
