"""How soon all tasks run again, and how long the output is silent: a curve for each cluster, a panel for each fault.

Lines stand where Apache Flink 2.3 was measured, with the same faults and a real ZooKeeper. SHELL of matplotlib.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.detection.report.canvas import COLOURS, DASHES, PALE, canvas, people_seconds
from benchmarks.detection.statistics import shares
from benchmarks.failover.faults import FAULTS
from benchmarks.failover.report import groups
from benchmarks.failover.sample import Sample

FLINK_S: dict[
    str, dict[str, tuple[tuple[str, float], ...]]
] = {  # fault -> what -> (settings, median seconds); Flink 2.3.0, two machines' worth of processes on one
    "leader-kill": {"running": (("extreme", 3.08), ("tuned", 5.43), ("default", 43.5)), "silent": (("default", 2.2),)},
    "leader-term": {"running": (("tuned", 1.84),), "silent": (("tuned", 1.7),)},
    "taskmanager-kill": {
        "running": (("extreme", 1.13), ("tuned", 1.97), ("default", 17.5)),
        "silent": (("extreme", 1.2), ("tuned", 2.0), ("default", 17.6)),
    },
    "taskmanager-freeze": {
        "running": (("extreme", 1.96), ("tuned", 3.56), ("default", 47.3)),
        "silent": (("extreme", 1.9), ("tuned", 3.5), ("default", 47.3)),
    },
}
PANELS = {"running": "until all tasks are RUNNING", "silent": "longest silence of one task's output"}


def draw(samples: Sequence[Sample], folder: Path, name: str = "failover") -> list[str]:
    """Draw; the names of the files."""
    found = groups(samples)
    faults = [fault for fault in FAULTS if any(one == fault for one, _ in found)]
    variants = list(dict.fromkeys(variant for _, variant in found))
    size = (12.5, 1.2 + 2.1 * len(faults))
    with canvas(folder, name, size, nrows=len(faults), ncols=2, sharex=True, squeeze=False) as (figure, rows):
        for fault, row in zip(faults, rows, strict=True):
            for (key, title), axes in zip(PANELS.items(), row, strict=True):
                for number, variant in enumerate(variants):
                    times = _seconds(found.get((fault, variant), []), key)
                    if times:
                        xs, ys = shares(times)
                        axes.step(
                            [xs[0], *xs],
                            [0.0, *ys],
                            where="post",
                            color=COLOURS[number % len(COLOURS)],
                            linestyle=DASHES[number % len(DASHES)],
                            linewidth=1.9,
                            label=variant,
                        )
                for settings, seconds in FLINK_S.get(fault, {}).get(key, ()):
                    axes.axvline(seconds, color=PALE, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
                    text = f"Flink {settings}  {people_seconds(seconds)}"
                    axes.text(seconds * 1.05, 0.5, text, rotation=90, va="center", fontsize=7, color="#666666")
                if not axes.lines:
                    group = [sample for (one, _), some in found.items() if one == fault for sample in some]
                    false = sum(sample.false_failovers for sample in group)
                    text = f"{false or 'no'} failover{'s' * (false > 1)} in {len(group)} faults"
                    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center")
                axes.set_xscale("log")
                axes.set_xlim(0.003, 100)
                axes.set_ylim(0, 1.02)
                axes.xaxis.set_major_formatter(people_seconds)
                axes.set_title(f"{FAULTS[fault].title}: {title}", fontsize=9.5)
        for axes in rows[-1]:
            axes.tick_params(labelbottom=True)
        handles = {
            label: handle for axes in rows.flat for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        count = min(len(group) for group in found.values())
        figure.legend(
            handles.values(), handles.keys(), loc="outside lower center", ncols=min(6, len(handles)), handlelength=3.5
        )
        title = (
            f"Share of faults after which it was over, against time (n >= {count} each); dashed: Flink 2.3, measured"
        )
        figure.suptitle(title, x=0.01, ha="left", fontsize=11, weight="bold")
    return [f"{name}.png", f"{name}.svg"]


def _seconds(group: Sequence[Sample], key: str) -> list[float]:
    times = [one.steps_ms.get("running_at") if key == "running" else one.gap_ms for one in group]
    return [time / 1000 for time in times if time is not None]
