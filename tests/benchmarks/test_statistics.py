"""Quantiles, bootstrap intervals and exact Poisson intervals are what textbooks print."""

from __future__ import annotations

import math
import random

import pytest

from benchmarks.detection.statistics import poisson_cdf, poisson_interval, rate_per_hour, shares, spread_of


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(1, 0.0253, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390), (100, 81.364, 121.627), (10_000, 9804.96, 10197.96)],
)
def test_the_interval_of_a_poisson_mean_is_the_published_one(count: int, low: float, high: float) -> None:
    """Garwood's 95 % interval is exact, for few events and for many."""
    assert poisson_interval(count) == pytest.approx((low, high), rel=1e-3)


def test_no_event_leaves_the_rule_of_three() -> None:
    """Nothing seen in T hours bounds the rate by 3 / T."""
    assert rate_per_hour(0, 300.0).high == pytest.approx(3.0 / 300.0, rel=0.002)
    assert rate_per_hour(0, 300.0).low == 0.0


def test_poisson_chances_add_up() -> None:
    """The distribution is right far from its middle too."""
    assert poisson_cdf(0, 2.0) == pytest.approx(math.exp(-2.0))
    assert poisson_cdf(2, 2.0) == pytest.approx(math.exp(-2.0) * 5.0)
    assert poisson_cdf(3, 0.0) == 1.0
    assert poisson_cdf(1000, 400.0) == pytest.approx(1.0)


def test_a_spread_has_quantiles_that_are_samples_and_intervals_around_them() -> None:
    """p50 and p99 are samples; the interval of the median is as wide as the theory of order statistics says."""
    rng = random.Random(7)
    samples = [rng.gauss(10.0, 1.0) for _ in range(1000)]

    spread = spread_of(samples)

    assert spread.n == 1000
    assert spread.p50.value in samples
    assert spread.p99.value == sorted(samples)[989]
    assert spread.largest == max(samples)
    assert spread.p50.low < spread.p50.value < spread.p50.high
    width = 2 * 1.96 * 1.2533 / math.sqrt(1000)
    assert spread.p50.high - spread.p50.low == pytest.approx(width, rel=0.35)
    assert spread.p99.low <= spread.p99.value <= spread.p99.high <= spread.largest


def test_a_single_sample_is_its_own_interval() -> None:
    """One sample is its median and its maximum."""
    spread = spread_of([2.5])
    assert (spread.p50.low, spread.p50.value, spread.p99.high, spread.largest) == (2.5, 2.5, 2.5, 2.5)


def test_shares_reach_one() -> None:
    """The empirical distribution counts equal samples together and ends at 1."""
    assert shares([3.0, 1.0, 1.0, 2.0]) == ([1.0, 1.0, 2.0, 3.0], [0.5, 0.5, 0.75, 1.0])
