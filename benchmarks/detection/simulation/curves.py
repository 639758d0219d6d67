"""Every detector along its knob, on one and the same trace: the points of mistakes against detection time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from benchmarks.detection.catalogue import Contender
from benchmarks.detection.simulation.fast import judge
from benchmarks.detection.simulation.replay import Quality, crashes, replay
from benchmarks.detection.simulation.trace import Trace
from benchmarks.detection.statistics import Estimate, Spread, spread_of

WARM_UP_BEATS = 1000
EQUAL_STEPS = 14
EQUAL_WITHIN = 0.01


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a trace is judged.

    Attributes:
        fast_beats: Where there is a fast way.
        beats: By the real classes alone.
        crashes: Imagined crashes.
    """

    fast_beats: int
    beats: int
    crashes: int


QUICK = Extent(1_000_000, 50_000, 2_000)
USUAL = Extent(4_000_000, 1_000_000, 10_000)


@dataclass(frozen=True, slots=True)
class Point:
    """One detector with one setting on one trace.

    Attributes:
        link: The trace's link.
        carriage: `udp` or `tcp`.
        detector: Its name.
        title: For the legend.
        knob: What the setting is called.
        setting: Its value.
        hours: Of link time.
        mistakes: In that time.
        per_hour: lambda_M with its exact interval.
        wrong_share: 1 - P_A.
        mistake_recurrence_s: E(T_MR).
        mistake_duration_s: E(T_M).
        detection: T_D in seconds.
    """

    link: str
    carriage: str
    detector: str
    title: str
    knob: str
    setting: float
    hours: float
    mistakes: int
    per_hour: Estimate
    wrong_share: float
    mistake_recurrence_s: float
    mistake_duration_s: float
    detection: Spread


def beginning(trace: Trace, beats: int) -> Trace:
    """The first beats of a trace."""
    return Trace(trace.link, trace.carriage, trace.interval_s, trace.sent[:beats], trace.arrived[:beats])


def judge_one(contender: Contender, setting: float, trace: Trace, extent: Extent) -> Quality:
    """One detector with one setting, the fast way if there is one."""
    part = beginning(trace, extent.beats if contender.onsets is None else extent.fast_beats)
    moments = crashes(part, extent.crashes, WARM_UP_BEATS)
    if contender.onsets is None:
        return replay(contender.make(trace.interval_s, setting), part, moments, WARM_UP_BEATS)
    return judge(contender.onsets(trace.interval_s, setting), part, moments, WARM_UP_BEATS)


def curves(
    contenders: list[Contender], trace: Trace, extent: Extent, tell: Callable[[str], None] = lambda _: None
) -> Iterator[Point]:
    """All points of some detectors on a trace.

    Args:
        contenders: The detectors.
        trace: The trace; only as much of it is used as `extent` says.
        extent: How much is judged.
        tell: Told of each detector that begins.
    """
    for contender in contenders:
        tell(f"{contender.title} on {trace.link} by {trace.carriage}")
        for setting in contender.settings:
            yield point(contender, setting, trace, judge_one(contender, setting, trace, extent))


def at_equal_mean(contenders: list[Contender], model: Point, trace: Trace, extent: Extent) -> Iterator[Point]:
    """Those with a knob and a fast way, each turned until its mean detection time is that of a point.

    Args:
        contenders: The detectors; one that cannot be so fast, or so slow, is left out.
        model: The point.
        trace: Of the point.
        extent: How much of the trace is judged.
    """
    for contender in contenders:
        if contender.onsets is None or not contender.knob or contender.name == model.detector:
            continue
        low, high = contender.settings[0], contender.settings[-1]
        for _ in range(EQUAL_STEPS):
            middle = (low + high) / 2
            found = point(contender, middle, trace, judge_one(contender, middle, trace, extent))
            low, high = (middle, high) if found.detection.mean < model.detection.mean else (low, middle)
        if abs(found.detection.mean - model.detection.mean) < EQUAL_WITHIN * model.detection.mean:
            yield replace(found, detector=f"{contender.name}-equal", title=f"{contender.title}, equal mean")


def point(contender: Contender, setting: float, trace: Trace, quality: Quality) -> Point:
    """What is kept of a judgement."""
    return Point(
        link=trace.link,
        carriage=trace.carriage,
        detector=contender.name,
        title=contender.title,
        knob=contender.knob,
        setting=setting,
        hours=quality.hours,
        mistakes=len(quality.mistakes),
        per_hour=quality.mistakes_per_hour,
        wrong_share=quality.wrong_share,
        mistake_recurrence_s=quality.mistake_recurrence_s,
        mistake_duration_s=quality.mistake_duration_s,
        detection=spread_of(quality.detection_s),
    )
