"""What all failure detectors have in common, and what those have of their own that are not of the family of phi."""

from __future__ import annotations

import math
from collections.abc import Callable

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
from tests.runtime.protocol.detecting import silence_until_unavailable

EVERY: list[Callable[[], FailureDetector]] = [
    AkkaPhiAccrual,
    PhiAccrual,
    Chen,
    TwoWindow,
    Bertier,
    ExponentialAccrual,
    lambda: FixedTimeout(3.0),
]


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
