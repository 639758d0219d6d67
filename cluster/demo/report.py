"""The end of the demo: what was counted, whether it is exact, and the table of kills. Pure, but for the printing.

Deliberately not here: what is said on the way (`cluster.demo.screen`).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from cluster.commands.output import as_json
from cluster.demo.corpus import Corpus
from cluster.demo.kills import Kill

_WIDTH = 140


@dataclass(frozen=True, slots=True)
class Report:
    """What came out.

    Attributes:
        corpus: The text.
        counted: By the job.
        plain: By the plain count.
        kills: In order.
        job_s: Seconds from submission to result.
    """

    corpus: Corpus
    counted: Counter[str]
    plain: Counter[str]
    kills: Sequence[Kill]
    job_s: float

    @property
    def is_exact(self) -> bool:
        """Whether the job counted each word exactly as often as it stands in the text."""
        return self.counted == self.plain

    @property
    def is_complete(self) -> bool:
        """Whether both kills were made, and all tasks ran again after each."""
        return len(self.kills) == 2 and all(kill.after_ms("running_at") is not None for kill in self.kills)

    def differences(self) -> list[str]:
        """Some words that were counted wrongly."""
        wrong = [word for word in self.counted | self.plain if self.counted[word] != self.plain[word]]
        return [f"{word}: counted {self.counted[word]}, really {self.plain[word]}" for word in sorted(wrong)[:5]]

    def to_plain(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "exact": self.is_exact,
            "complete": self.is_complete,
            "text": {"name": self.corpus.name, "files": len(self.corpus.files), "bytes": self.corpus.size_bytes},
            "words": self.counted.total(),
            "distinct_words": len(self.counted),
            "differences": self.differences(),
            "job_s": round(self.job_s, 3),
            "kills": [kill.to_plain() for kill in self.kills],
        }

    def print(self, *, as_data: bool) -> None:
        """Print it on stdout."""
        if as_data:
            sys.stdout.write(f"{as_json(self.to_plain())}\n")
            return
        console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
        console.print(self._table())
        console.print(
            f"{self.counted.total():,} words, {len(self.counted):,} different ones, in {len(self.corpus.files):,} files"
            f" of {self.corpus.size_bytes / 1e6:.1f} MB, counted in {self.job_s:.1f} s through {len(self.kills)} kills"
        )
        if not self.is_complete:
            console.print("the job ended before both kills could be made", style="bold red")
        if self.is_exact:
            console.print("exact: a plain count of the same files agrees word for word", style="bold green")
        else:
            console.print("NOT EXACT: " + "; ".join(self.differences()), style="bold red")

    def _table(self) -> Table:
        table = Table(title="What was killed, and what became of it (times after the signal)", title_justify="left")
        for heading in ("killed", "at", "noticed after", "evidence", "new leader after", "running again after"):
            table.add_column(heading, justify="right" if "after" in heading else "left", overflow="fold")
        for kill in self.kills:
            role = "leading JobManager" if kill.kind == "leader" else "TaskManager"
            table.add_row(
                f"{role} {kill.name}, pid {kill.pid}: SIGKILL",
                f"{kill.progress:.0%}",
                _ms(kill.noticed_ms),
                kill.evidence,
                _ms(kill.after_ms("confirmed_at")) if kill.kind == "leader" else "-",
                _ms(kill.after_ms("running_at")),
            )
        return table


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} ms"
