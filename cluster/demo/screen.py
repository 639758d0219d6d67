"""What the demo shows while it runs: bars on a terminal, plain lines elsewhere; always on stderr. Shell around rich.

Deliberately not here: the outcome, which is data and goes to stdout (`cluster.demo.report`).
"""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cluster.demo.stage import Stage
from cluster.demo.view import View

_STEPS = 10


class Screen:
    """Events, one line each, and the present state.

    Args:
        console: Where to; stderr by default.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(file=sys.stderr, highlight=False)
        self._live = (
            Live(console=self._console, auto_refresh=False, transient=True) if self._console.is_terminal else None
        )
        self._began = time.monotonic()
        self._shown = -1

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the demo began."""
        return time.monotonic() - self._began

    def event(self, text: str, style: str = "") -> None:
        """Say that something happened."""
        self._console.print(Text(f"{self.elapsed_s:6.2f} s  {text}", style=style), soft_wrap=True)

    def show(self, view: View, stage: Stage) -> None:
        """Show how things are."""
        if self._live is not None:
            self._live.update(_picture(view, stage), refresh=True)
        elif view.tasks and int(view.progress * _STEPS + 1e-9) > self._shown:
            self._shown = int(view.progress * _STEPS + 1e-9)
            self.event(f"{view.progress:4.0%} counted, job {view.status}, checkpoint {view.checkpoint}")


def _picture(view: View, stage: Stage) -> RenderableType:
    processes = Text("  ")
    for player in stage.players:
        word, style = _word(player.name, is_alive=player.is_alive, view=view)
        processes.append(f"{player.name} {word}   ", style)
    bars = Table.grid(padding=(0, 2))
    for name, task in sorted(view.tasks.items()):
        bar = ProgressBar(total=max(task.total_bytes, 1), completed=task.done_bytes, width=24)
        style = "green" if task.state in ("RUNNING", "FINISHED") else "bold yellow"
        where = task.task_manager or "-"
        bars.add_row(f"  {name}", bar, Text(task.state, style), f"attempt {task.attempt}", where)
    status = f"  job {view.status}, {view.progress:.0%} counted, checkpoint {view.checkpoint}, epoch {view.epoch}"
    return Group(Text(""), processes, bars, Text(status, "bold"))


def _word(name: str, *, is_alive: bool, view: View) -> tuple[str, str]:
    if not is_alive:
        return "dead", "bold red"
    if name == view.leader:
        return "leads", "bold green"
    if name.startswith("jobmanager"):
        return "stands by", ""
    return ("registered", "green") if name in view.task_managers else ("starting", "yellow")
