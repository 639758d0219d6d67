"""How all plots look, and how they are written: PNG and SVG. SHELL of matplotlib, imported when something is drawn.

Colours are those of Okabe and Ito, which people who confuse red and green can tell apart; lines differ in dashes too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5195", "#555555", "#8C6D1F", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), "-", "--", "-.")
INK, PALE = "#222222", "#999999"

DEFAULTS_S = (  # what others take until they act on a silent or killed peer, as shipped
    ("Akka cluster", 4.5),
    ("Akka watch", 11.6),
    ("Flink 2 (2 x 10 s)", 20.0),
    ("Flink 1", 50.0),
    ("Erlang tick", 60.0),
)
STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.edgecolor": PALE,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.grid": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.7,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.dpi": 100,
    "savefig.dpi": 150,
    "svg.fonttype": "none",
    "svg.hashsalt": "deathwatch",
    "legend.frameon": False,
}


class PlotsMissing(Exception):
    """matplotlib is not installed."""


@contextmanager
def canvas(folder: Path, name: str, size: tuple[float, float], **options: Any) -> Iterator[tuple[Any, Any]]:
    """A figure and its axes; written as `name.png` and `name.svg` when all is drawn.

    Args:
        folder: Where to.
        name: Of the files.
        size: In inches.
        options: For `plt.subplots`.

    Raises:
        PlotsMissing: If matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
    except ImportError:
        raise PlotsMissing("plots need matplotlib: pip install 'deathwatch[bench]'") from None
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    with mpl.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=size, layout="constrained", **options)
        try:
            yield figure, axes
            for suffix in ("png", "svg"):
                metadata = {"Date": None} if suffix == "svg" else None
                figure.savefig(folder / f"{name}.{suffix}", metadata=metadata)
        finally:
            plt.close(figure)


def people_seconds(seconds: float, _: int = 0) -> str:
    """A time on an axis."""
    return f"{seconds * 1000:g} ms" if seconds < 1 else f"{seconds:g} s"


def defaults_of_others(axes: Any, up_to_s: float = 100.0) -> None:
    """Vertical lines where others act, by default."""
    for name, seconds in DEFAULTS_S:
        if seconds <= up_to_s:
            axes.axvline(seconds, color=PALE, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
            axes.text(
                seconds,
                1.01,
                f"{name}  {seconds:g} s",
                transform=axes.get_xaxis_transform(),
                rotation=90,
                ha="center",
                va="bottom",
                fontsize=7.5,
                color="#666666",
            )
