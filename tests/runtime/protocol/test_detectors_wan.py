"""Detectors over one arrival trace with the figures of the phi paper's experiment between Japan and Switzerland (2004).

Drawn after the published figures: one-way delay from half the round trip (gamma above its minimum), 814 bursts of loss
in 5.8 million heartbeats, 0.4 % lost in all and 1093 at a time at most; how long bursts are is not published.
Deliberately not here: the longer runs and plots of `benchmarks`.
"""

from __future__ import annotations

import random

import pytest

from runtime.protocol.detectors import Chen, FailureDetector, PhiAccrual, TwoWindow

INTERVAL_S = 0.1035
BEATS = 150_000
HOURS = BEATS * INTERVAL_S / 3600


def trace(seed: int) -> list[tuple[float, int]]:
    """Arrivals with their numbers, in the order of arrival."""
    chance = random.Random(seed)
    arrivals, number = [], 0
    while number < BEATS:
        if chance.random() < 814 / 5_845_713:
            number += 1 if chance.random() < 0.84 else round(2 * (1093 / 2) ** chance.random())
        else:
            delay_s = 0.135 + chance.gammavariate(0.116, 0.0565)
            arrivals.append((number * INTERVAL_S + chance.gauss(0, 0.00019) + delay_s, number))
            number += 1
    return sorted(arrivals)


def judge(detector: FailureDetector, arrivals: list[tuple[float, int]]) -> tuple[float, list[float]]:
    """Mistakes per hour, and the time from a crash right after each sending to the final suspicion, sorted.

    A crash halfway to the next heartbeat is found half an interval sooner after it, so the phase is spread by number.
    """
    mistakes, times = 0, []
    for now, number in arrivals:
        if not detector.is_available(now):
            mistakes += 1
        detector.heartbeat(now, number)
        if number % 50 == 0 and number > 2000:
            crash = number * INTERVAL_S + (number * 0.618 % 1) * INTERVAL_S
            low, high = 0.0, 20.0
            for _ in range(20):
                middle = (low + high) / 2
                low, high = (middle, high) if detector.is_available(now + middle) else (low, middle)
            times.append(now + high - crash)
    return mistakes / HOURS, sorted(times)


def test_our_choice_beats_phi_on_the_wan_of_2004() -> None:
    """T6: at a mean of at most 400 ms Chen's p99 is below 460 ms; phi 8 is no faster, errs more, and has a tail."""
    arrivals = trace(0)
    mistakes, times = judge(Chen(INTERVAL_S, 0.2, 200), arrivals)
    phi_mistakes, phi_times = judge(PhiAccrual(8.0, 1000, 0.001, INTERVAL_S), arrivals)
    two_mistakes, two_times = judge(TwoWindow(INTERVAL_S, 0.2), arrivals)

    assert sum(times) / len(times) <= 0.4
    assert times[int(len(times) * 0.99)] <= 0.46
    assert mistakes <= 1.5
    assert phi_mistakes > 5 * mistakes
    assert phi_times[-1] > 1.5 * times[-1]
    assert two_mistakes == pytest.approx(mistakes, abs=0.5)
    assert times[int(len(times) * 0.99)] < two_times[int(len(two_times) * 0.99)]
