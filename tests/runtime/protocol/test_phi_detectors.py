"""Akka's phi accrual detector is Akka's, and the paper's is the paper's; the window that both look at is exact."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.protocol.detectors import (
    AkkaPhiAccrual,
)
from runtime.protocol.detectors.phi import akka_phi, paper_phi
from runtime.protocol.detectors.window import Window
from tests.runtime.protocol.detecting import silence_until_unavailable


def published(elapsed_ms: float, mean_ms: float, deviation_ms: float) -> float:
    """The formula as it is published, with its two branches and without care for overflow."""
    y = (elapsed_ms - mean_ms) / deviation_ms
    e = math.exp(-y * (1.5976 + 0.070566 * y * y))
    return -math.log10(e / (1.0 + e)) if elapsed_ms > mean_ms else -math.log10(1.0 - 1.0 / (1.0 + e))


class AkkaInMilliseconds:
    """The published algorithm in Akka's own numbers: whole milliseconds, running sums, the skipped outage (F4-F6)."""

    def __init__(self, size: int, floor_ms: int, pause_ms: int, estimate_ms: int, threshold: float) -> None:
        self.size, self.floor, self.pause, self.threshold = size, floor_ms, pause_ms, threshold
        self.history = [estimate_ms - estimate_ms // 4, estimate_ms + estimate_ms // 4]
        self.last: int | None = None

    def heartbeat(self, now_ms: int) -> None:
        if self.last is not None and self.phi(now_ms) < self.threshold:
            self.history = [*self.history, now_ms - self.last][-self.size :]
        self.last = now_ms

    def phi(self, now_ms: int) -> float:
        if self.last is None:
            return 0.0
        mean = sum(self.history) / len(self.history)
        exact = (
            Fraction(sum(x * x for x in self.history), len(self.history))
            - Fraction(sum(self.history), len(self.history)) ** 2
        )
        deviation = max(math.sqrt(exact), self.floor)
        return akka_phi_or_infinity(now_ms - self.last, mean + self.pause, deviation)


def akka_phi_or_infinity(elapsed_ms: float, mean_ms: float, deviation_ms: float) -> float:
    """The published formula where it can be evaluated; else ours, which other tests pin at the extremes."""
    y = (elapsed_ms - mean_ms) / deviation_ms
    if abs(y) < 15:
        return published(elapsed_ms, mean_ms, deviation_ms)
    return akka_phi(elapsed_ms / 1000, mean_ms / 1000, deviation_ms / 1000)


@pytest.mark.parametrize(
    ("elapsed_ms", "phi"),
    [(0, 0.0), (500, 0.0), (1000, 0.30), (1200, 1.64), (1400, 4.74), (1600, 10.78), (1700, 15.37)],
)
def test_f10_akkas_test_vectors(elapsed_ms: int, phi: float) -> None:
    """F10: mean 1 s and deviation 100 ms give the values of Akka's own specification."""
    assert akka_phi(elapsed_ms / 1000, 1.0, 0.1) == pytest.approx(phi, abs=0.01)


def test_f10_the_extremes() -> None:
    """F10, F14: far out the value is right and nothing overflows, in either direction."""
    assert akka_phi(10, 0, 1) == pytest.approx(37.6, abs=0.1)
    assert akka_phi(-25, 0, 1) == 0.0
    assert akka_phi(1e9, 0, 1e-9) == math.inf or akka_phi(1e9, 0, 1e-9) > 1e50
    assert akka_phi(-1e9, 0, 1e-9) == 0.0
    assert paper_phi(1e9, 0, 1e-3) > 1e10
    assert paper_phi(-1e9, 0, 1e-3) == 0.0


@given(st.floats(0, 2500), st.floats(1, 1500), st.floats(50, 500))
def test_f1_f2_akkas_phi_is_the_published_formula(elapsed_ms: float, mean_ms: float, deviation_ms: float) -> None:
    """F1, F2: wherever the published branches can be evaluated, log space gives the same, to 1e-9."""
    y = (elapsed_ms - mean_ms) / deviation_ms
    if abs(y) < 15:
        ours = akka_phi(elapsed_ms / 1000, mean_ms / 1000, deviation_ms / 1000)
        assert ours == pytest.approx(published(elapsed_ms, mean_ms, deviation_ms), rel=1e-9, abs=1e-9)


@given(
    gaps=st.lists(st.integers(0, 20_000), max_size=60),
    silence=st.integers(0, 15_000),
    pause=st.integers(0, 10_000),
    size=st.integers(2, 20),
)
def test_f1_to_f6_the_detector_is_akkas_in_whole_milliseconds(
    gaps: list[int], silence: int, pause: int, size: int
) -> None:
    """F1-F6, F9: fed with whole milliseconds, the detector has the phi of Akka's code, to 1e-9, at any time of day."""
    akka = AkkaInMilliseconds(size, 100, pause, 1000, 10.0)
    ours = AkkaPhiAccrual(10.0, size, 0.1, pause / 1000, 1.0)
    for start_ms in (0, 1_234_567_891):
        now = start_ms
        akka.__init__(size, 100, pause, 1000, 10.0)  # type: ignore[misc]
        ours.__init__(10.0, size, 0.1, pause / 1000, 1.0)  # type: ignore[misc]
        for gap in [0, *gaps]:
            now += gap
            akka.heartbeat(now)
            ours.heartbeat(now / 1000)
        phi = akka.phi(now + silence)
        # Two weeks after the clock's zero a float of seconds is no finer than 0.2 ns, and phi grows with the cube.
        rel, absolute = (1e-9, 1e-9) if start_ms == 0 else (1e-7, 1e-4)
        assert ours.suspicion((now + silence) / 1000) == pytest.approx(phi, rel=rel, abs=absolute)


@given(st.floats(-5, 60), st.floats(0.001, 10))
def test_f11_phi_grows_with_silence_and_falls_with_deviation(y: float, step: float) -> None:
    """F11: more silence is more suspicious, a larger deviation less."""
    for phi in (akka_phi, paper_phi):
        assert phi(y + step, 0, 1) >= phi(y, 0, 1)
        if y > 0:
            assert phi(y, 0, 2) <= phi(y, 0, 1)


def test_the_papers_phi_is_the_exact_normal_tail() -> None:
    """Phi 8, 10 and 12 need 5.61, 6.36 and 7.03 deviations, and the asymptotic branch meets the direct one."""
    for phi, z in ((8, 5.612), (10, 6.361), (12, 7.034)):
        assert paper_phi(z, 0, 1) == pytest.approx(phi, abs=0.01)
    edge = 20 * math.sqrt(2)
    assert paper_phi(edge - 1e-9, 0, 1) == pytest.approx(paper_phi(edge + 1e-9, 0, 1), rel=1e-8)


@pytest.mark.parametrize(
    ("threshold", "y"), [(1, 1.28), (2, 2.32), (3, 3.06), (5, 4.12), (8, 5.23), (10, 5.80), (12, 6.29), (16, 7.12)]
)
def test_f15_the_threshold_in_deviations(threshold: float, y: float) -> None:
    """F15: at which distance from the mean phi reaches a threshold."""
    assert akka_phi(y, 0, 1) == pytest.approx(threshold, abs=0.05)


@pytest.mark.parametrize(
    ("interval", "pause", "threshold", "floor", "fresh", "steady"),
    [
        (1, 10, 10, 0.1, 12.45, 11.58),
        (1, 3, 10, 0.1, 5.45, 4.58),
        (1, 2, 10, 0.1, 4.45, 3.58),
        (1, 3, 8, 0.1, 5.31, 4.52),
        (1, 0, 10, 0.1, 2.45, 1.58),
        (0.25, 1, 10, 0.05, 1.61, 1.54),
        (10, 60, 12, 0.1, 85.7, 70.6),
    ],
)
def test_f4_f15_verdict_times(
    interval: float, pause: float, threshold: float, floor: float, fresh: float, steady: float
) -> None:
    """F4, F15: silence until unavailable after one heartbeat and in steady state is as the table says."""
    detector = AkkaPhiAccrual(threshold, 200, floor, pause, interval)
    detector.heartbeat(0.0)
    assert silence_until_unavailable(detector, 0.0) == pytest.approx(fresh, abs=0.06)
    for beat in range(1, 400):
        detector.heartbeat(beat * interval)
    assert silence_until_unavailable(detector, 399 * interval) == pytest.approx(steady, abs=0.05)


@pytest.mark.parametrize(("beats", "seconds"), [(1, 12.18), (2, 12.03), (5, 11.78), (10, 11.59)])
def test_f4_warm_up(beats: int, seconds: float) -> None:
    """F4: the two seeded samples lose their weight with each regular heartbeat."""
    detector = AkkaPhiAccrual()
    for beat in range(beats + 1):
        detector.heartbeat(float(beat))
    assert silence_until_unavailable(detector, float(beats)) == pytest.approx(seconds, abs=0.02)


def test_f6_the_heartbeat_that_ends_an_outage_is_not_history() -> None:
    """F6: one long outage does not skew the statistics, and the detector recovers."""
    detector = AkkaPhiAccrual(acceptable_pause_s=0.0)
    for beat in range(100):
        detector.heartbeat(float(beat))
    assert not detector.is_available(500.0)
    before = silence_until_unavailable(detector, 99.0)
    detector.heartbeat(500.0)
    assert detector.is_available(500.1)
    assert silence_until_unavailable(detector, 500.0) == pytest.approx(before)


def test_f7_a_tolerated_gap_is_history() -> None:
    """F7: 199 gaps of 1 s and one of 9 s make detection slower: 14.3 s instead of 11.6 s."""
    detector = AkkaPhiAccrual()
    now = 0.0
    detector.heartbeat(now)
    for gap in [1.0] * 205 + [9.0]:
        now += gap
        detector.heartbeat(now)
    assert silence_until_unavailable(detector, now) == pytest.approx(14.3, abs=0.05)


@given(st.lists(st.floats(-1, 1000), min_size=1, max_size=60), st.integers(1, 20), st.floats(0, 1e-6))
def test_f5_the_windows_running_sums_are_exact(values: list[float], size: int, jitter: float) -> None:
    """F5, F14: mean and population deviation are those of a fresh exact calculation: running sums do not cancel."""
    values = [*values, *(1e5 + jitter * (step % 3) for step in range(size))]  # ends in tiny differences of big numbers
    window = Window(size)
    for seen, value in enumerate(values, 1):
        window.add(value)
        kept = [Fraction(one) for one in values[max(0, seen - size) : seen]]
        mean = sum(kept) / len(kept)
        variance = sum((one - mean) ** 2 for one in kept) / len(kept)
        assert len(window) == len(kept)
        assert window.mean_s == pytest.approx(float(mean), rel=1e-15, abs=1e-18)
        assert window.deviation_s == pytest.approx(math.sqrt(variance), rel=1e-14, abs=1e-18)
