"""The distribution of detection times, one curve for each way to fail, with the defaults of others as lines."""

from __future__ import annotations

from pathlib import Path

from benchmarks.detection.report.canvas import COLOURS, DASHES, canvas, defaults_of_others, people_seconds
from benchmarks.detection.report.markdown import by_cell
from benchmarks.detection.statistics import shares
from benchmarks.detection.trials.failures import FAILURES
from benchmarks.detection.trials.trial import Trial

MOST = 10


def draw_distributions(trials: list[Trial], folder: Path) -> list[str]:
    """One figure for each profile and carriage. Returns their names."""
    names = []
    noticed = [trial for trial in trials if trial.terminated_s is not None and trial.truth != "alive"]
    for profile, carriage in dict.fromkeys((trial.cell.profile, trial.cell.carriage) for trial in noticed):
        some = [trial for trial in noticed if (trial.cell.profile, trial.cell.carriage) == (profile, carriage)]
        curves = sorted(by_cell(some).items(), key=lambda item: _median(item[1]))[:MOST]
        name = f"detection-{profile}-{carriage}"
        with canvas(folder, name, (10.5, 5.6)) as (_, axes):
            for number, (cell, of_cell) in enumerate(curves):
                xs, ys = shares([trial.terminated_s or 0.0 for trial in of_cell])
                crowd = f", {cell.watchers} x {cell.watched:,}" if cell.watchers * cell.watched > 1 else ""
                peer = "" if cell.peer == "deathwatch" else f" ({cell.peer})"
                axes.step(
                    [xs[0], *xs],
                    [0.0, *ys],
                    where="post",
                    color=COLOURS[number % len(COLOURS)],
                    linestyle=DASHES[number % len(DASHES)],
                    linewidth=1.8,
                    label=f"{FAILURES[cell.failure].title}{crowd}{peer}, n = {len(xs):,}",
                )
            defaults_of_others(axes)
            axes.set_xscale("log")
            axes.set_xlim(min(5e-4, min(trial.terminated_s or 1.0 for trial in some) * 0.8), 100)
            axes.set_ylim(0, 1.005)
            axes.xaxis.set_major_formatter(people_seconds)
            axes.set_xlabel("from the injection to the handler of Terminated in another process")
            axes.set_ylabel("share of deaths detected")
            axes.set_title(f"How soon a death is known: {profile} profile, heartbeats by {carriage.upper()}", pad=92)
            axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8.5, handlelength=3)
        names.append(f"{name}.png")
    return names


def _median(trials: list[Trial]) -> float:
    return sorted(trial.terminated_s or 0.0 for trial in trials)[len(trials) // 2]
