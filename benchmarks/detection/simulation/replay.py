"""`replay`: one detector on one trace. Its mistakes, and its detection times by crashes at every phase. Pure.

The detector is the real class, asked only through its protocol; it may be anybody's. What follows is the quality of
service of Chen, Toueg and Aguilera (2002). Deliberately not here: long traces in a fast way (`fast`).
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from benchmarks.detection.simulation.trace import Times, Trace
from benchmarks.detection.statistics import Estimate, rate_per_hour
from runtime.protocol.detectors import FailureDetector

NEVER_S = 1e5
EXACT_S = 1e-7


@dataclass(frozen=True)
class Quality:
    """What one detector made of one trace.

    Attributes:
        hours: Of link time that were judged, without the warm-up.
        mistakes: Begin and end of each wrong suspicion, in seconds.
        detection_s: From a crash to the suspicion that does not end.
    """

    hours: float
    mistakes: list[tuple[float, float]] = field(repr=False)
    detection_s: list[float] = field(repr=False)

    @property
    def mistakes_per_hour(self) -> Estimate:
        """lambda_M with its exact Poisson interval."""
        return rate_per_hour(len(self.mistakes), self.hours)

    @property
    def mistake_recurrence_s(self) -> float:
        """E(T_MR); infinite without a mistake."""
        return self.hours * 3600.0 / len(self.mistakes) if self.mistakes else math.inf

    @property
    def mistake_duration_s(self) -> float:
        """E(T_M); 0 without a mistake."""
        return self.wrong_share * self.hours * 3600.0 / len(self.mistakes) if self.mistakes else 0.0

    @property
    def wrong_share(self) -> float:
        """1 - P_A: the share of the time at which a live sender was suspected."""
        return math.fsum(end - begin for begin, end in self.mistakes) / (self.hours * 3600.0)


@dataclass(frozen=True)
class Crashes:
    """At which moments a trace's sender is imagined to crash: after the beat of that number, at that share of a phase.

    Attributes:
        beats: In order.
        phases: For each, from 0 (just after the beat was sent) to 1 (just before the next).
    """

    beats: list[int]
    phases: list[float]


def crashes(trace: Trace, count: int, warm_up: int, seed: int = 1) -> Crashes:
    """Crashes spread over the trace at random moments, so also over the phase of the heartbeat.

    Args:
        trace: The trace.
        count: How many.
        warm_up: Beats at the beginning that are left out.
        seed: Of the moments.
    """
    rng = np.random.default_rng(seed)
    beats = np.sort(rng.integers(warm_up, len(trace.sent) - 1, count))
    numbers, _ = trace.accepted()
    overtaken = np.isfinite(trace.arrived)
    overtaken[numbers] = False
    beats = beats[~overtaken[beats]]  # without the beat that overtook it, it would have counted
    return Crashes([int(beat) for beat in beats], [float(phase) for phase in rng.random(len(beats))])


def replay(detector: FailureDetector, trace: Trace, moments: Crashes, warm_up: int) -> Quality:
    """Feed a fresh detector with a trace.

    Args:
        detector: The detector; it is used up.
        trace: The trace.
        moments: Of the crashes.
        warm_up: Beats at the beginning whose mistakes do not count.
    """
    numbers, arrivals = trace.accepted()
    start = float(trace.sent[warm_up])
    mistakes: list[tuple[float, float]] = []
    detection_s: list[float] = []
    sent = trace.sent
    next_crash, crash_count = 0, len(moments.beats)
    since: float | None = None
    previous = 0.0
    following = [*numbers[1:].tolist(), len(sent)]
    available, beat = detector.is_available, numbered(detector)
    for number, now, after in zip(numbers.tolist(), arrivals.tolist(), following, strict=True):
        if since is None and not available(now):
            since = onset(available, previous, now)
        beat(now, number)
        if since is not None and available(now):
            if now > start:
                mistakes.append((max(since, start), now))
            since = None
        previous = now
        while next_crash < crash_count and moments.beats[next_crash] < after:
            last = moments.beats[next_crash]
            crashed = float(sent[last] + moments.phases[next_crash] * (sent[last + 1] - sent[last]))
            suspected = onset(available, now, now + NEVER_S) if since is None else since
            detection_s.append(max(0.0, suspected - crashed))
            next_crash += 1
    return Quality(float(sent[-1] - start) / 3600.0, mistakes, detection_s)


def numbered(detector: FailureDetector) -> Callable[[float, int], object]:
    """The detector's `heartbeat(now, number)`; one that takes no number is not given any."""
    if len(inspect.signature(detector.heartbeat).parameters) > 1:
        return detector.heartbeat
    plain: Callable[[float], object] = detector.heartbeat
    return lambda now, _: plain(now)


def onset(available: Callable[[float], bool], low: float, high: float) -> float:
    """When a detector that hears nothing more begins to suspect, between `low` and `high`; suspicion never falls."""
    reach = 0.01
    while low + reach < high and available(low + reach):
        reach *= 2.0
    low, high = low + (reach / 2.0 if reach > 0.01 else 0.0), min(high, low + reach)
    while high - low > EXACT_S:
        middle = (low + high) / 2.0
        if available(middle):
            low = middle
        else:
            high = middle
    return high


def suspicions(detector: FailureDetector, trace: Trace, times: Times) -> list[float]:
    """What a fresh detector says at each of some times, in order, while these beats arrive."""
    values, fed = [], 0
    beat = numbered(detector)
    numbers, arrivals = trace.accepted()
    for time in times.tolist():
        while fed < len(arrivals) and arrivals[fed] <= time:
            beat(float(arrivals[fed]), int(numbers[fed]))
            fed += 1
        values.append(detector.suspicion(time))
    return values
