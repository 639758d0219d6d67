"""A job that counts, and writes each step to a ledger outside the cluster: who did it, and when.

One file for each task, one line for each step, written with one call that appends: `LIFE STEP NANOSECONDS`. A life is
one run of the task, named by its process; the time is the machine's monotonic clock. A life begins with a line that
says from where (`begin`), and its last line says that it returned (`end`). So the order of lines is the order in which
things were done, whatever the cluster believes. Arguments: `ledger` (a folder), `tasks`, `limit` (0: for ever),
`period_s`, `checkpoint_s`. Deliberately not here: reading and judging the lines (`benchmarks.ledger`).
"""

from __future__ import annotations

import asyncio
import os
import time

from cluster import FixedDelay, Job, Task, TaskContext, TaskSpec


class Count(Task):
    """Counts on from its last checkpoint."""

    def __init__(self) -> None:
        self._next = 0

    def snapshot(self) -> int:
        """The next step."""
        return self._next

    def restore(self, state: int) -> None:
        """Go on from there."""
        self._next = state

    async def run(self, context: TaskContext) -> int:
        """Step by step; the steps done, if there is a limit."""
        limit, period_s = int(context.config["limit"]), float(context.config["period_s"])
        life = f"{os.getpid()}-{time.monotonic_ns():x}"
        path = f"{context.config['ledger']}/{context.index}"
        ledger = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            write_line(ledger, f"{life} begin-{self._next}")
            while limit == 0 or self._next < limit:
                write_line(ledger, f"{life} {self._next}")
                self._next += 1
                await asyncio.sleep(period_s)
            write_line(ledger, f"{life} end")
        finally:
            os.close(ledger)
        return self._next


def write_line(descriptor: int, text: str) -> None:
    """Append one line, with the time."""
    os.write(descriptor, f"{text} {time.monotonic_ns()}\n".encode())


def job(arguments: dict[str, str]) -> Job:
    """The job of these arguments."""
    config = {
        "ledger": arguments["ledger"],
        "limit": int(arguments.get("limit", "0")),
        "period_s": float(arguments.get("period_s", "0.005")),
    }
    return Job(
        "counting",
        [TaskSpec("count", Count, parallelism=int(arguments.get("tasks", "4")), config=config)],
        checkpoint_interval_s=float(arguments.get("checkpoint_s", "0.5")),
        restart_strategy=FixedDelay(attempts=1_000_000, delay_s=0.0),
    )
