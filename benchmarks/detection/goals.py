"""What was promised, and whether these results keep it. Pure.

Deliberately not here: throughput of messages; `benchmarks.actors` has that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.detection.overhead import Overhead
from benchmarks.detection.simulation.curves import Point
from benchmarks.detection.simulation.systems import SystemRun
from benchmarks.detection.statistics import poisson_interval, spread_of
from benchmarks.detection.trials.pressure import HIGH
from benchmarks.detection.trials.trial import Trial

WAN_PAUSE_S = 0.2
BEARABLE = ("flap", "loss-1", "delay-step", "hogs", "stall")


CERTAIN = "process-dead"
BARE_MIB = 16
"""What a bare subject may have; the kernel takes longer for a larger one."""
S_FOR_EACH_MIB = 0.00011


@dataclass(frozen=True, slots=True)
class Most:
    """From a SIGKILL to the handler.

    Attributes:
        n: Trials that it takes to say so.
        p99_s: Most of it.
        p50_s: Of a subject of `BARE_MIB`; each MiB beyond has `S_FOR_EACH_MIB`. 0 for no goal.
        max_s: 0 for no goal.
    """

    n: int
    p99_s: float
    p50_s: float = 0.0
    max_s: float = 0.0


MOST_S = {
    ("sigkill", "bare"): Most(1000, 0.010, 0.003, 0.025),
    ("sigkill", "full"): Most(1000, 0.010, 0.003),
    ("sigkill-64", "bare"): Most(100, 0.020),
    ("sigkill-64", "full"): Most(100, 0.020),
    ("sigkill-512", "bare"): Most(100, 0.120),
    ("sigkill-512", "full"): Most(100, 0.120),
}
"""By the failure and the subject."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal and what was found.

    Attributes:
        text: The goal.
        found: What was measured, with n.
        is_met: Whether it holds here; `None` if it may, but was not tried often enough to say so.
    """

    text: str
    found: str
    is_met: bool | None

    @property
    def verdict(self) -> str:
        """For people."""
        return "too few to say" if self.is_met is None else "met" if self.is_met else "NOT MET"


def goals(
    trials: Iterable[Trial], points: Iterable[Point], systems: Iterable[SystemRun], overheads: Iterable[Overhead]
) -> Iterator[Goal]:
    """Those about which something was measured."""
    trials = list(trials)
    ours = [trial for trial in trials if trial.cell.peer == "deathwatch"]
    yield from _kills(ours)
    yield from _silence(ours)
    yield from _false(ours, list(systems))
    yield from _wan(list(points))
    for overhead in overheads:
        if overhead.links >= 1000:
            beats = f"{overhead.interval_s:g} s beats ({overhead.carriage})"
            text = f"{overhead.links:,} links at {beats}: at most 5 % of one core"
            yield Goal(text, f"{overhead.cpu_share:.1%}", overhead.cpu_share <= 0.05)


def enough(holds: bool, is_enough: bool) -> bool | None:
    """A goal that is missed is missed; one that seems to hold must have been tried often enough."""
    return (True if is_enough else None) if holds else False


def _kills(trials: list[Trial]) -> Iterator[Goal]:
    alone = [trial for trial in trials if trial.cell.watchers == trial.cell.watched == 1]
    for (failure, subject), most in MOST_S.items():
        some = [trial for trial in alone if (trial.cell.failure, trial.cell.subject) == (failure, subject)]
        if some:
            yield from _killed(f"{failure}, {subject} subject", most, some)


def _killed(what: str, most: Most, trials: list[Trial]) -> Iterator[Goal]:
    sure = [trial for trial in trials if trial.terminated_s is not None and trial.cause == CERTAIN]
    if len(sure) < len(trials):
        yield Goal(f"{what}: each is known, and for certain", f"{len(sure)} of {len(trials)}", is_met=False)
    if not sure:
        return
    spread = spread_of([trial.terminated_s for trial in sure if trial.terminated_s is not None])
    rss_mib = sorted(trial.rss_kib for trial in sure)[len(sure) // 2] / 1024
    found = {"p50": spread.p50.value, "p99": spread.p99.value, "max": spread.largest}
    allowed = {
        "p50": most.p50_s and most.p50_s + max(0.0, rss_mib - BARE_MIB) * S_FOR_EACH_MIB,
        "p99": most.p99_s,
        "max": most.max_s,
    }
    wanted = {name: seconds for name, seconds in allowed.items() if seconds}
    met = all(found[name] <= seconds for name, seconds in wanted.items())
    goal = ", ".join(f"{name} <= {_ms(seconds)}" for name, seconds in wanted.items())
    have = ", ".join(f"{name} {_ms(seconds)}" for name, seconds in found.items())
    yield Goal(
        f"{what}, to the handler: {goal}, n >= {most.n}",
        f"{have}, n = {spread.n}, RSS {rss_mib:.0f} MiB{_under_load(sure)}",
        enough(met, spread.n >= most.n),
    )
    own = [
        trial.terminated_s - trial.signal_s
        for trial in sure
        if trial.terminated_s is not None and trial.signal_s is not None
    ]
    if own:
        spread = spread_of(own)
        found_own = f"p50 {_ms(spread.p50.value)}, p99 {_ms(spread.p99.value)}, n = {spread.n}"
        met = spread.p50.value <= 0.002 and spread.p99.value <= 0.005
        text = f"{what}, of that ours, from the kernel's first signal: p50 <= 2 ms, p99 <= 5 ms"
        yield Goal(text, found_own, enough(met, spread.n >= 100))


def _under_load(trials: list[Trial]) -> str:
    """How many were made while others wanted the processors, too."""
    count = sum((trial.pressure or 0.0) >= HIGH for trial in trials)
    return f", {count} of them under load" if count else ""


def _silence(trials: list[Trial]) -> Iterator[Goal]:
    for failure in ("freeze-2", "freeze-10", "cut", "cut-in", "cut-out", "kill-in-cut"):
        some = [t for t in trials if t.cell.failure == failure and (t.cell.profile, t.cell.carriage) == ("lan", "udp")]
        noticed = [trial.terminated_s for trial in some if trial.terminated_s is not None]
        if noticed:
            spread = spread_of(noticed)
            found = f"p99 {_ms(spread.p99.value)}, max {_ms(spread.largest)}, noticed {len(noticed)} of {len(some)}"
            met = spread.p99.value <= 0.5 and len(noticed) == len(some)
            text = f"{failure}, lan profile over UDP: p99 <= 500 ms"
            yield Goal(text, found, enough(met, spread.n >= 100))


def _false(trials: list[Trial], systems: list[SystemRun]) -> Iterator[Goal]:
    disturbed = [trial for trial in trials if trial.cell.failure in BEARABLE]
    for profile, carriage in dict.fromkeys((trial.cell.profile, trial.cell.carriage) for trial in disturbed):
        some = [trial for trial in disturbed if (trial.cell.profile, trial.cell.carriage) == (profile, carriage)]
        hours = sum(trial.watched_s for trial in some) / 3600
        false = sum(trial.is_false for trial in some)
        bound = poisson_interval(false)[1] / hours
        what = ", ".join(dict.fromkeys(trial.cell.failure for trial in some))
        found = f"{false} in {hours:.3g} link-hours; at most {bound:.3g} per link-hour"
        yield Goal(f"no false Terminated among real processes ({profile}/{carriage}: {what})", found, false == 0)
    for run in systems:
        rate = run.false_per_hour
        found = f"{run.false_terminated} in {run.link_hours:,.0f} link-hours; at most {rate.high:.2g} per link-hour"
        text = f"no false Terminated in 10,000 simulated link-hours ({run.profile} profile)"
        yield Goal(text, found, enough(run.false_terminated == 0, run.link_hours >= 9_999))


def _wan(points: list[Point]) -> Iterator[Goal]:
    for point in points:
        if (point.link, point.carriage, point.detector, point.setting) == ("wan-2004", "udp", "ours", WAN_PAUSE_S):
            detection = point.detection
            found = (
                f"{point.per_hour.value:.3g} mistakes/h, mean {_ms(detection.mean)}, p99 {_ms(detection.p99.value)}, "
                f"{point.hours:.0f} h"
            )
            fast = detection.mean <= 0.4 and detection.p99.value <= 0.46
            rate = point.per_hour
            met = fast and (rate.value if point.hours >= 100 else rate.low) <= 1.5
            text = "WAN-2004: <= 1.5 mistakes/h and p99 <= 460 ms at mean <= 400 ms"
            yield Goal(text, found, enough(met, point.hours >= 100))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 10 else f"{seconds:.3g} s"
