"""A job that counts, and writes each step into a book that shows every lost or doubled one."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cluster import FixedDelay, Job, Task, TaskContext, TaskSpec

STEP_S = 0.02
BOOKS: dict[str, Book] = {}
"""The book of each campaign, by the name that its jobs are given: they run in this process."""


@dataclass
class Life:
    """One attempt of a task, as it wrote itself down.

    Attributes:
        began_with: The number that it was restored with.
        steps: Number and time of each.
    """

    began_with: int
    steps: list[tuple[int, float]] = field(default_factory=list)


class Book:
    """Everything that the tasks of a campaign have done."""

    def __init__(self) -> None:
        self.lives: dict[tuple[str, int], list[Life]] = {}
        self.snapshots: dict[tuple[str, int], set[int]] = {}

    def check(self, limit: int) -> None:
        """Raise `AssertionError` if a step is missing, or was made by two at a time, or a state came from nowhere."""
        for task, lives in self.lives.items():
            begun = sorted((life for life in lives if life.steps), key=lambda life: life.steps[0][1])
            for before, after in itertools.pairwise(begun):
                assert before.steps[-1][1] < after.steps[0][1], f"{task}: two attempts between each other"
            for life in lives:
                known = self.snapshots.get(task, set()) | {0}
                assert life.began_with in known, f"{task}: it began with {life.began_with}, which was never kept"
                numbers = [number for number, _ in life.steps]
                assert numbers == list(range(life.began_with + 1, life.began_with + 1 + len(numbers)))
            reached = 0
            for life in begun:
                assert life.began_with <= reached, f"{task}: steps from {reached} to {life.began_with} are lost"
                reached = max(reached, life.steps[-1][0])
            assert reached == limit, f"{task}: it came to {reached}"


class Count(Task):
    """Counts to its limit."""

    def __init__(self) -> None:
        self.number = 0
        self.key: tuple[str, int] | None = None
        self.book: Book | None = None

    async def run(self, context: TaskContext) -> Any:
        """Write each step."""
        self.book, self.key = BOOKS[context.config["book"]], (context.job_id, context.index)
        life = Life(self.number)
        self.book.lives.setdefault(self.key, []).append(life)
        loop = asyncio.get_running_loop()
        while self.number < context.config["limit"]:
            self.number += 1
            life.steps.append((self.number, loop.time()))
            await asyncio.sleep(STEP_S)
        return self.number

    def snapshot(self) -> int:
        """The number."""
        if self.book is not None and self.key is not None:
            self.book.snapshots.setdefault(self.key, set()).add(self.number)
        return self.number

    def restore(self, state: int) -> None:
        """Go on from there."""
        self.number = state


def job(arguments: Mapping[str, str]) -> Job:
    """A job of some tasks, for the book of that name."""
    config = {"book": arguments["book"], "limit": int(arguments["limit"])}
    return Job(
        "count",
        [TaskSpec("count", Count, parallelism=int(arguments["tasks"]), config=config)],
        checkpoint_interval_s=0.3,
        restart_strategy=FixedDelay(attempts=10_000, delay_s=0.05),
    )
