"""What a sample says, and how sure that is: quantiles with bootstrap intervals, and exact Poisson intervals. Pure.

Sources: Garwood 1936 (the exact interval of a Poisson mean), Efron 1979 (the bootstrap). Deliberately not here: tables.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.records import quantile


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval.

    Attributes:
        value: The estimate.
        low: Lower end.
        high: Upper end; infinite if nothing bounds it.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Spread:
    """What a sample of times says.

    Attributes:
        n: Its size.
        p50: The median with its interval.
        p99: The smallest sample that 99 % do not exceed, with its interval. Below n = 100 that is the maximum.
        mean: The arithmetic mean.
        largest: The maximum.
    """

    n: int
    p50: Estimate
    p99: Estimate
    mean: float
    largest: float


def spread_of(samples: Sequence[float], *, resamples: int = 400, seed: int = 1) -> Spread:
    """Quantiles of a sample, with bootstrap intervals.

    Args:
        samples: At least one.
        resamples: How often the sample is drawn again.
        seed: Of those draws.
    """
    ordered = sorted(samples)
    n = len(ordered)
    rng = random.Random(seed)
    # The rank of a resample's quantile is that of the k-th smallest of n uniform ranks: no resample need be sorted.
    medians = sorted(ordered[_resampled_rank(rng, n, 0.50)] for _ in range(resamples))
    tails = sorted(ordered[_resampled_rank(rng, n, 0.99)] for _ in range(resamples))
    return Spread(
        n,
        Estimate(quantile(ordered, 0.50), quantile(medians, 0.025), quantile(medians, 0.975)),
        Estimate(quantile(ordered, 0.99), quantile(tails, 0.025), quantile(tails, 0.975)),
        math.fsum(ordered) / n,
        ordered[-1],
    )


def _resampled_rank(rng: random.Random, n: int, share: float) -> int:
    """The rank, 0 to n - 1, of a quantile of n draws from n samples."""
    k = min(n, max(1, math.ceil(share * n - 1e-9)))
    return min(n - 1, int(rng.betavariate(k, n - k + 1) * n))


def poisson_interval(count: int, confidence: float = 0.95) -> tuple[float, float]:
    """The exact (Garwood) interval of a Poisson mean of which `count` events were seen.

    For no event the interval is one-sided, so that its upper end is the well-known 3.0 of "3 / T".

    Args:
        count: Events seen, 0 or more.
        confidence: Between 0 and 1.
    """
    if count == 0:
        return 0.0, -math.log(1.0 - confidence)
    tail = (1.0 - confidence) / 2.0
    low = _root(lambda mean: 1.0 - poisson_cdf(count - 1, mean) - tail, 0.0, float(count))
    reach = count + 10.0 * math.sqrt(count) + 20.0
    return low, _root(lambda mean: tail - poisson_cdf(count, mean), float(count), reach)


def rate_per_hour(count: int, hours: float) -> Estimate:
    """Events per hour with the exact interval.

    Args:
        count: Events seen.
        hours: In so many hours, above 0.
    """
    low, high = poisson_interval(count)
    return Estimate(count / hours, low / hours, high / hours)


def poisson_cdf(count: int, mean: float) -> float:
    """The chance of at most `count` events, summed from the largest term downwards and upwards."""
    if mean <= 0.0:
        return 1.0
    mode = min(count, int(mean))
    top = math.exp(mode * math.log(mean) - mean - math.lgamma(mode + 1))
    total, term = top, top
    for k in range(mode, 0, -1):
        term *= k / mean
        total += term
        if term < 1e-18 * total:
            break
    term = top
    for k in range(mode + 1, count + 1):
        term *= mean / k
        total += term
        if term < 1e-18 * total:
            break
    return min(1.0, total)


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function passes zero."""
    for _ in range(200):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        if rising(middle) < 0.0:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def shares(samples: Sequence[float]) -> tuple[list[float], list[float]]:
    """The empirical distribution: the ordered samples, and the share that does not exceed each."""
    ordered = sorted(samples)
    return ordered, [bisect_right(ordered, sample) / len(ordered) for sample in ordered]
