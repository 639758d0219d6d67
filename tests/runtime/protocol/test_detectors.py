from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.protocol.detectors import (
    AkkaPhiAccrual,
    Bertier,
    Chen,
    ExponentialAccrual,
    FailureDetector,
    FixedTimeout,
    PhiAccrual,
    TwoWindow,
)
from runtime.protocol.detectors.phi import akka_phi, paper_phi
from runtime.protocol.detectors.window import Window

EVERY: list[Callable[[], FailureDetector]] = [
    AkkaPhiAccrual,
    PhiAccrual,
    Chen,
    TwoWindow,
    Bertier,
    ExponentialAccrual,
    lambda: FixedTimeout(3.0),
]


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


def silence_until_unavailable(detector: FailureDetector, start: float) -> float:
    low, high = 0.0, 1000.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if detector.is_available(start + middle) else (low, middle)
    return high


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


@pytest.mark.parametrize("make", EVERY)
def test_f3_without_a_heartbeat_nothing_is_suspicious(make: Callable[[], FailureDetector]) -> None:
    """F3, F13: a detector that never heard anything is not monitoring, and says available."""
    detector = make()
    assert detector.suspicion(1e9) == 0.0
    assert detector.is_available(1e9)


@pytest.mark.parametrize("make", EVERY)
@given(gaps=st.lists(st.floats(0.01, 5.0), min_size=1, max_size=50), looks=st.lists(st.floats(0, 100), max_size=10))
def test_suspicion_never_falls_while_the_silence_lasts(
    make: Callable[[], FailureDetector], gaps: list[float], looks: list[float]
) -> None:
    """Accrual: for every history suspicion grows monotonically, and available means below the threshold."""
    detector = make()
    now = 0.0
    for gap in gaps:
        now += gap
        detector.heartbeat(now)
    last = 0.0
    for look in sorted(looks):
        suspicion = detector.suspicion(now + look)
        assert suspicion >= last
        assert detector.is_available(now + look) == (suspicion < detector.threshold)
        last = suspicion
    assert not detector.is_available(now + 1e6)


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


@pytest.mark.parametrize("make", EVERY)
@given(gaps=st.lists(st.floats(0.01, 5.0), min_size=1, max_size=40), numbered=st.booleans())
def test_a_heartbeat_that_has_just_come_is_not_suspicious(
    make: Callable[[], FailureDetector], gaps: list[float], numbered: bool
) -> None:
    """For every history the peer is available at the moment at which a fresh heartbeat came."""
    detector = make()
    now = 0.0
    for number, gap in enumerate(gaps):
        now += gap
        detector.heartbeat(now, number if numbered else None)
        assert detector.is_available(now)


@pytest.mark.parametrize("make", EVERY)
@given(gaps=st.lists(st.floats(0.01, 5.0), min_size=1, max_size=40), look=st.floats(0, 20), shift=st.integers(1, 2**20))
def test_f9_only_differences_of_times_matter(
    make: Callable[[], FailureDetector], gaps: list[float], look: float, shift: int
) -> None:
    """F9: the same history at another time of the clock gives the same suspicion, up to the clock's own rounding."""
    early, late = make(), make()
    now = 0.0
    for gap in gaps:
        now += round(gap * 1024) / 1024  # exact at either time
        early.heartbeat(now)
        late.heartbeat(now + shift)
    look = round(look * 1024) / 1024
    assert late.suspicion(now + shift + look) == pytest.approx(early.suspicion(now + look), rel=1e-6, abs=1e-9)


@given(
    eta=st.floats(0.05, 2.0),
    alpha=st.floats(0.05, 2.0),
    delays=st.lists(st.floats(0.0, 0.5), min_size=1, max_size=60),
    lost=st.sets(st.integers(0, 59)),
)
@pytest.mark.parametrize("make", [Chen, TwoWindow])
def test_a_numbered_detector_finds_every_death_in_bounded_time(
    make: Callable[..., FailureDetector], eta: float, alpha: float, delays: list[float], lost: set[int]
) -> None:
    """NFD-E: whatever was lost or late before, a death is found within interval + margin + the longest mean delay."""
    detector = make(eta, alpha)
    arrivals = sorted((number * eta + delay, number) for number, delay in enumerate(delays) if number not in lost)
    for now, number in arrivals:
        detector.heartbeat(now, number)
    if arrivals:
        died = len(delays) * eta  # the next one is not sent any more
        assert not detector.is_available(max(died + alpha + max(delays), arrivals[-1][0] + alpha) + 1e-6)


def test_numbered_heartbeats_are_told_from_late_double_and_reordered_ones() -> None:
    """NFD-E: only a heartbeat that was sent after all others that came moves the freshness point."""
    detector = Chen(interval_s=0.1, margin_s=0.05)
    for number in range(10):
        detector.heartbeat(number * 0.1 + 0.02, number)
    expected = detector.expected_arrival
    for late in (9, 9, 3, 8):
        detector.heartbeat(0.99, late)
    assert detector.expected_arrival == expected
    assert expected == pytest.approx(1.02)
    detector.heartbeat(1.32, 13)  # three were lost
    assert detector.expected_arrival == pytest.approx(1.42)


def test_numbers_count_from_wherever_they_begin() -> None:
    """A detector that begins in the middle of a sender's numbers expects the same as one from the beginning."""
    one, other = Chen(0.1, 0.05), Chen(0.1, 0.05)
    for number in range(5):
        one.heartbeat(number * 0.1, number)
        other.heartbeat(number * 0.1, number + 7_000_000_000)
    assert one.expected_arrival == other.expected_arrival


def test_two_windows_take_the_later_expectation() -> None:
    """2W-FD: after a step in the delay the short window counts at once, after the step back the long one still does."""
    two, one = TwoWindow(0.1, 0.05), Chen(0.1, 0.05)
    for number in range(50):
        for detector in (two, one):
            detector.heartbeat(number * 0.1 + (0.04 if number == 49 else 0.0), number)
    assert two.expected_arrival == pytest.approx(5.04)
    assert one.expected_arrival == pytest.approx(5.0 + 0.04 / 32)
    two.heartbeat(5.0, 50)
    assert two.expected_arrival == pytest.approx(5.1 + 0.04 / 51)


def test_bertiers_margin_follows_the_errors() -> None:
    """Bertier: Jacobson's margin shrinks over regular heartbeats, to its floor, and grows with an irregular one."""
    detector = Bertier(0.1, gamma=0.1, beta=1.0, phi=4.0, min_margin_s=0.001)
    for number in range(200):
        detector.heartbeat(number * 0.1, number)
    assert detector.margin_s == 0.001
    detector.heartbeat(20.0 + 0.05, 200)
    assert detector.margin_s == pytest.approx(0.1 * 0.05 + 4 * 0.1 * 0.05, rel=1e-3)


def test_cassandras_detector_counts_mean_intervals() -> None:
    """Exponential accrual: threshold 8 is reached after 18.4 mean intervals."""
    detector = ExponentialAccrual()
    for beat in range(100):
        detector.heartbeat(beat * 2.0)
    assert silence_until_unavailable(detector, 198.0) == pytest.approx(2 * 18.42, abs=0.01)


def test_chen_suspects_at_the_freshness_point() -> None:
    """NFD-E: a regular sender is suspected one interval and one margin after its last heartbeat."""
    detector = Chen(interval_s=0.1, margin_s=0.05)
    for beat in range(50):
        detector.heartbeat(beat * 0.1 + 0.02)
    assert detector.expected_arrival == pytest.approx(5.02)
    assert detector.is_available(5.06)
    assert detector.suspicion(5.07) == pytest.approx(1.0)
    assert not detector.is_available(5.08)


def test_chen_forgives_a_lost_heartbeat_and_a_pause() -> None:
    """A gap of several intervals counts as so many slots: the expectation after it is not shifted."""
    detector = Chen(interval_s=0.1, margin_s=0.05)
    for beat in [*range(20), *range(25, 40)]:
        detector.heartbeat(beat * 0.1)
    assert detector.expected_arrival == pytest.approx(4.0)


@given(pause=st.floats(0.1, 5.0), burst=st.integers(0, 60))
def test_chen_does_not_count_a_burst_as_intervals(pause: float, burst: int) -> None:
    """What a sender, or we, had held up and comes at once shifts the next expectation by less than an interval."""
    detector = Chen(interval_s=0.1, margin_s=0.05)
    for beat in range(20):
        detector.heartbeat(beat * 0.1)
    now = 1.9 + pause
    for step in range(burst + 1):
        detector.heartbeat(now + step * 1e-4)
    assert detector.expected_arrival is not None
    assert detector.expected_arrival <= now + 0.16


def test_fixed_timeout_is_a_deadline() -> None:
    """F13: available exactly until the timeout after the last heartbeat."""
    detector = FixedTimeout(3.0)
    detector.heartbeat(10.0)
    assert detector.is_available(12.99)
    assert not detector.is_available(13.0)
    assert detector.suspicion(11.5) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: AkkaPhiAccrual(threshold=0), "threshold"),
        (lambda: AkkaPhiAccrual(max_samples=0), "max_samples"),
        (lambda: AkkaPhiAccrual(min_std_deviation_s=0), "min_std_deviation_s"),
        (lambda: AkkaPhiAccrual(acceptable_pause_s=-1), "acceptable_pause_s"),
        (lambda: AkkaPhiAccrual(first_heartbeat_estimate_s=0), "first_heartbeat_estimate_s"),
        (lambda: AkkaPhiAccrual(threshold=math.nan), "threshold"),
        (lambda: PhiAccrual(threshold=-1), "threshold"),
        (lambda: Chen(interval_s=0), "interval_s"),
        (lambda: Chen(margin_s=0), "margin_s"),
        (lambda: Chen(max_samples=0), "max_samples"),
        (lambda: TwoWindow(short_samples=0), "short_samples"),
        (lambda: Bertier(gamma=0), "gamma"),
        (lambda: Bertier(gamma=1.5), "gamma"),
        (lambda: ExponentialAccrual(threshold=0), "threshold"),
        (lambda: FixedTimeout(0), "timeout_s"),
    ],
)
def test_f12_senseless_settings_are_refused_by_name(make: Callable[[], FailureDetector], name: str) -> None:
    """F12: a detector cannot be made with settings out of range."""
    with pytest.raises(ValueError, match=name):
        make()
