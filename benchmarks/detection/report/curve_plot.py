"""Mistakes per hour against detection time, one curve for each detector: the plot of every paper since 2002."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.detection.report.canvas import COLOURS, DASHES, INK, canvas, people_seconds
from benchmarks.detection.simulation.curves import Point

MARKERS = "osD^vPX<>h"


def draw_curves(points: list[Point], folder: Path) -> list[str]:
    """One figure for each link and carriage: by mean detection time, and by its 99 % quantile. Returns their names."""
    names = []
    for link, carriage in dict.fromkeys((point.link, point.carriage) for point in points):
        here = [point for point in points if (point.link, point.carriage) == (link, carriage)]
        some = [point for point in here if not point.detector.endswith("-equal")]
        name = f"mistakes-{link}-{carriage}"
        with canvas(folder, name, (11.5, 5.6), ncols=2, sharey=True) as (figure, (left, right)):
            hours = max(point.hours for point in some)
            figure.suptitle(
                f"Mistakes against detection time: {link}, heartbeats by {carriage.upper()}",
                x=0.01,
                ha="left",
                fontsize=13,
                fontweight="bold",
            )
            _axes(left, some, "mean detection time", lambda point: point.detection.mean)
            _axes(right, some, "99 % of deaths are detected within", lambda point: point.detection.p99.value)
            left.set_ylabel("mistakes per hour and link")
            figure.legend(
                *left.get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=9, handlelength=3.2
            )
            right.text(
                0.99,
                0.985,
                f"same trace for all, up to {hours:,.0f} h; bars: exact 95 %\n"
                "hollow: no mistake seen, drawn at the upper bound 3 / T",
                transform=right.transAxes,
                ha="right",
                va="top",
                fontsize=8,
                color="#666666",
            )
        names.append(f"{name}.png")
    return names


def _axes(axes: Any, points: list[Point], label: str, across: Any) -> None:
    for number, detector in enumerate(dict.fromkeys(point.detector for point in points)):
        curve = sorted((point for point in points if point.detector == detector), key=across)
        ours = detector == "ours"
        colour = INK if ours else COLOURS[number % len(COLOURS)]
        xs = [across(point) for point in curve]
        ys = [point.per_hour.value or point.per_hour.high for point in curve]
        axes.plot(
            xs,
            ys,
            label=curve[0].title,
            color=colour,
            linestyle="-" if ours else DASHES[number % len(DASHES)],
            linewidth=2.4 if ours else 1.4,
            marker=MARKERS[number % len(MARKERS)],
            markersize=5.5 if ours else 4.5,
            zorder=5 if ours else 3,
            alpha=1.0 if ours else 0.9,
        )
        for x, point in zip(xs, curve, strict=True):
            seen = point.mistakes > 0
            low = point.per_hour.low if seen else point.per_hour.high
            axes.plot([x, x], [low, point.per_hour.high], color=colour, linewidth=0.8, alpha=0.7, zorder=2)
            if not seen:
                axes.plot(x, point.per_hour.high, marker="o", markersize=7, mfc="white", mec=colour, zorder=6)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(label)
    axes.xaxis.set_major_formatter(people_seconds)
    _ticks(axes, [across(point) for point in points])
    axes.grid(which="minor", visible=False)


def _ticks(axes: Any, values: list[float]) -> None:
    """1, 2 and 5 of each decade."""
    from matplotlib.ticker import FixedLocator, NullLocator

    low, high = min(values) * 0.85, max(values) * 1.15
    ticks = [digit * 10.0**power for power in range(-4, 4) for digit in (1, 2, 5)]
    axes.xaxis.set_major_locator(FixedLocator([tick for tick in ticks if low <= tick <= high]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(low, high)
