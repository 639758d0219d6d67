"""What settings of Chen's detector lead to, and which settings a wish needs."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.protocol.detectors import AnyDelay, ConstantDelay, ExponentialDelay, Wish, configure, nfd_s_quality
from runtime.protocol.detectors.configurator import MIN_INTERVAL_S, recurrence_s

MONTH_S = 30 * 86400.0


@pytest.mark.parametrize(
    ("bound_s", "recurrence", "duration", "accuracy"),
    [
        (1.10, 60.6, 0.566, 0.99066),
        (1.25, 101, 0.780, 0.99228),
        (2.00, 101, 0.030, 0.99970),
        (2.25, 1.01e4, 0.780, 0.999923),
        (3.00, 1.01e4, 0.030, 0.99999702),
        (3.50, 1.01e6, 0.530, 0.99999948),
    ],
)
def test_the_golden_staircase(bound_s: float, recurrence: float, duration: float, accuracy: float) -> None:
    """Interval 1 s, 1 % loss, delay Exp(0.02 s): every interval of patience buys a factor of 100."""
    quality = nfd_s_quality(1.0, bound_s - 1.0, 0.01, ExponentialDelay(0.02))
    assert quality.detection_bound_s == bound_s
    assert quality.mistake_recurrence_s == pytest.approx(recurrence, rel=5e-3)
    assert quality.mistake_duration_s == pytest.approx(duration, abs=1e-3)
    assert quality.accuracy == pytest.approx(accuracy, abs=1.1 * 10 ** -len(str(accuracy).partition(".")[2]))


@pytest.mark.parametrize(
    ("loss", "per_hour"),
    [(0.001, (0.036, 3.6e-5, 3.6e-8)), (0.01, (3.56, 0.036, 3.6e-4)), (0.05, (85, 4.3, 0.21))],
)
def test_mistakes_on_a_lan(loss: float, per_hour: tuple[float, ...]) -> None:
    """Interval 100 ms, delay Exp(0.5 ms): the mistakes per hour at bounds of 250, 350 and 450 ms."""
    for bound_s, mistakes in zip((0.25, 0.35, 0.45), per_hour, strict=True):
        quality = nfd_s_quality(0.1, bound_s - 0.1, loss, ExponentialDelay(0.0005))
        assert quality.mistakes_per_hour == pytest.approx(mistakes, rel=0.02)


def test_the_closed_form_is_what_a_simulation_finds() -> None:
    """200,000 heartbeats of NFD-S, played: recurrence and duration of mistakes within 5 %, accuracy within 1e-3."""
    chance, eta, shift, loss, law = random.Random(7), 1.0, 0.1, 0.05, ExponentialDelay(0.05)
    beats = 200_000
    arrival = [
        math.inf if chance.random() < loss else number * eta + chance.expovariate(1 / law.mean_s)
        for number in range(beats)
    ]
    mistakes, wrong_s = 0, 0.0
    trusted_before = True
    for number in range(beats - 2):  # in [tau_i, tau_i+1) heartbeats from number i on count
        tau = number * eta + shift
        first = min(arrival[number], arrival[number + 1])
        if first > tau:
            mistakes += trusted_before
            wrong_s += min(first, tau + eta) - tau
        trusted_before = first <= tau + eta
    quality = nfd_s_quality(eta, shift, loss, law)
    assert beats * eta / mistakes == pytest.approx(quality.mistake_recurrence_s, rel=0.05)
    assert wrong_s / mistakes == pytest.approx(quality.mistake_duration_s, rel=0.05)
    assert 1 - wrong_s / (beats * eta) == pytest.approx(quality.accuracy, abs=1e-3)


def test_the_golden_configuration() -> None:
    """30 s, one mistake a month, 1 % loss, Exp(0.02 s): a heartbeat each 9.97 s and 20.03 s of patience."""
    timing = configure(Wish(30.0, MONTH_S, 0.01, ExponentialDelay(0.02), 60.0))
    assert timing.interval_s == pytest.approx(9.97, abs=0.01)
    assert timing.shift_s == pytest.approx(20.03, abs=0.01)


@given(
    bound_s=st.floats(0.2, 60.0),
    per_hour=st.floats(1e-6, 1000.0),
    loss=st.floats(0.0, 0.3),
    mean_s=st.floats(1e-4, 0.05),
)
def test_what_is_configured_grants_the_wish(bound_s: float, per_hour: float, loss: float, mean_s: float) -> None:
    """The configured interval keeps both bounds by the closed form, or the wish is called impossible."""
    wish = Wish(bound_s, 3600.0 / per_hour, loss, ExponentialDelay(mean_s))
    try:
        timing = configure(wish)
    except ValueError:
        assert recurrence_s(wish, MIN_INTERVAL_S) < wish.mistake_recurrence_s or mean_s + MIN_INTERVAL_S > bound_s
        return
    quality = nfd_s_quality(timing.interval_s, timing.shift_s, loss, wish.delay)
    assert timing.interval_s >= MIN_INTERVAL_S
    assert timing.interval_s + timing.shift_s == pytest.approx(bound_s)
    assert quality.mistake_recurrence_s >= wish.mistake_recurrence_s * 0.999
    assert quality.mistake_duration_s <= wish.mistake_duration_s


def test_an_impossible_wish_is_told_what_is_possible() -> None:
    """The text has the rarest mistakes in that time and the shortest time for that rate, and the latter is granted."""
    wish = Wish(0.1, 3600.0 * 1000, 0.3, ExponentialDelay(0.02))
    with pytest.raises(
        ValueError, match=r"within 0.1 s the best is .* 0.001 mistakes per hour can be had within"
    ) as told:
        configure(wish)
    shortest_s = float(str(told.value).split("within ")[-1].removesuffix(" s"))
    assert configure(Wish(shortest_s * 1.01, wish.mistake_recurrence_s, 0.3, wish.delay)).interval_s >= MIN_INTERVAL_S
    with pytest.raises(ValueError, match="impossible"):
        configure(Wish(shortest_s * 0.98, wish.mistake_recurrence_s, 0.3, wish.delay))


@pytest.mark.parametrize(
    ("law", "delay_s", "tail"),
    [
        (ExponentialDelay(2.0), 2.0, math.exp(-1)),
        (ConstantDelay(1.0), 0.99, 1.0),
        (ConstantDelay(1.0), 1.0, 0.0),
        (AnyDelay(1.0, 0.5), 0.5, 1.0),
        (AnyDelay(1.0, 0.5), 1.5, 0.5),
        (AnyDelay(1.0, 0.0), 1.0, 0.0),
        (ExponentialDelay(2.0), -1.0, 1.0),
    ],
)
def test_tails(law: ExponentialDelay | ConstantDelay | AnyDelay, delay_s: float, tail: float) -> None:
    """The chance of a longer delay, for each law; of an unknown one the largest that there can be."""
    assert law.tail(delay_s) == pytest.approx(tail)


@pytest.mark.parametrize("loss", [-0.1, 1.0, math.nan])
def test_a_loss_is_a_chance(loss: float) -> None:
    """A loss below 0, or of everything, is refused."""
    with pytest.raises(ValueError, match="loss"):
        nfd_s_quality(1.0, 1.0, loss, ConstantDelay(0.1))
    with pytest.raises(ValueError, match="loss"):
        Wish(1.0, 1.0, loss, ConstantDelay(0.1))
