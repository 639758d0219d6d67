"""Writes the report of a run: plots as PNG and SVG, and `report.md` that shows them. SHELL of files."""

from __future__ import annotations

from pathlib import Path

from benchmarks.detection.report.canvas import PlotsMissing
from benchmarks.detection.report.cdf_plot import draw_distributions
from benchmarks.detection.report.curve_plot import draw_curves
from benchmarks.detection.report.markdown import report
from benchmarks.detection.report.memory_plot import draw_memory
from benchmarks.detection.report.timeline_plot import draw_timeline
from benchmarks.detection.results import Results


def write_report(results: Results) -> tuple[Path, str]:
    """Write all that the results allow. Returns the report's place, and why there are no plots if there are none."""
    results.folder.mkdir(parents=True, exist_ok=True)
    plots: list[str] = []
    missing = ""
    try:
        if results.points:
            plots += draw_curves(results.points, results.folder)
            plots += draw_timeline(results.folder)
        plots += draw_distributions(results.trials, results.folder)
        plots += draw_memory(results.trials, results.folder)
    except PlotsMissing as error:
        missing = str(error)
    path = results.folder / "report.md"
    path.write_text(report(results, plots), encoding="utf-8")
    return path, missing
