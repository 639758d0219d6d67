"""A strip of time: what was true, which heartbeats came, what two detectors thought, and when they suspected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.detection.catalogue import CONTENDERS, Contender
from benchmarks.detection.report.canvas import COLOURS, PALE, canvas
from benchmarks.detection.simulation.links import LINKS
from benchmarks.detection.simulation.replay import suspicions
from benchmarks.detection.simulation.trace import Times, Trace, draw

BEATS = 1200
OUTAGE_S, OUTAGE_BEATS = 2.0, 25
CRASH_S = 8.0
SHOWN_S = 14.0
SHOWN = (("ours", 0.2), ("phi", 8.0), ("akka-cluster", 8.0))
"""Detectors and settings. An outage is put into the strip, so that there is a mistake to be seen."""


def draw_timeline(folder: Path, link: str = "wan-2004") -> list[str]:
    """One figure. Returns its name."""
    trace = draw(LINKS[link], BEATS, seed=3)
    start = float(trace.sent[-1]) - SHOWN_S
    crashed = start + CRASH_S
    arrived = trace.arrived.copy()
    arrived[trace.sent > crashed] = np.inf
    outage = int(np.searchsorted(trace.sent, start + OUTAGE_S))
    arrived[outage : outage + OUTAGE_BEATS] = np.inf
    shown = Trace(trace.link, trace.carriage, trace.interval_s, trace.sent, arrived)
    times = np.arange(start, float(trace.sent[-1]), 0.005)
    ratios = [1.0, *([2.2] * len(SHOWN))]
    with canvas(folder, "timeline", (10.5, 7.6), nrows=1 + len(SHOWN), sharex=True, height_ratios=ratios) as (_, rows):
        _truth(rows[0], shown, start, crashed)
        for number, (name, setting) in enumerate(SHOWN):
            _strip(rows[1 + number], CONTENDERS[name], setting, shown, times, start, crashed, COLOURS[number])
        rows[0].set_title(
            f"What detectors thought, beat by beat ({link}; {OUTAGE_BEATS} beats are lost at {OUTAGE_S:g} s)"
        )
        rows[-1].set_xlabel("seconds")
        rows[-1].set_xlim(0, float(times[-1] - start))
    return ["timeline.png"]


def _truth(axes: Any, trace: Trace, start: float, crashed: float) -> None:
    axes.axvspan(0, crashed - start, ymin=0.55, ymax=0.95, color="#B7DEC9", linewidth=0)
    axes.axvspan(crashed - start, SHOWN_S, ymin=0.55, ymax=0.95, color="#444444", linewidth=0)
    axes.text((crashed - start) / 2, 0.75, "alive", ha="center", va="center", fontsize=9)
    axes.text((crashed - start + SHOWN_S) / 2, 0.75, "dead", ha="center", va="center", fontsize=9, color="white")
    seen = trace.arrived[np.isfinite(trace.arrived) & (trace.arrived > start)] - start
    axes.vlines(seen, 0.08, 0.42, color=COLOURS[0], linewidth=0.9)
    axes.set_yticks([0.25, 0.75], ["arrivals", "truth"])
    axes.set_ylim(0, 1)
    axes.grid(visible=False)


def _strip(
    axes: Any,
    contender: Contender,
    setting: float,
    trace: Trace,
    times: Times,
    start: float,
    crashed: float,
    colour: str,
) -> None:
    detector = contender.make(trace.interval_s, setting)
    values = np.array(suspicions(detector, trace, times)) / detector.threshold
    xs = times - start
    wrong = (values >= 1.0) & (times < crashed)
    right = (values >= 1.0) & (times >= crashed)
    axes.fill_between(xs, 0, 1.5, where=wrong, color="#D55E00", alpha=0.28, linewidth=0, step="post", label="mistake")
    axes.fill_between(xs, 0, 1.5, where=right, color="#444444", alpha=0.22, linewidth=0, step="post", label="detected")
    axes.plot(xs, np.minimum(values, 1.5), color=colour, linewidth=1.3)
    axes.axhline(1.0, color=PALE, linewidth=0.9, linestyle="--")
    axes.axvline(crashed - start, color="#444444", linewidth=0.9)
    axes.set_ylim(0, 1.5)
    axes.set_yticks([0, 0.5, 1.0], ["0", "half", "threshold"])
    knob = f", {contender.knob} {setting:g}" if contender.knob else ""
    found = f"detected {times[right][0] - crashed:.2f} s after death" if right.any() else "not detected in this strip"
    text = f"{contender.title}{knob}: {found}, {'a' if wrong.any() else 'no'} mistake"
    axes.set_title(text, fontsize=10, fontweight="normal")
