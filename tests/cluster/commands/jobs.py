"""Job files for the tests of the commands, as texts. The counter ends when it has counted, and `until` is there."""

from __future__ import annotations

COUNTER = """
import asyncio, os
from cluster import FixedDelay, Job, Task, TaskSpec

class Count(Task):
    def __init__(self):
        self.n = 0

    async def run(self, context):
        while self.n < int(context.config["limit"]):
            self.n += 1
            await asyncio.sleep(0.01)
        while context.config["until"] and not os.path.exists(context.config["until"]):
            await asyncio.sleep(0.01)
        return self.n

    def snapshot(self):
        return self.n

    def restore(self, state):
        self.n = state

def job(arguments):
    config = {"limit": arguments.get("limit", "50"), "until": arguments.get("until", "")}
    return Job(
        "counter",
        [TaskSpec("count", Count, parallelism=2, config=config)],
        checkpoint_interval_s=0.1,
        restart_strategy=FixedDelay(attempts=5, delay_s=0.0),
    )
"""

FAILING = """
from cluster import Job, NoRestart, Task, TaskSpec

class Fail(Task):
    async def run(self, context):
        raise ValueError("nothing to count")

job = Job("failing", [TaskSpec("fail", Fail)], restart_strategy=NoRestart())
"""
