"""Detection time against the memory of the killed process: what the kernel takes to tear it down, and we on top."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.detection.report.canvas import COLOURS, canvas, people_seconds
from benchmarks.detection.trials.trial import Trial


def draw_memory(trials: list[Trial], folder: Path) -> list[str]:
    """One figure, if processes of different sizes were killed. Returns its name."""
    killed = [
        trial
        for trial in trials
        if trial.cell.failure.startswith("sigkill") and trial.terminated_s and trial.exit_s and trial.anon_kib
    ]
    if len({trial.cell.failure for trial in killed}) < 2:
        return []
    with canvas(folder, "memory", (8.5, 5.2)) as (_, axes):
        mib = [trial.anon_kib / 1024 for trial in killed]
        axes.scatter(
            mib,
            [trial.terminated_s for trial in killed],
            s=16,
            color=COLOURS[1],
            alpha=0.55,
            linewidths=0,
            label="handler of Terminated entered",
            zorder=3,
        )
        axes.scatter(
            mib,
            [trial.exit_s for trial in killed],
            s=16,
            color=COLOURS[0],
            alpha=0.55,
            linewidths=0,
            label="process torn down by the kernel (pidfd)",
            zorder=2,
        )
        low, high = min(mib), max(mib)
        sizes = [low * (high / low) ** (step / 100) for step in range(101)]
        axes.plot(
            sizes,
            [0.001 + 0.00011 * size for size in sizes],
            color="#555555",
            linestyle="--",
            linewidth=1.2,
            label="1 ms + 0.11 ms for each MiB",
        )
        axes.set_xscale("log")
        axes.set_yscale("log")
        _ticks(axes.xaxis, (8, 16, 32, 64, 128, 256, 512, 1024, 2048), lambda value, _: f"{value:g} MiB")
        _ticks(axes.yaxis, (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0), people_seconds)
        axes.set_xlim(low * 0.8, high * 1.25)
        axes.set_xlabel("memory of the process's own, at SIGKILL")
        axes.set_ylabel("since SIGKILL")
        axes.set_title("A large process takes longer to die, and so to be known dead")
        axes.legend(loc="upper left", fontsize=9)
    return ["memory.png"]


def _ticks(axis: Any, places: tuple[float, ...], write: Any) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator

    axis.set_major_locator(FixedLocator(places))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(write)
