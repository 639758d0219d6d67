"""Chen's configurator: from a wish for quality to the settings of a detector, or to why there are none. Pure.

Source: Chen, Toueg, Aguilera (IEEE ToC 51(5), 2002), section 4; the golden example of the paper is in the tests. The
shortest interval is bounded here: heartbeats without end would meet every wish.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from runtime.protocol.detectors.delays import DelayLaw
from runtime.protocol.detectors.detector import require_positive
from runtime.protocol.detectors.quality import require_chance

MIN_INTERVAL_S = 0.02
"""Heartbeats are not sent faster: 50 a second for each peer, and an event loop on a busy machine is not more exact."""

_STEPS = 400


@dataclass(frozen=True, slots=True)
class Wish:
    """What a detector shall do, and where.

    Attributes:
        detect_within_s: T_D^U: a death is found within that time, above 0.
        mistake_recurrence_s: T_MR^L: mistakes are at least so far apart on the average, above 0.
        loss: Chance that a heartbeat is lost, 0 or more and below 1.
        delay: Of those that are not.
        mistake_duration_s: T_M^U: mistakes last at most so long on the average, above 0.
    """

    detect_within_s: float
    mistake_recurrence_s: float
    loss: float
    delay: DelayLaw
    mistake_duration_s: float = 60.0

    def __post_init__(self) -> None:
        require_positive(
            detect_within_s=self.detect_within_s,
            mistake_recurrence_s=self.mistake_recurrence_s,
            mistake_duration_s=self.mistake_duration_s,
        )
        require_chance(self.loss)


@dataclass(frozen=True, slots=True)
class Timing:
    """Settings of NFD-S.

    Attributes:
        interval_s: The paper's eta.
        shift_s: The paper's delta. NFD-E's margin is this minus the mean delay.
    """

    interval_s: float
    shift_s: float


def configure(wish: Wish, min_interval_s: float = MIN_INTERVAL_S) -> Timing:
    """The settings with the longest interval, and so the fewest heartbeats, that grant a wish.

    Raises:
        ValueError: If there are none; the text has the best that can be had.
    """
    timing = _longest(wish, min_interval_s)
    if timing is None:
        raise ValueError(
            f"impossible with heartbeats no faster than {min_interval_s:g} s: {_best(wish, min_interval_s)}"
        )
    return timing


def recurrence_s(wish: Wish, interval_s: float) -> float:
    """The paper's f(eta): a lower bound of E(T_MR) when heartbeats have that interval and detection that bound."""
    bound_s = wish.detect_within_s
    chance = (1.0 - wish.loss) * (1.0 - wish.delay.tail(bound_s))
    for behind in range(1, math.ceil(bound_s / interval_s)):
        chance *= wish.loss + (1.0 - wish.loss) * wish.delay.tail(bound_s - behind * interval_s)
    return interval_s / chance if chance > 0 else math.inf


def _longest(wish: Wish, min_interval_s: float) -> Timing | None:
    """Search from long intervals to short ones.

    Between T/m and T/(m-1) the bound f first grows with the interval and then falls steeply, so each such piece is
    looked at from its end.
    """
    bound_s = wish.detect_within_s
    in_time = (1.0 - wish.loss) * (1.0 - wish.delay.tail(bound_s))
    longest_s = min(in_time * wish.mistake_duration_s, bound_s - wish.delay.mean_s)
    high = longest_s
    while high > min_interval_s:
        low = max(bound_s / math.ceil(bound_s / high + 1e-9), min_interval_s)
        found = _longest_between(wish, low, high)
        if found is not None:
            return Timing(found, bound_s - found)
        high = low if low < high else 0.0
    if longest_s >= min_interval_s and recurrence_s(wish, min_interval_s) >= wish.mistake_recurrence_s:
        return Timing(min_interval_s, bound_s - min_interval_s)
    return None


def _longest_between(wish: Wish, low: float, high: float) -> float | None:
    too_long = high
    for step in range(_STEPS + 1):
        interval_s = high - (high - low) * step / _STEPS
        if recurrence_s(wish, interval_s) >= wish.mistake_recurrence_s:
            for _ in range(60):
                middle = (interval_s + too_long) / 2
                if recurrence_s(wish, middle) >= wish.mistake_recurrence_s:
                    interval_s = middle
                else:
                    too_long = middle
            return interval_s
        too_long = interval_s
    return None


def _best(wish: Wish, min_interval_s: float) -> str:
    """What could be had instead, for people: the rarest mistakes in that time, and the shortest time for that rate."""
    texts = []
    if wish.detect_within_s > min_interval_s + wish.delay.mean_s:
        recurrence = recurrence_s(wish, min_interval_s)
        texts.append(f"within {wish.detect_within_s:g} s the best is {3600.0 / recurrence:.3g} mistakes per hour")
    low, high = 0.0, max(wish.detect_within_s, min_interval_s)
    while _longest(_within(wish, high), min_interval_s) is None:
        low, high = high, high * 2
        if high > 1e6:
            return "; ".join([*texts, "that few mistakes cannot be had within any time"])
    while high - low > 0.001 * high:
        middle = (low + high) / 2
        if middle > 0 and _longest(_within(wish, middle), min_interval_s) is not None:
            high = middle
        else:
            low = middle
    texts.append(f"{3600.0 / wish.mistake_recurrence_s:.3g} mistakes per hour can be had within {high:.3g} s")
    return "; ".join(texts)


def _within(wish: Wish, detect_within_s: float) -> Wish:
    return Wish(detect_within_s, wish.mistake_recurrence_s, wish.loss, wish.delay, wish.mistake_duration_s)
