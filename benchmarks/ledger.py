"""What a counting job wrote: the lines of its tasks, their silences, and what is wrong with them. Pure, but for `read`.

Three things are defects. A *lost* step: a life began beyond what had been done, or left one out. A *stale* step: a life
did something after a later one had begun, though no two attempts of a task run at a time. A *late* step: one after the
job's result was known. A *repeated* step is none: a life begins from the last checkpoint (docs/semantics.md). Nor is a
stale step in the instant after its process was thawed: the lease of a slot that stands still ends it when it runs again
(decision 19). Deliberately not here: who writes the lines (`benchmarks.counting`).
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

THAW_S = 0.25
"""For so long after it was thawed, a slot process may step before its lease ends it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        life: Which run of the task.
        what: `begin-N`, a step's number, or `end`.
        at: Seconds of the machine's monotonic clock.
    """

    life: str
    what: str
    at: float

    @property
    def pid(self) -> int:
        """Of the process that wrote it."""
        return int(self.life.partition("-")[0])


@dataclass(slots=True)
class Verdict:
    """What the lines of a job show.

    Attributes:
        steps: Done, each counted once.
        lives: Runs of tasks.
        repeated: Steps done again from a checkpoint; allowed.
        thawed: Stale steps of a slot that had just been thawed; allowed.
        defects: Lost, stale and late steps, a sentence each.
    """

    steps: int = 0
    lives: int = 0
    repeated: int = 0
    thawed: int = 0
    defects: list[str] = field(default_factory=list)


def read(folder: Path, newest_bytes: int | None = None) -> dict[int, list[Line]]:
    """The lines of each task in a ledger, or the newest of them; one that is being written is left out."""
    return {int(path.name): parse(_text(path, newest_bytes)) for path in sorted(folder.iterdir())}


def _text(path: Path, newest_bytes: int | None) -> str:
    with open(path, "rb") as file:
        skipped = 0 if newest_bytes is None else max(0, path.stat().st_size - newest_bytes)
        file.seek(skipped)
        text = file.read().decode("ascii")
    return text[text.find("\n") + 1 :] if skipped else text


def parse(text: str) -> list[Line]:
    """The lines of one file."""
    whole = text[: text.rfind("\n") + 1]
    fields = (line.split() for line in whole.splitlines())
    return [Line(life, what, int(nanoseconds) / 1e9) for life, what, nanoseconds in fields]


def judge(
    ledger: Mapping[int, Sequence[Line]],
    *,
    limit: int = 0,
    result_at: float | None = None,
    thaws: Mapping[int, Sequence[float]] | None = None,
) -> Verdict:
    """Look at all tasks.

    Args:
        ledger: Lines of each task, in their order.
        limit: Steps that each task had to do; 0 if it was not to end.
        result_at: When the result of the job was known.
        thaws: When which slot process was thawed.
    """
    verdict = Verdict()
    for task, lines in ledger.items():
        _judge_task(task, lines, limit, result_at, thaws or {}, verdict)
    return verdict


def _judge_task(
    task: int,
    lines: Sequence[Line],
    limit: int,
    result_at: float | None,
    thaws: Mapping[int, Sequence[float]],
    verdict: Verdict,
) -> None:
    begun: list[str] = []
    expected: dict[str, int] = {}
    times: Counter[int] = Counter()
    done = 0  # all steps below it have been done
    for line in lines:
        if result_at is not None and line.at > result_at:
            verdict.defects.append(f"late: task {task}, {line.what} of {line.life} after the job's result was known")
        if line.what.startswith("begin-"):
            begun.append(line.life)
            start = expected[line.life] = int(line.what.removeprefix("begin-"))
            if start > done:
                verdict.defects.append(f"lost: task {task}, {line.life} began with {start}, only {done} were done")
            continue
        if line.life != begun[-1]:
            if any(0 <= line.at - thawed <= THAW_S for thawed in thaws.get(line.pid, ())):
                verdict.thawed += 1
            else:
                verdict.defects.append(f"stale: task {task}, {line.what} of {line.life} after {begun[-1]} had begun")
        if line.what == "end":
            continue
        step = int(line.what)
        if step != expected[line.life]:
            verdict.defects.append(f"lost: task {task}, {line.life} did {step} after {expected[line.life] - 1}")
        expected[line.life] = step + 1
        times[step] += 1
        done = max(done, step + 1)
    if result_at is not None and limit and (missing := limit - len(times)):
        verdict.defects.append(f"lost: task {task} has a result, but {missing} of its {limit} steps were not done")
    verdict.steps += len(times)
    verdict.lives += len(begun)
    verdict.repeated += sum(times.values()) - len(times)


def longest_silence_s(lines: Iterable[Line], since: float, until: float) -> float | None:
    """The longest time between two steps of one task, of those that end after `since` and begin before `until`.

    Returns:
        `None` if the task did nothing after `since`.
    """
    moments = [line.at for line in lines if line.what.isdigit()]
    pairs = [(one, other) for one, other in itertools.pairwise(moments) if other > since and one < until]
    return max((other - one for one, other in pairs), default=None)


def lives_since(ledger: Mapping[int, Sequence[Line]], since: float) -> int:
    """How often a task was started after that moment."""
    return sum(line.at > since and line.what.startswith("begin-") for lines in ledger.values() for line in lines)
