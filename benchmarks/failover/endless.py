"""The job that is kept running: four tasks that never end, restarted at once."""

from __future__ import annotations

import asyncio

from cluster import FixedDelay, Job, Task, TaskContext, TaskSpec


class Endless(Task):
    """Does nothing, for ever."""

    async def run(self, context: TaskContext) -> None:
        """Wait until cancelled."""
        await asyncio.Event().wait()


job = Job(
    "endless",
    [TaskSpec("wait", Endless, parallelism=4)],
    restart_strategy=FixedDelay(attempts=1_000_000, delay_s=0.0),
)
