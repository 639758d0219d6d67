"""The same judgement for long traces: when a detector would begin to suspect after each beat, as one array. With numpy.

Only for detectors without feedback from their own suspicion, so not for Akka's. `agreement` replays a sample of the
trace to the real class and says by how much the two differ; nothing here is reported without it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from benchmarks.detection.simulation.replay import Crashes, Quality, crashes, replay
from benchmarks.detection.simulation.trace import Ranks, Times, Trace
from runtime.protocol.detectors import FailureDetector
from runtime.protocol.detectors.phi import paper_phi

Onsets = Callable[[Trace, Ranks, Times], Times]
"""For the accepted beats of a trace: when the silence after each would become a suspicion."""


def fixed_onsets(timeout_s: float) -> Onsets:
    """Of `FixedTimeout`."""
    return lambda trace, numbers, arrivals: arrivals + timeout_s


def expectation_onsets(margin_s: float, *sizes: int) -> Onsets:
    """Of `Chen` with one window, of `TwoWindow` with two."""

    def onsets(trace: Trace, numbers: Ranks, arrivals: Times) -> Times:
        offsets = arrivals - numbers * trace.interval_s
        offset = np.max([moving_mean(offsets, size) for size in sizes], axis=0)
        expected: Times = np.maximum(offset + (numbers + 1) * trace.interval_s, arrivals)
        return expected + margin_s

    return onsets


def exponential_onsets(threshold: float, size: int) -> Onsets:
    """Of `ExponentialAccrual`."""

    def onsets(trace: Trace, numbers: Ranks, arrivals: Times) -> Times:
        gaps = np.diff(arrivals)
        mean_s = np.concatenate([[trace.interval_s], moving_mean(gaps, size)])
        return arrivals + threshold * math.log(10.0) * mean_s

    return onsets


def phi_onsets(threshold: float, size: int, floor_s: float) -> Onsets:
    """Of `PhiAccrual`."""
    z = _deviations(threshold)

    def onsets(trace: Trace, numbers: Ranks, arrivals: Times) -> Times:
        gaps = np.diff(arrivals)
        mean_s = moving_mean(gaps, size)
        centred = gaps - gaps.mean()
        variance = moving_mean(centred * centred, size) - moving_mean(centred, size) ** 2
        deviation_s = np.maximum(np.sqrt(np.maximum(variance, 0.0)), floor_s)
        seeded = max(trace.interval_s / 4, floor_s)
        early = np.full(2, trace.interval_s + z * seeded)  # until two intervals were seen
        allowed: Times = np.concatenate([early, (mean_s + z * deviation_s)[1:]])
        return arrivals + allowed

    return onsets


def _deviations(threshold: float) -> float:
    """How many deviations beyond the mean phi reaches the threshold."""
    low, high = -40.0, 200.0
    while high - low > 1e-12 * max(1.0, abs(high)):
        middle = (low + high) / 2.0
        low, high = (middle, high) if paper_phi(middle, 0.0, 1.0) < threshold else (low, middle)
        if middle in (low, high) and high - low < 1e-9:
            break
    return high


def moving_mean(values: Times, size: int) -> Times:
    """The mean of the last `size` values at each place, of fewer at the beginning."""
    sums = np.concatenate([[0.0], np.cumsum(values - values.mean())])
    ends = np.arange(1, len(values) + 1)
    begins = np.maximum(ends - size, 0)
    means: Times = (sums[ends] - sums[begins]) / (ends - begins) + values.mean()
    return means


def judge(onsets: Onsets, trace: Trace, moments: Crashes, warm_up: int) -> Quality:
    """What `replay` finds, from the array."""
    numbers, arrivals = trace.accepted()
    begins = onsets(trace, numbers, arrivals)[:-1]
    ends = arrivals[1:]
    start = float(trace.sent[warm_up])
    wrong = (begins < ends) & (ends > start)
    mistakes = list(zip(np.maximum(begins[wrong], start).tolist(), ends[wrong].tolist(), strict=True))
    beats = np.array(moments.beats, dtype=np.int64)
    crashed = trace.sent[beats] + np.array(moments.phases) * (trace.sent[beats + 1] - trace.sent[beats])
    last = np.searchsorted(numbers, beats, side="right") - 1
    suspected = onsets(trace, numbers, arrivals)[last]
    hours = float(trace.sent[-1] - start) / 3600.0
    return Quality(hours, mistakes, np.maximum(suspected - crashed, 0.0).tolist())


def agreement(onsets: Onsets, detector: FailureDetector, trace: Trace, beats: int) -> float:
    """By how many seconds the fast way and the real class differ on the first beats of a trace.

    Compared are each mistake's begin and end and each detection time; infinite if there are not as many of each.

    Args:
        onsets: The fast way.
        detector: The real one, fresh.
        trace: The trace.
        beats: How much of it.
    """
    part = Trace(trace.link, trace.carriage, trace.interval_s, trace.sent[:beats], trace.arrived[:beats])
    warm_up = min(100, beats // 10)
    moments = crashes(part, min(500, beats // 10), warm_up)
    slow, quick = replay(detector, part, moments, warm_up), judge(onsets, part, moments, warm_up)
    if len(slow.mistakes) != len(quick.mistakes) or len(slow.detection_s) != len(quick.detection_s):
        return math.inf
    both = zip(slow.mistakes, quick.mistakes, strict=True)
    pairs = [pair for one, other in both for pair in zip(one, other, strict=True)]
    pairs += zip(slow.detection_s, quick.detection_s, strict=True)
    return max((abs(a - b) for a, b in pairs), default=0.0)
